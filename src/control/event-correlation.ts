// What becomes of one Event in view of those before it: dropped, written anew, or a higher count of an earlier
// one. The figures are upstream's (client-go's event correlator).
import type { Clock } from "../lib/clock.ts";
import { Lru } from "../lib/lru.ts";
import type { Event } from "../schema/types/core-v1.ts";

/** `patch` raises the count of an Event that was written before; absent: create `event`. */
export type Correlated = { key: string; event: Event; patch?: Partial<Event> };

/** Events remembered by each of the three memories. */
const rememberedMax = 4096;

/** So many different messages for one reason within the interval become one Event. */
const similarMax = 10;
const similarMs = 600_000;

/** A source may say so much about one object at once, and one more each 300 s. */
const burst = 25;
const refillMs = 300_000;

type Similar = { messages: Set<string>; lastMs: number };
type Written = Pick<Event, "count" | "firstTimestamp"> & { name: string };

export class Correlation {
  readonly #clock: Clock;
  readonly #similar = new Lru<string, Similar>(rememberedMax);
  readonly #tokens = new Lru<string, { left: number; atMs: number }>(rememberedMax);
  readonly #written = new Lru<string, Written>(rememberedMax);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined when the event is to be dropped. */
  correlate(given: Event): Correlated | undefined {
    const { event, key } = this.#combined(given);
    const before = this.#written.get(key);
    const count = (before?.count ?? 0) + 1;
    const next: Event = before
      ? {
          ...event,
          metadata: { ...event.metadata, name: before.name },
          count,
          firstTimestamp: before.firstTimestamp,
        }
      : event;
    this.written(key, next);
    if (!this.#mayPass(event)) return undefined;
    if (!before) return { key, event: next };
    const { lastTimestamp, message } = next;
    return { key, event: next, patch: { count, lastTimestamp, message } };
  }

  /** Remembers what the server answered. */
  written(key: string, { metadata, count, firstTimestamp }: Event): void {
    this.#written.set(key, { name: metadata.name ?? "", count, firstTimestamp });
  }

  #combined(event: Event): { event: Event; key: string } {
    const now = this.#clock.monotonic();
    const common = about(event);
    const group = [...common, event.reason].join("\n");
    let similar = this.#similar.get(group);
    if (!similar || now - similar.lastMs > similarMs) {
      similar = { messages: new Set(), lastMs: now };
      this.#similar.set(group, similar);
    }
    const message = event.message ?? "";
    similar.messages.add(message);
    similar.lastMs = now;
    const { fieldPath } = event.involvedObject;
    if (similar.messages.size < similarMax)
      return { event, key: [group, fieldPath, message].join("\n") };
    similar.messages.delete(similar.messages.values().next().value!);
    const combined = { ...event, message: `(combined from similar events): ${message}` };
    // As upstream, whose combined events leave it out.
    delete combined.reportingComponent;
    delete combined.reportingInstance;
    return { event: combined, key: group };
  }

  #mayPass(event: Event): boolean {
    const now = this.#clock.monotonic();
    const key = about(event).join("\n");
    const bucket = this.#tokens.get(key) ?? { left: burst, atMs: now };
    const left = Math.min(burst, bucket.left + (now - bucket.atMs) / refillMs);
    this.#tokens.set(key, { left: left >= 1 ? left - 1 : left, atMs: now });
    return left >= 1;
  }
}

/** Who speaks about which object, and how. */
function about({ source, involvedObject, type }: Event): (string | undefined)[] {
  const { kind, namespace, name, uid, apiVersion } = involvedObject;
  return [source?.component, source?.host, kind, namespace, name, uid, apiVersion, type];
}
