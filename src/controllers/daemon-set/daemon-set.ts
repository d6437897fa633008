import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { equal } from "../../lib/equal.ts";
import { controllerRevisions, daemonSets, nodes, pods } from "../../schema/resources.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import { adopters, byController, ownAndOrphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { FailedPods } from "./failed-pods.ts";
import { type Observed, reconcile } from "./reconcile.ts";

export function startDaemonSet(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(daemonSets);
  const nodeCache = caches.of(nodes);
  const podCache = caches.of(pods, { indexes: { byController } });
  const revisions = caches.of(controllerRevisions, { indexes: { byController } });
  const failed = new FailedPods(clock);

  function observe(key: string): Observed | undefined {
    const set = cache.get(refOfKey(key));
    if (!set) return undefined;
    const { uid = "", namespace = "" } = set.metadata;
    return {
      set,
      nodes: nodeCache.list(),
      pods: ownAndOrphans(podCache, set),
      revisions: ownAndOrphans(revisions, set),
      takenRevision: (name) => revisions.get({ namespace, name }),
      failedWaitMs: (node) => failed.waitMs(`${uid}/${node}`),
      now: clock.now(),
    };
  }

  /** Heartbeats of nodes concern nobody. */
  function ofNode({ old, next }: Change<Node>): string[] {
    const isSame =
      old &&
      next &&
      equal(old.metadata.labels, next.metadata.labels) &&
      equal(old.spec?.taints, next.spec?.taints);
    return isSame ? [] : cache.list().map(keyOf);
  }

  return startController({
    ...parts,
    name: "daemonset",
    sources: [
      source(cache, ownKey),
      source(podCache, ownerKeys(daemonSets)),
      source(
        podCache,
        adopters(cache, (set) => set.spec.selector),
      ),
      source(revisions, ownerKeys(daemonSets)),
      source(nodeCache, ofNode),
    ],
    observe,
    reconcile,
  });
}
