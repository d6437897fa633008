// Deletes pods from nodes with a taint of effect NoExecute that they do not, or no longer, tolerate.
import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import type { Action, Said } from "../../control/action.ts";
import { source, startController } from "../../control/controller.ts";
import { equal } from "../../lib/equal.ts";
import { nodes, pods } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { Node, Pod, Taint } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { byNode } from "../services-of-pods.ts";
import { toleratedMs } from "./tolerations.ts";

export type Observed = {
  pod: Pod;
  /** Those of its node with effect NoExecute. */
  taints: readonly Taint[];
  /** Time since the first of them was seen. */
  sinceMs: number;
  /** Its deletion is planned. */
  isPlanned: boolean;
  /** Wall clock, ms. */
  now: number;
};

function reconcile({ pod, taints, sinceMs, isPlanned, now }: Observed): Action[] {
  const limitMs = toleratedMs(taints, pod.spec.tolerations ?? []);
  if (taints.length === 0 || limitMs === Number.POSITIVE_INFINITY)
    return isPlanned ? [{ do: "event", ...says(pod, "Cancelling deletion of") }] : [];
  if (sinceMs < limitMs) return [{ do: "again", afterMs: limitMs - sinceMs }];
  return [{ do: "event", ...says(pod, "Marking for deletion") }, ...evict(pod, now)];
}

function says({ metadata }: Pod, what: string): Said {
  const { namespace, name } = metadata;
  return {
    about: { kind: "Pod", apiVersion: "v1", namespace, name },
    type: "Normal",
    reason: "TaintManagerEviction",
    message: `${what} Pod ${namespace}/${name}`,
  };
}

function evict(pod: Pod, now: number): Action[] {
  const { namespace, name = "", uid = "", generation } = pod.metadata;
  const ref = { namespace, name };
  const old = conditionOf(pod.status?.conditions, "DisruptionTarget");
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    observedGeneration: generation,
    lastTransitionTime: printTime(now),
    reason: "DeletionByTaintManager",
    message: "Taint manager: deleting due to NoExecute taint",
  };
  const mark: Action = {
    do: "patch",
    resource: pods,
    ref,
    subresource: "status",
    type: "strategic",
    patch: { metadata: { uid }, status: { conditions: [condition] } },
  };
  return [
    ...(old?.reason === condition.reason ? [] : [mark]),
    { do: "delete", resource: pods, ref, uid },
  ];
}

export function startTaintEviction(parts: Parts): Running {
  const { caches, clock } = parts;
  const cache = caches.of(pods, { indexes: { byNode } });
  const nodeCache = caches.of(nodes);
  /** When the taints of a pod's node were first seen beside the pod, by UID. */
  const seen = new Map<string, number>();

  function observe(key: string): Observed | undefined {
    const pod = cache.get(refOfKey(key));
    const node = pod?.spec.nodeName ? nodeCache.get({ name: pod.spec.nodeName }) : undefined;
    if (!pod || pod.metadata.deletionTimestamp) {
      if (pod) seen.delete(pod.metadata.uid!);
      return undefined;
    }
    const uid = pod.metadata.uid!;
    const taints = evicting(node);
    const now = clock.monotonic();
    const isPlanned = seen.has(uid);
    const limitMs = toleratedMs(taints, pod.spec.tolerations ?? []);
    if (taints.length === 0 || limitMs === Number.POSITIVE_INFINITY) seen.delete(uid);
    else if (!isPlanned) seen.set(uid, now);
    const sinceMs = now - (seen.get(uid) ?? now);
    return { pod, taints, sinceMs, isPlanned, now: clock.now() };
  }

  const podsOf = ({ key, old, next }: Change<Node>): string[] =>
    equal(evicting(old), evicting(next)) ? [] : cache.by("byNode", key).map(keyOf);

  /** Of interest are pods on a node with such taints, and those whose deletion is planned. */
  function concerns({ key, old, next }: Change<Pod>): string[] {
    if (!next) {
      seen.delete(old?.metadata.uid ?? "");
      return [];
    }
    const node = next.spec.nodeName ? nodeCache.get({ name: next.spec.nodeName }) : undefined;
    return evicting(node).length > 0 || seen.has(next.metadata.uid!) ? [key] : [];
  }

  return startController({
    ...parts,
    name: "taint-eviction",
    sources: [source(cache, concerns), source(nodeCache, podsOf)],
    observe,
    reconcile,
    workers: 8,
  });
}

const evicting = (node: Node | undefined): Taint[] =>
  (node?.spec?.taints ?? []).filter((taint) => taint.effect === "NoExecute");
