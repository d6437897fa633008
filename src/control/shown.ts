// Whether a cache shows a write that was acknowledged.
import type { Cache } from "../client/cache.ts";
import type { Ref } from "../client/client.ts";
import { compareVersions } from "../client/resource-version.ts";
import type { Clock } from "../lib/clock.ts";
import type { Resource } from "../schema/resource.ts";
import { Deadlines } from "./deadlines.ts";

/** Without a version the object was deleted. */
export type Written = {
  resource: Resource;
  ref: Ref;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
};

function isShown(cache: Cache, { ref, uid, resourceVersion }: Written): boolean {
  if (resourceVersion !== undefined) return compareVersions(cache.revision, resourceVersion) >= 0;
  const now = cache.get(ref);
  return now?.metadata.uid !== uid || now?.metadata.deletionTimestamp !== undefined;
}

/** Longest wait for a cache to show a write; beyond it one goes on without. */
const shownMsMax = 10_000;

/** Waits for caches, each with an end, behind one timer. */
export class Waits {
  readonly #deadlines: Deadlines;
  readonly #running = new Map<string, AbortController>();

  constructor(clock: Clock) {
    this.#deadlines = new Deadlines(clock, (key) => this.#running.get(key)?.abort());
  }

  /** Resolves when `caches` show what was written, or their time is over. A key waits once at a time. */
  async shown(key: string, written: readonly Written[], caches: readonly Cache[]): Promise<void> {
    const waits = caches.map((cache): [Cache, Written[]] => [
      cache,
      written.filter((w) => isSameResource(w.resource, cache.resource)),
    ]);
    const open = waits.filter(([cache, writes]) => !writes.every((w) => isShown(cache, w)));
    if (open.length === 0) return;
    const end = new AbortController();
    this.#running.set(key, end);
    this.#deadlines.set(key, shownMsMax);
    const until = ([cache, writes]: [Cache, Written[]]) =>
      // Rejects only when `end` says that it has waited long enough.
      cache.until(() => writes.every((w) => isShown(cache, w)), end.signal).catch(() => {});
    await Promise.all(open.map(until));
    this.#deadlines.delete(key);
    this.#running.delete(key);
  }

  stop(): void {
    for (const end of this.#running.values()) end.abort();
    this.#deadlines.clear();
  }
}

const isSameResource = (a: Resource, b: Resource): boolean =>
  a.plural === b.plural && a.group === b.group;
