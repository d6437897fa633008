// Every object of every kind that can be deleted, as metadata: what garbage collection and the deletion of
// namespaces see. Kinds come and go with custom resource definitions and API services.
import type { Cache, Change } from "../../client/cache.ts";
import { pause } from "../../lib/clock.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { apiVersionOf, groupOf, type Resource } from "../../schema/resource.ts";
import { apiServices, customResourceDefinitions } from "../../schema/resources.ts";
import type { CustomResourceDefinition } from "../../schema/types/apiextensions-v1.ts";
import { isTrue } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { type Discovery, discover, type Served } from "./discovery.ts";

export type ObjectChange = { resource: Resource<ApiObject>; change: Change<ApiObject> };

export type Objects = Running & {
  /** Told of every object that is there and of each change. */
  onChange(listener: (change: ObjectChange) => void): () => void;
  /** The served kind of a reference; undefined when there is none as far as is known. */
  find(apiVersion: string, kind: string): Served | undefined;
  cacheOf(resource: Resource): Cache<ApiObject> | undefined;
  /** Resolves when the kinds that are known by then are listed, or it is given up on some. */
  readonly synced: Promise<void>;
};

/** Kinds whose objects come and go too fast to be worth following, as upstream. */
const ignored = (resource: Resource): boolean => resource.plural === "events";

/** Waits between attempts to find a kind that a definition promises. */
const retryMs = [50, 200, 1_000, 5_000, 30_000];

/** A kind whose objects cannot be listed holds nobody up for longer. */
const syncMsMax = 30_000;

type Followed = { resource: Resource<ApiObject>; cache: Cache<ApiObject>; end: () => void };

export function startObjects(parts: Pick<Parts, "client" | "caches" | "clock" | "log">): Objects {
  const { client, caches, clock, log } = parts;
  const listeners = new Set<(change: ObjectChange) => void>();
  const followed = new Map<string, Followed>();
  const definitions = caches.of(customResourceDefinitions);
  const services = caches.of(apiServices);
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  let known: Discovery = { served: [], unknown: [] };
  let isStale = true;
  let running: Promise<void> | undefined;

  const refresh = (): void => {
    isStale = true;
    running ??= refreshAll();
  };

  async function refreshAll(): Promise<void> {
    // Many definitions often come at once.
    await undefined;
    for (let attempt = 0; isStale && !stopping.signal.aborted; ) {
      isStale = false;
      const isWhole = await refreshOnce();
      if (isWhole) {
        first.resolve();
        attempt = 0;
        continue;
      }
      isStale = true;
      const waitMs = retryMs[Math.min(attempt++, retryMs.length - 1)]!;
      await pause(clock, waitMs, stopping.signal);
    }
    // In the same turn in which nothing was stale, so that no change is left behind.
    running = undefined;
  }

  async function refreshOnce(): Promise<boolean> {
    try {
      known = await discover(client);
    } catch (error) {
      log.warn("cannot find out which kinds are served", { error });
      return false;
    }
    followAll();
    return definitions.list().every(isFound);
  }

  function isFound(definition: CustomResourceDefinition): boolean {
    if (!isTrue(definition.status?.conditions, "Established")) return true;
    const { group, names } = definition.spec;
    return known.served.some((s) => s.resource.group === group && s.resource.kind === names.kind);
  }

  function followAll(): void {
    const wanted = new Map(
      known.served.filter(isFollowable).map((s) => [nameOf(s.resource), s.resource]),
    );
    for (const [name, { resource, end }] of followed) {
      const isUnknown = known.unknown.some((gv) => gv === apiVersionOf(resource));
      if (wanted.has(name) || isUnknown) continue;
      followed.delete(name);
      end();
    }
    for (const [name, resource] of wanted)
      if (!followed.has(name)) followed.set(name, follow(resource));
  }

  function follow(resource: Resource<ApiObject>): Followed {
    const own = caches.find(resource);
    const cache = own ?? caches.of(resource, { metadataOnly: true });
    const unsubscribe = cache.onChange((change) => announce(resource, change));
    const end = (): void => {
      unsubscribe();
      for (const old of cache.list()) announce(resource, { key: "", old, next: undefined });
      if (!own) caches.drop(resource, { metadataOnly: true });
    };
    return { resource, cache, end };
  }

  function announce(resource: Resource<ApiObject>, change: Change<ApiObject>): void {
    for (const listener of listeners) listener({ resource, change });
  }

  async function sync(): Promise<void> {
    await first.promise;
    const lists = [...followed.values()].map(({ cache }) => cache.synced.catch(() => {}));
    const over = new AbortController();
    const limit = pause(clock, syncMsMax, AbortSignal.any([over.signal, stopping.signal]));
    await Promise.race([Promise.all(lists), limit]);
    over.abort();
  }

  const unsubscribe = [definitions.onChange(refresh), services.onChange(refresh)];
  refresh();
  const synced = sync();
  return {
    onChange(listener) {
      for (const { resource, cache } of followed.values())
        for (const next of cache.list())
          listener({ resource, change: { key: "", old: undefined, next } });
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    find: (apiVersion, kind) =>
      known.served.find(
        (s) => s.resource.kind === kind && apiVersionOf(s.resource) === apiVersion,
      ) ??
      known.served.find(
        (s) => s.resource.kind === kind && s.resource.group === groupOf(apiVersion),
      ),
    cacheOf: (resource) => followed.get(nameOf(resource))?.cache,
    synced,
    async stop() {
      stopping.abort();
      first.resolve();
      for (const end of unsubscribe) end();
      await running;
    },
  };
}

const isFollowable = ({ resource, verbs, isPreferred }: Served): boolean =>
  isPreferred &&
  verbs.has("list") &&
  verbs.has("watch") &&
  verbs.has("delete") &&
  !ignored(resource);

const nameOf = ({ group, plural }: Resource): string => `${plural}.${group}`;
