// Removes pods that nobody else will: on nodes that are gone, deleted before they had a node, on nodes that an
// administrator has declared out of service, and ended ones when there are too many.
import type { Change } from "../../client/cache.ts";
import { refOfKey } from "../../client/key.ts";
import { isNotFound } from "../../client/refusal.ts";
import type { Action } from "../../control/action.ts";
import { source, startController } from "../../control/controller.ts";
import { nodes, pods } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { Node, Pod } from "../../schema/types/core-v1.ts";
import { byAge } from "../age.ts";
import { isTrue } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { isTerminal } from "../pods.ts";
import { byNode } from "../services-of-pods.ts";

const outOfService = "node.kubernetes.io/out-of-service";

/** A node may come back under its name, so that its pods are left alone for this long (upstream's). */
const quarantineMs = 40_000;

/** Wait between looks at the number of ended pods, upstream's. */
const endedCheckMs = 20_000;

/** Most pods removed in one pass. */
const burstMax = 500;

/** Keys: `pod/<namespace>/<name>`, `node/<name>`, and this one for all ended pods. */
const endedKey = "ended";

export type Observed =
  | { what: "pod"; pod: Pod; node: Node | undefined; now: number }
  | { what: "node gone"; pods: readonly Pod[]; now: number }
  | { what: "ended"; pods: readonly Pod[]; max: number; now: number };

function reconcile(observed: Observed): Action[] {
  const { now } = observed;
  switch (observed.what) {
    case "pod":
      return isStuck(observed.pod, observed.node) ? remove(observed.pod, now) : [];
    case "node gone": {
      const condition = { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" };
      return observed.pods.slice(0, burstMax).flatMap((pod) => remove(pod, now, condition));
    }
    case "ended": {
      const surplus = Math.min(observed.pods.length - observed.max, burstMax);
      const oldest = [...observed.pods].sort((a, b) => evictedFirst(a, b) || byAge(a, b));
      return oldest.slice(0, Math.max(surplus, 0)).flatMap((pod) => remove(pod, now));
    }
  }
}

/** Is being deleted, and no node will finish that. */
function isStuck({ metadata, spec }: Pod, node: Node | undefined): boolean {
  if (!metadata.deletionTimestamp) return false;
  if (!spec.nodeName) return true;
  const isOut = node?.spec?.taints?.some(({ key }) => key === outOfService) ?? false;
  return isOut && !isTrue(node?.status?.conditions, "Ready");
}

const evictedFirst = (a: Pod, b: Pod): number =>
  Number(b.status?.reason === "Evicted") - Number(a.status?.reason === "Evicted");

function remove(pod: Pod, now: number, why?: { reason: string; message: string }): Action[] {
  const { namespace, name = "", uid = "", generation } = pod.metadata;
  const ref = { namespace, name };
  const condition = why && {
    type: "DisruptionTarget",
    status: "True",
    observedGeneration: generation,
    lastTransitionTime: printTime(now),
    ...why,
  };
  const status = { phase: "Failed", ...(condition ? { conditions: [condition] } : {}) };
  const fail: Action = {
    do: "patch",
    resource: pods,
    ref,
    subresource: "status",
    type: "strategic",
    patch: { metadata: { uid }, status },
  };
  return [
    ...(isTerminal(pod) ? [] : [fail]),
    { do: "delete", resource: pods, ref, uid, graceSeconds: 0 },
  ];
}

export function startPodGc(parts: Parts): Running {
  const { caches, client, clock, settings } = parts;
  const byEnd = (pod: Pod): string[] => (isTerminal(pod) ? [endedKey] : []);
  const cache = caches.of(pods, { indexes: { byNode, byEnd } });
  const nodeCache = caches.of(nodes);
  const max = settings.terminatedPodsMax;

  function observe(key: string): Observed | undefined {
    const now = clock.now();
    if (key === endedKey) return { what: "ended", pods: cache.by("byEnd", endedKey), max, now };
    const ref = refOfKey(key.slice(key.indexOf("/") + 1));
    if (key.startsWith("node/"))
      return { what: "node gone", pods: cache.by("byNode", ref.name), now };
    const pod = cache.get(ref);
    return pod && { what: "pod", pod, node: nodeCache.get({ name: pod.spec.nodeName ?? "" }), now };
  }

  /** The last look before pods are lost is at the server itself. */
  async function reconcileChecked(observed: Observed): Promise<Action[]> {
    if (observed.what !== "node gone") return reconcile(observed);
    const name = observed.pods[0]?.spec.nodeName;
    if (!name || nodeCache.get({ name })) return [];
    const isGone = await client.get(nodes, { name }).then(
      () => false,
      (error: unknown) => {
        if (isNotFound(error)) return true;
        throw error;
      },
    );
    return isGone ? reconcile(observed) : [];
  }

  function ofPod({ key, old, next }: Change<Pod>): string[] {
    if (!next) return [];
    if (max > 0 && isTerminal(next) && !(old && isTerminal(old)))
      controller?.addAfter(endedKey, endedCheckMs);
    const { nodeName } = next.spec;
    if (nodeName && !nodeCache.get({ name: nodeName })) quarantine(nodeName);
    return next.metadata.deletionTimestamp ? [`pod/${key}`] : [];
  }

  function ofNode({ key, next }: Change<Node>): string[] {
    if (!next) quarantine(key);
    const isOut = next?.spec?.taints?.some((taint) => taint.key === outOfService);
    if (!isOut) return [];
    return cache
      .by("byNode", key)
      .map(({ metadata }) => `pod/${metadata.namespace}/${metadata.name}`);
  }

  const quarantine = (name: string): void => controller?.addAfter(`node/${name}`, quarantineMs);
  let controller: ReturnType<typeof startController> | undefined;
  controller = startController<Observed>({
    ...parts,
    name: "pod-garbage-collector",
    sources: [],
    reads: [cache, nodeCache],
    observe,
    reconcile: reconcileChecked,
  });
  const add = controller.add;
  const ends = [source(nodeCache, ofNode).subscribe(add), source(cache, ofPod).subscribe(add)];
  return {
    async stop() {
      for (const end of ends) end();
      await controller?.stop();
    },
  };
}
