import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import {
  controllerRevisions,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from "../../schema/resources.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { byController, isNewOrphan, orphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { selects } from "../selector.ts";
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
    const { uid = "", namespace = "" } = set.metadata;
    const stray = orphans(namespace);
    return {
      set,
      pods: [...podCache.by("byController", uid), ...podCache.by("byController", stray)],
      revisions: [...revisions.by("byController", uid), ...revisions.by("byController", stray)],
      takenRevision: (name) => revisions.get({ namespace, name }),
      claim: (name) => claims.get({ namespace, name }),
      now: clock.now(),
    };
  }

  function adopters(change: Change<Pod>): string[] {
    if (!isNewOrphan(change)) return [];
    const { namespace, labels } = change.next!.metadata;
    return cache
      .list(namespace)
      .filter((set) => selects(set.spec.selector, labels))
      .map(keyOf);
  }

  return startController({
    ...parts,
    name: "statefulset",
    sources: [
      source(cache, ownKey),
      source(podCache, ownerKeys("apps", "StatefulSet")),
      source(podCache, adopters),
      source(revisions, ownerKeys("apps", "StatefulSet")),
    ],
    reads: [claims],
    observe,
    reconcile,
  });
}
