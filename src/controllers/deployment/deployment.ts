import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { ownerKeys, ownKey, source, startController } from "../../control/controller.ts";
import { deployments, pods, replicaSets } from "../../schema/resources.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { adopters, byController, controllerOf, ownAndOrphans } from "../owner.ts";
import type { Parts, Running } from "../parts.ts";
import { isTerminal } from "../pods.ts";
import type { Observed } from "./plan.ts";
import { reconcile } from "./reconcile.ts";

export function startDeployment(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(deployments);
  const sets = caches.of(replicaSets, { indexes: { byController } });
  const podCache = caches.of(pods, { indexes: { byController } });

  function observe(key: string): Observed | undefined {
    const deployment = cache.get(refOfKey(key));
    if (!deployment) return undefined;
    const { namespace = "", uid = "" } = deployment.metadata;
    const own = sets.by("byController", uid);
    const isRecreate = deployment.spec?.strategy?.type === "Recreate";
    return {
      deployment,
      replicaSets: ownAndOrphans(sets, deployment),
      pods: isRecreate ? own.flatMap((s) => podCache.by("byController", s.metadata.uid!)) : [],
      taken: (name) => sets.get({ namespace, name }),
      now: clock.now(),
    };
  }

  /** With strategy Recreate the end of an old pod is what a Deployment waits for. */
  function ofEndedPod({ old, next }: Change<Pod>): string[] {
    const pod = next ?? old;
    if (!pod || (next && !isTerminal(next))) return [];
    const { namespace } = pod.metadata;
    const setName = controllerOf(pod)?.name;
    const set = setName ? sets.get({ namespace, name: setName }) : undefined;
    const name = set && controllerOf(set)?.name;
    const deployment = name ? cache.get({ namespace, name }) : undefined;
    return deployment?.spec?.strategy?.type === "Recreate" ? [keyOf(deployment)] : [];
  }

  return startController({
    ...parts,
    name: "deployment",
    sources: [
      source(cache, ownKey),
      source(sets, ownerKeys(deployments)),
      source(
        sets,
        adopters(cache, (d) => d.spec?.selector),
      ),
      source(podCache, ofEndedPod),
    ],
    observe,
    reconcile,
  });
}
