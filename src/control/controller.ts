// The loop in which controllers run: changes become keys, a key is observed, reconciled to actions, acted upon,
// and left alone until the caches show what was written.
import type { Cache, Change } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { keyOfRef } from "../client/key.ts";
import { type Clock, sleep } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { ApiObject } from "../schema/kind.ts";
import { groupOf, type Resource } from "../schema/resource.ts";
import { StatusError } from "../schema/status-error.ts";
import { type Act, standardAct } from "./act.ts";
import type { Action } from "./action.ts";
import type { Recorder } from "./events.ts";
import { startQueue } from "./queue.ts";
import { Waits } from "./shown.ts";

export type Source = {
  cache: Cache;
  /** Calls `add` with keys to look at, for all that is there and for each change, until it is ended. */
  subscribe(add: (key: string) => void): () => void;
};

/** A cache whose changes wake the keys that `keys` names; it also is among what `observe` reads. */
export function source<T extends ApiObject>(
  cache: Cache<T>,
  keys: (change: Change<T>) => Iterable<string>,
): Source {
  return {
    cache,
    subscribe: (add) =>
      cache.onChange((change) => {
        for (const key of keys(change)) add(key);
      }),
  };
}

export type ControllerOptions<Observed> = {
  name: string;
  sources: readonly Source[];
  /** Caches that `observe` reads and whose changes wake nobody. */
  reads?: readonly Cache[];
  /** What the caches show about the key now; undefined when there is nothing to do. */
  observe: (key: string) => Observed | undefined;
  /**
   * Pure. Time and randomness that it needs are part of what was observed. A promise is for what cannot be had at
   * once, such as a signature.
   */
  reconcile: (observed: Observed) => readonly Action[] | Promise<readonly Action[]>;
  client: Client;
  record: Recorder;
  clock: Clock;
  log: Log;
  /** Replaces the standard way to do actions. */
  act?: Act;
  /** Keys in work at a time; 5 when absent, as upstream's controllers. */
  workers?: number;
  /**
   * For how long a key rests after it was worked on: its changes in that time are seen at once. A key whose work
   * grows with what is observed can rest by it. None when absent.
   */
  restMs?: number | ((observed: Observed) => number);
};

export type Controller = {
  /** Looks at a key for a reason that no cache tells. */
  add(key: string): void;
  /** No later than `delayMs` from now. */
  addAfter(key: string, delayMs: number): void;
  /** True when no key waits or is in work. */
  readonly isIdle: boolean;
  stop(): Promise<void>;
};

/**
 * Works from now on; no key is observed before all caches have their first lists. `stop` resolves when no work
 * is under way.
 */
export function startController<Observed>(options: ControllerOptions<Observed>): Controller {
  const { name, sources, observe, reconcile, client, record, clock, log } = options;
  const act = options.act ?? standardAct({ client, record });
  const { restMs = 0 } = options;
  const caches = [...new Set([...sources.map((s) => s.cache), ...(options.reads ?? [])])];
  const waits = new Waits(clock);
  const synced = Promise.all(caches.map((cache) => cache.synced));
  // The work on a key waits for it and hears of a failure; without a key nobody does.
  synced.catch(() => {});

  const queue = startQueue({
    clock,
    workers: options.workers ?? 5,
    async work(key, signal) {
      await untilSynced(synced, signal);
      const observed = observe(key);
      if (observed === undefined) return;
      const acted = await act(await reconcile(observed));
      const until = waits.shown(key, acted.written, caches);
      if (acted.againMs !== undefined) queue.addAfter(key, acted.againMs);
      if (acted.error) {
        await until;
        throw acted.error;
      }
      const rest = typeof restMs === "number" ? restMs : restMs(observed);
      return { until: rest === 0 ? until : rested(until, sleep(clock, rest, signal)) };
    },
    onError(key, error, failures) {
      const isUsual = error instanceof StatusError && error.code < 500;
      const level = isUsual || failures < 3 ? "debug" : "warn";
      log[level](`${name}: cannot bring a key into its state`, { key, error, failures });
    },
  });
  const unsubscribe = sources.map((s) => s.subscribe(queue.add));
  return {
    add: queue.add,
    addAfter: queue.addAfter,
    get isIdle() {
      return queue.isIdle;
    },
    async stop() {
      for (const end of unsubscribe) end();
      waits.stop();
      await queue.stop();
    },
  };
}

/** Never rejects: who stops has no need to rest. */
async function rested(until: Promise<void>, rest: Promise<void>): Promise<void> {
  await Promise.allSettled([until, rest]);
}

async function untilSynced(synced: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([synced, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Key of the object itself. */
export const ownKey = ({ key }: Change<ApiObject>): string[] => [key];

/** Keys of the objects of a kind that control `old` and `next`. */
export function ownerKeys({
  group,
  kind,
  scope,
}: Resource): (change: Change<ApiObject>) => Set<string> {
  return ({ old, next }) => {
    const keys = new Set<string>();
    for (const object of [old, next]) {
      const owner = object?.metadata.ownerReferences?.find((o) => o.controller);
      if (!object || owner?.kind !== kind || groupOf(owner.apiVersion) !== group) continue;
      const namespace = scope === "Cluster" ? undefined : object.metadata.namespace;
      keys.add(keyOfRef({ namespace, name: owner.name }));
    }
    return keys;
  };
}
