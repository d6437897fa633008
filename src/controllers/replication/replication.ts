// A ReplicationController is a ReplicaSet by an older name: the same rules, seen through an adapter.
import { refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { pods, replicationControllers } from "../../schema/resources.ts";
import type { ReplicationController } from "../../schema/types/core-v1.ts";
import type { LabelSelector } from "../../schema/types/meta-v1.ts";
import { adopters, byController, ownAndOrphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { type Observed, type Replicated, reconcile, restOf } from "../replica-set/reconcile.ts";

const selectorOf = ({ spec }: ReplicationController): LabelSelector => ({
  matchLabels: spec?.selector ?? {},
});

const asSet = (object: ReplicationController): Replicated => ({
  ...object,
  spec: { ...object.spec, selector: selectorOf(object) },
});

export function startReplication(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(replicationControllers);
  const podCache = caches.of(pods, { indexes: { byController } });

  function observe(key: string): Observed | undefined {
    const object = cache.get(refOfKey(key));
    if (!object) return undefined;
    return {
      resource: replicationControllers,
      object,
      set: asSet(object),
      pods: ownAndOrphans(podCache, object),
      related: podCache.by("byController", object.metadata.uid ?? ""),
      now: clock.now(),
      countsTerminating: false,
    };
  }

  return startController({
    ...parts,
    name: "replicationcontroller",
    sources: [
      source(cache, ownKey),
      source(podCache, ownerKeys(replicationControllers)),
      source(podCache, adopters(cache, selectorOf)),
    ],
    observe,
    reconcile,
    restMs: restOf,
  });
}
