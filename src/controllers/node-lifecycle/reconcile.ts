// What follows from how a node is: its conditions when it has fallen silent, its taints, the readiness of its pods.
import { type Action, referenceTo, type Said } from "../../control/action.ts";
import { equal } from "../../lib/equal.ts";
import { nodes, pods } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { Node, NodeCondition, ObjectReference, Pod } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import { isReady } from "../pods.ts";
import { wantedTaints } from "./taints.ts";

export type Observed = {
  node: Node;
  /** Pods on the node. */
  pods: readonly Pod[];
  silentMs: number;
  /** Silence up to here is no matter. */
  graceMs: number;
  /** Pods may be driven off the node now. */
  mayEvict: boolean;
  /** When to ask again whether they may. */
  permitMs: number | undefined;
  /** Wall clock, ms. */
  now: number;
};

export function reconcile(observed: Observed): Action[] {
  const { node, silentMs, graceMs, permitMs } = observed;
  const isSilent = silentMs > graceMs;
  const conditions = isSilent ? unknownConditions(observed) : node.status?.conditions;
  const checks: Action[] = isSilent ? [] : [{ do: "again", afterMs: graceMs - silentMs + 1 }];
  if (permitMs) checks.push({ do: "again", afterMs: permitMs });
  // The taints follow from the new conditions, once they are written.
  if (!equal(conditions, node.status?.conditions))
    return [...markUnknown(observed, conditions!), ...checks];
  return [...markPods(observed), ...describe(observed), ...checks];
}

const reported = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

function unknownConditions({ node, now }: Observed): NodeCondition[] {
  const conditions = [...(node.status?.conditions ?? [])];
  const lastTransitionTime = printTime(now);
  for (const type of reported) {
    const at = conditions.findIndex((c) => c.type === type);
    const old = conditions[at];
    if (!old)
      conditions.push({
        type,
        status: "Unknown",
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime,
        reason: "NodeStatusNeverUpdated",
        message: "Kubelet never posted node status.",
      });
    else if (old.status !== "Unknown")
      conditions[at] = {
        ...old,
        status: "Unknown",
        lastTransitionTime,
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
      };
  }
  return conditions;
}

/** Events name a node by its name and UID alone. */
export const nodeReference = ({ metadata }: Node): ObjectReference => ({
  kind: "Node",
  apiVersion: "v1",
  name: metadata.name!,
  uid: metadata.uid!,
});

function markUnknown({ node }: Observed, conditions: NodeCondition[]): Action[] {
  const wasReady = conditionOf(node.status?.conditions, "Ready")?.status === "True";
  const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
  const done = { reason: "NodeNotReady", message: () => message };
  return [
    {
      do: "setStatus",
      resource: nodes,
      object: node,
      status: { ...node.status, conditions },
      ...(wasReady ? { report: { about: nodeReference(node), done } } : {}),
    },
  ];
}

/** Pods of a node that is not heard of cannot be counted upon. */
function markPods({ node, pods: list, now }: Observed): Action[] {
  if (conditionOf(node.status?.conditions, "Ready")?.status !== "Unknown") return [];
  return list.filter(isReady).map((pod): Action => {
    const { namespace, name, uid } = pod.metadata;
    const lastTransitionTime = printTime(now);
    const conditions = [{ type: "Ready", status: "False", lastTransitionTime }];
    const done = {
      type: "Warning" as const,
      reason: "NodeNotReady",
      message: () => "Node is not ready",
    };
    return {
      do: "patch",
      resource: pods,
      ref: { namespace, name: name! },
      subresource: "status",
      type: "strategic",
      patch: { metadata: { uid }, status: { conditions } },
      report: { about: referenceTo(pods, pod), done },
    };
  });
}

/** Older labels that say the same as newer ones. */
const labelTwins = [
  ["kubernetes.io/os", "beta.kubernetes.io/os"],
  ["kubernetes.io/arch", "beta.kubernetes.io/arch"],
] as const;

function describe({ node, mayEvict, now }: Observed): Action[] {
  const { name, resourceVersion, labels = {} } = node.metadata;
  const taints = wantedTaints(node, mayEvict, now);
  const twins = labelTwins.filter(([key, twin]) => labels[key] && labels[twin] !== labels[key]);
  const isSame = equal(taints, node.spec?.taints ?? []);
  if (isSame && twins.length === 0) return [];
  const patch = {
    metadata: {
      resourceVersion,
      ...(twins.length > 0
        ? { labels: Object.fromEntries(twins.map(([key, twin]) => [twin, labels[key]])) }
        : {}),
    },
    ...(isSame ? {} : { spec: { taints: taints.length > 0 ? taints : null } }),
  };
  return [{ do: "patch", resource: nodes, ref: { name: name! }, type: "merge", patch }];
}

export const registered = (node: Node): Said => said(node, "RegisteredNode", "Registered", "in");
export const removed = (node: Node): Said => said(node, "RemovingNode", "Removing", "from");

function said(node: Node, reason: string, verb: string, place: string): Said {
  const { name } = node.metadata;
  const message = `Node ${name} event: ${verb} Node ${name} ${place} Controller`;
  return { about: nodeReference(node), type: "Normal", reason, message };
}
