import { refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import {
  controllerRevisions,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from "../../schema/resources.ts";
import { adopters, byController, ownAndOrphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { type Observed, reconcile } from "./reconcile.ts";

export function startStatefulSet(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(statefulSets);
  const podCache = caches.of(pods, { indexes: { byController } });
  const revisions = caches.of(controllerRevisions, { indexes: { byController } });
  const claims = caches.of(persistentVolumeClaims);

  function observe(key: string): Observed | undefined {
    const set = cache.get(refOfKey(key));
    if (!set) return undefined;
    const { namespace = "" } = set.metadata;
    return {
      set,
      pods: ownAndOrphans(podCache, set),
      revisions: ownAndOrphans(revisions, set),
      takenRevision: (name) => revisions.get({ namespace, name }),
      claim: (name) => claims.get({ namespace, name }),
      now: clock.now(),
    };
  }

  return startController({
    ...parts,
    name: "statefulset",
    sources: [
      source(cache, ownKey),
      source(podCache, ownerKeys(statefulSets)),
      source(
        podCache,
        adopters(cache, (set) => set.spec.selector),
      ),
      source(revisions, ownerKeys(statefulSets)),
    ],
    reads: [claims],
    observe,
    reconcile,
  });
}
