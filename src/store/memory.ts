import type { Clock } from "../lib/clock.ts";
import { defaultRetention, type Retention } from "./compaction.ts";
import { memoryJournal } from "./journal.ts";
import { LogStore } from "./log-store.ts";
import type { Store, StoreOptions } from "./store.ts";
import { View } from "./view.ts";

export type MemoryStoreOptions = StoreOptions & {
  clock: Clock;
  retention?: Partial<Retention>;
};

/** A store that lives as long as its process: for tests and throw-away clusters. */
export function openMemoryStore({ clock, retention, stamp }: MemoryStoreOptions): Store {
  return new LogStore({
    view: new View(stamp),
    journal: memoryJournal,
    clock,
    retention: { ...defaultRetention, ...retention },
    // Its journal cannot fail.
    fatal: (error) => {
      throw error;
    },
  });
}
