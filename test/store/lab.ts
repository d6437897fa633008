import assert from "node:assert/strict";
import type { Clock } from "../../src/lib/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../src/lib/random.ts";
import type { EmbeddedStoreOptions } from "../../src/store/embedded.ts";
import type { SimDisk } from "../../src/store/sim-disk.ts";
import type { Store, StoreEvent, Written } from "../../src/store/store.ts";
import { bytes, shape, stampHole } from "./values.ts";

/** The opener of the embedded store; the laboratory also runs defective builds of it. */
export type OpenEmbedded = (options: EmbeddedStoreOptions) => Promise<Store>;

/** How much of the past a small store keeps. */
export const historyEvents = 40;

/** A store so small that segments, snapshots and compaction come often. */
export function smallStore(
  disk: SimDisk,
  clock: Clock,
  fatal: (error: Error) => void,
): EmbeddedStoreOptions {
  return {
    disk,
    clock,
    random: seededRandom(1),
    program: "0.1.0",
    fatal,
    stamp: stampHole,
    segments: { min: 4096, max: 16 * 1024, reserve: 2048 },
    snapshots: { freedBytesMin: 4096 },
    retention: { ageMs: 1000, events: historyEvents, bytes: 1024 * 1024 },
  };
}

type Told = { type: "put" | "delete"; key: string; value: string; before: string };

/** What happened, by revision: the model that everything is compared with. */
export class Chronicle {
  #events = new Map<number, Told>();
  /** What each key was at each revision, in words, in the order of the keys. */
  #states = new Map<number, ReadonlyMap<string, string>>([[1, new Map()]]);
  #versions = new Map<string, { created: number; version: number }>();
  #last = 1;

  get last(): number {
    return this.#last;
  }

  note({ type, key, revision, entry }: StoreEvent): void {
    assert.equal(revision, this.#last + 1, "revisions without a gap");
    const state = new Map(this.#states.get(this.#last));
    const value = Buffer.from(entry.value).toString();
    this.#last = revision;
    this.#events.set(revision, { type, key, value, before: state.get(key) ?? "nothing" });
    const before = this.#versions.get(key);
    if (type === "delete") {
      assert.ok(before, `deletion of ${key}, which does not exist`);
      state.delete(key);
      this.#versions.delete(key);
    } else {
      const now = { created: before?.created ?? revision, version: (before?.version ?? 0) + 1 };
      this.#versions.set(key, now);
      state.set(
        key,
        `${key}=${value} created ${now.created} modified ${revision} version ${now.version}`,
      );
    }
    const sorted = [...state].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#states.set(revision, new Map(sorted));
  }

  /** The keys with a prefix at a revision, in words. */
  state(revision: number, prefix = ""): string[] {
    const state = this.#states.get(revision);
    assert.ok(state, `revision ${revision} was never written`);
    return [...state].filter(([key]) => key.startsWith(prefix)).map(([, told]) => told);
  }

  at(revision: number, key: string): string {
    return this.#states.get(revision)?.get(key) ?? "nothing";
  }

  /** Revisions of the events with a prefix in (after, through]. */
  revisions(prefix: string, after: number, through: number): number[] {
    const revisions: number[] = [];
    for (let revision = after + 1; revision <= through; revision++)
      if (this.#events.get(revision)!.key.startsWith(prefix)) revisions.push(revision);
    return revisions;
  }

  checkEvent({ revision, type, key, entry, previous }: StoreEvent): void {
    const value = Buffer.from(entry.value).toString();
    const told = { type, key, value, before: shape(previous) };
    assert.deepEqual(told, this.#events.get(revision), `event at ${revision}`);
  }

  /** Compares all that can be read of `store` with what happened. */
  check(store: Store): void {
    const newest = store.revision();
    const oldest = Math.max(store.compactedRevision(), 1);
    for (let revision = oldest; revision <= newest; revision++) {
      const range = store.range("", { revision });
      assert.ok(range.ok);
      const told = range.entries.map((entry) => shape(entry));
      assert.deepEqual(told, this.state(revision), `state at revision ${revision}`);
    }
    assert.equal(store.count(""), this.state(newest).length);
    const watch = store.watch({ prefix: "", afterRevision: oldest });
    const read = watch.read();
    watch.close();
    assert.ok(read.ok);
    const revisions = read.events.map((event) => event.revision);
    assert.deepEqual(revisions, this.revisions("", oldest, newest), "events of the history");
    // Of the event before the oldest one nothing is held, so its `previous` may be there or not.
    for (const event of read.events) this.checkEvent(event);
  }
}

/** A random write, what it asked for, and what came of it. */
export type Tried = {
  key: string;
  verb: "put" | "delete";
  expected: number | "any";
  /** Revisions that could be read when it was asked for and when it was answered. */
  from: number;
  to: number;
  written: Written;
};

export async function randomWrite(store: Store, random: Random): Promise<Tried> {
  const key = `/k${randomInteger(random, 2)}/${randomInteger(random, 6)}`;
  const current = store.get(key);
  const dice = randomInteger(random, 10);
  const expected = dice === 0 ? 3 : dice < 4 ? "any" : (current?.modRevision ?? 0);
  const length = dice === 9 ? 2000 : randomInteger(random, 300);
  const from = store.revision();
  const verb = randomInteger(random, 4) === 0 ? "delete" : "put";
  const written =
    verb === "delete"
      ? await store.delete(key, expected)
      : await store.put(key, bytes(`{"rv":"","n":"${"x".repeat(length)}"}`), expected);
  return { key, verb, expected, from, to: store.revision(), written };
}
