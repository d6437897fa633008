import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { pods, replicaSets } from "../../schema/resources.ts";
import type { ReplicaSet } from "../../schema/types/apps-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { byController, controllerOf, isNewOrphan, orphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { selects } from "../selector.ts";
import { type Observed, reconcile, restOf } from "./reconcile.ts";

export function startReplicaSet(parts: Parts): Running {
  const { caches, clock } = parts;
  const sets = caches.of(replicaSets, { indexes: { byController } });
  const podCache = caches.of(pods, { indexes: { byController } });

  const podsOf = (set: ReplicaSet): Pod[] => podCache.by("byController", set.metadata.uid ?? "");

  /** Pods of all sets that the same Deployment controls: they share nodes with each other. */
  function related(set: ReplicaSet): Pod[] {
    const controller = controllerOf(set);
    if (!controller) return podsOf(set);
    return sets.by("byController", controller.uid).flatMap(podsOf);
  }

  function observe(key: string): Observed | undefined {
    const set = sets.get(refOfKey(key));
    if (!set) return undefined;
    const stray = podCache.by("byController", orphans(set.metadata.namespace ?? ""));
    const own = podsOf(set);
    return {
      resource: replicaSets,
      object: set,
      set,
      pods: [...own, ...stray],
      related: own.length > (set.spec?.replicas ?? 1) ? related(set) : [],
      now: clock.now(),
      countsTerminating: true,
    };
  }

  /** Sets that could adopt a pod without a controller. */
  function adopters(change: Change<Pod>): string[] {
    if (!isNewOrphan(change)) return [];
    const { labels, namespace } = change.next!.metadata;
    return sets
      .list(namespace)
      .filter((set) => selects(set.spec?.selector, labels))
      .map(keyOf);
  }

  return startController({
    ...parts,
    name: "replicaset",
    sources: [
      source(sets, ownKey),
      source(podCache, ownerKeys("apps", "ReplicaSet")),
      source(podCache, adopters),
    ],
    observe,
    reconcile,
    restMs: restOf,
  });
}
