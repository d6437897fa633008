import { refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { pods, replicaSets } from "../../schema/resources.ts";
import type { ReplicaSet } from "../../schema/types/apps-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { adopters, byController, controllerOf, ownAndOrphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
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
    const own = podsOf(set);
    return {
      resource: replicaSets,
      object: set,
      set,
      pods: ownAndOrphans(podCache, set),
      related: own.length > (set.spec?.replicas ?? 1) ? related(set) : [],
      now: clock.now(),
      countsTerminating: true,
    };
  }

  return startController({
    ...parts,
    name: "replicaset",
    sources: [
      source(sets, ownKey),
      source(podCache, ownerKeys(replicaSets)),
      source(
        podCache,
        adopters(sets, (set) => set.spec?.selector),
      ),
    ],
    observe,
    reconcile,
    restMs: restOf,
  });
}
