// Every object of every kind that can be deleted, as metadata: what garbage collection and the deletion of
// namespaces see. Kinds come and go with custom resource definitions and API services.
import type { Cache } from "../../client/cache.ts";
import { pause } from "../../lib/clock.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { apiVersionOf, groupOf, type Resource } from "../../schema/resource.ts";
import { apiServices, customResourceDefinitions } from "../../schema/resources.ts";
import type { CustomResourceDefinition } from "../../schema/types/apiextensions-v1.ts";
import { isTrue } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { type Discovery, discover, type Served } from "./discovery.ts";
import { FollowedKinds, type ObjectChange } from "./followed-kinds.ts";

export type Objects = Running & {
  /** Told of every object that is there and of each change. */
  onChange(listener: (change: ObjectChange) => void): () => void;
  /** The served kind of a reference; undefined when there is none as far as is known. */
  find(apiVersion: string, kind: string): Served | undefined;
  /** A resource in the version that the server prefers. */
  findPreferred(group: string, plural: string): Served | undefined;
  cacheOf(resource: Resource): Cache<ApiObject> | undefined;
  /** Resolves when the kinds that are known by then are listed, or it is given up on some. */
  readonly synced: Promise<void>;
};

/** Waits between attempts to find a kind that a definition promises. */
const retryMs = [50, 200, 1_000, 5_000, 30_000];

/** A kind whose objects cannot be listed holds nobody up for longer. */
const syncMsMax = 30_000;

export function startObjects(parts: Pick<Parts, "client" | "caches" | "clock" | "log">): Objects {
  const { client, caches, clock, log } = parts;
  const followed = new FollowedKinds(caches);
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
    followed.take(known);
    return definitions.list().every((definition) => isFound(definition, known));
  }

  async function sync(): Promise<void> {
    await first.promise;
    const over = new AbortController();
    const limit = pause(clock, syncMsMax, AbortSignal.any([over.signal, stopping.signal]));
    await Promise.race([followed.listed(), limit]);
    over.abort();
  }

  const unsubscribe = [definitions.onChange(refresh), services.onChange(refresh)];
  refresh();
  const synced = sync();
  return {
    onChange: (listener) => followed.onChange(listener),
    find: (apiVersion, kind) => findServed(known, apiVersion, kind),
    findPreferred: (group, plural) =>
      known.served.find(
        ({ resource, isPreferred }) =>
          isPreferred && resource.group === group && resource.plural === plural,
      ),
    cacheOf: (resource) => followed.cacheOf(resource),
    synced,
    async stop() {
      stopping.abort();
      first.resolve();
      for (const end of unsubscribe) end();
      await running;
    },
  };
}

/** Whether the kind that a definition promises is served by now. */
function isFound(definition: CustomResourceDefinition, { served }: Discovery): boolean {
  if (!isTrue(definition.status?.conditions, "Established")) return true;
  const { group, names } = definition.spec;
  return served.some(({ resource }) => resource.group === group && resource.kind === names.kind);
}

/** In the version that is asked for, else in another one of its group. */
function findServed(known: Discovery, apiVersion: string, kind: string): Served | undefined {
  const alike = known.served.filter(({ resource }) => resource.kind === kind);
  return (
    alike.find(({ resource }) => apiVersionOf(resource) === apiVersion) ??
    alike.find(({ resource }) => resource.group === groupOf(apiVersion))
  );
}
