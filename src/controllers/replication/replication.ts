// A ReplicationController is a ReplicaSet by an older name: the same rules, seen through an adapter.
import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { pods, replicationControllers } from "../../schema/resources.ts";
import type { Pod, ReplicationController } from "../../schema/types/core-v1.ts";
import { byController, isNewOrphan, orphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { type Observed, type Replicated, reconcile, restOf } from "../replica-set/reconcile.ts";
import { selects } from "../selector.ts";

const asSet = (object: ReplicationController): Replicated => ({
  ...object,
  spec: { ...object.spec, selector: { matchLabels: object.spec?.selector ?? {} } },
});

export function startReplication(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(replicationControllers);
  const podCache = caches.of(pods, { indexes: { byController } });

  function observe(key: string): Observed | undefined {
    const object = cache.get(refOfKey(key));
    if (!object) return undefined;
    const own = podCache.by("byController", object.metadata.uid ?? "");
    const stray = podCache.by("byController", orphans(object.metadata.namespace ?? ""));
    return {
      resource: replicationControllers,
      object,
      set: asSet(object),
      pods: [...own, ...stray],
      related: own,
      now: clock.now(),
      countsTerminating: false,
    };
  }

  function adopters(change: Change<Pod>): string[] {
    if (!isNewOrphan(change)) return [];
    const { labels, namespace } = change.next!.metadata;
    return cache
      .list(namespace)
      .filter((rc) => selects({ matchLabels: rc.spec?.selector }, labels))
      .map(keyOf);
  }

  return startController({
    ...parts,
    name: "replicationcontroller",
    sources: [
      source(cache, ownKey),
      source(podCache, ownerKeys("", "ReplicationController")),
      source(podCache, adopters),
    ],
    observe,
    reconcile,
    restMs: restOf,
  });
}
