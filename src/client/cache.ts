// The objects of one kind as the server has them, kept current by a watch. Shared by every part that asks
// for the same kind and selectors. Objects are frozen and never older than what was shown before.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { Client, Ref } from "./client.ts";
import { Contents, type IndexFunction } from "./contents.ts";
import { follow } from "./follow.ts";

/** `old` of a removal is the last state. Both are there for a change, `next` alone for an addition. */
export type Change<T> = {
  readonly key: string;
  readonly old: T | undefined;
  readonly next: T | undefined;
};

export type Cache<T extends ApiObject = ApiObject> = {
  readonly resource: Resource<T>;
  get(ref: Ref): T | undefined;
  /** In no order. */
  list(namespace?: string): T[];
  /** Objects for which the index function `index` gives `value`; in no order. */
  by(index: string, value: string): T[];
  /**
   * Calls `listener` for each object that is there now, before it returns, and then for each change, until
   * the returned function is called. A listener does little and does not throw.
   */
  onChange(listener: (change: Change<T>) => void): () => void;
  /** Resolves when the first list is in; rejects with an AbortError when the caches are stopped before. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /** The resource version up to which the cache shows every change; "" before the first list. */
  readonly revision: string;
  /**
   * Resolves once `isShown` gives true; it is asked now and after each change. Rejects with the reason of `signal`,
   * which whoever may outlive the caches needs: nothing else ends the wait when they are stopped.
   */
  until(isShown: () => boolean, signal?: AbortSignal): Promise<void>;
};

export type CacheOptions<T> = {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Holds nothing but `metadata`, without `managedFields`. */
  metadataOnly?: boolean;
  /** Added to those the cache has; a name stands for the same function everywhere. */
  indexes?: Readonly<Record<string, IndexFunction<T>>>;
};

export type Caches = {
  /** The cache of a kind; the same one for the same kind, namespace and selectors. */
  of<T extends ApiObject>(resource: Resource<T>, options?: CacheOptions<T>): Cache<T>;
  /** The cache of all objects of a kind, whole, if somebody has asked for it. */
  find<T extends ApiObject>(resource: Resource<T>): Cache<T> | undefined;
  /** Ends the watch of a cache that nobody needs any more (a kind that was removed). */
  drop(resource: Resource, options?: CacheOptions<never>): void;
  /** Resolves when every cache that was asked for so far has its first list. */
  synced(): Promise<void>;
  stop(): Promise<void>;
};

export type CachesOptions = {
  client: Client;
  clock: Clock;
  random: Random;
  log: Log;
  /** Ends each watch after so many seconds (to twice that), to find dead connections; the server's default when absent. */
  watchSeconds?: number;
};

type Running = { cache: Contents<ApiObject>; stop: () => Promise<void> };

/**
 * No cache is there, and nothing is asked, before `of` is called. A cache is followed until it is dropped or
 * all are stopped.
 */
export function makeCaches(options: CachesOptions): Caches {
  const running = new Map<string, Running>();
  const ended = new Set<Promise<void>>();
  const start = (resource: Resource<ApiObject>, chosen: CacheOptions<never>): Running => {
    const { plural } = resource;
    const cache = new Contents<ApiObject>(resource, (error) =>
      options.log.error("what listens to a cache has failed", { plural, error }),
    );
    const stop = new AbortController();
    const done = follow({ ...options, cache, chosen, signal: stop.signal });
    return {
      cache,
      stop() {
        stop.abort();
        return done;
      },
    };
  };
  return {
    of<T extends ApiObject>(resource: Resource<T>, chosen: CacheOptions<T> = {}): Cache<T> {
      const name = nameOf(resource, chosen as CacheOptions<never>);
      let found = running.get(name);
      if (!found) {
        found = start(resource as Resource<ApiObject>, chosen as CacheOptions<never>);
        running.set(name, found);
      }
      const cache = found.cache as unknown as Contents<T>;
      for (const [index, of] of Object.entries(chosen.indexes ?? {})) cache.addIndex(index, of);
      return cache;
    },
    find: <T extends ApiObject>(resource: Resource<T>) =>
      running.get(nameOf(resource, {}))?.cache as Contents<T> | undefined,
    drop(resource, chosen = {}) {
      const name = nameOf(resource, chosen);
      const done = running.get(name)?.stop();
      running.delete(name);
      if (!done) return;
      ended.add(done);
      void done.finally(() => ended.delete(done));
    },
    async synced() {
      await Promise.all([...running.values()].map((r) => r.cache.synced));
    },
    async stop() {
      await Promise.all([...[...running.values()].map((r) => r.stop()), ...ended]);
      running.clear();
    },
  };
}

function nameOf(resource: Resource, chosen: CacheOptions<never>): string {
  const { namespace, labelSelector, fieldSelector, metadataOnly } = chosen;
  const { group, version, plural } = resource;
  return [group, version, plural, namespace, labelSelector, fieldSelector, metadataOnly].join("|");
}
