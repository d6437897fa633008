// The calls with which a decision becomes true: claims are told the node, the pod is bound; or the pod is told why not.
import type { Client } from "../client/client.ts";
import { refOf } from "../client/key.ts";
import { referenceTo } from "../control/action.ts";
import type { Recorder } from "../control/events.ts";
import type { Clock } from "../lib/clock.ts";
import { pods } from "../schema/resources.ts";
import type { Pod, PodCondition } from "../schema/types/core-v1.ts";
import { bindVolumes } from "./bind-volumes.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodAsk } from "./pod-ask.ts";
import type { Victims } from "./preempt.ts";
import { placeClaims, type VolumeCaches } from "./volumes.ts";

export type Calls = { client: Client; record: Recorder; clock: Clock; name: string };

/**
 * Binds the claims first, then the pod, and tells so by an event. Throws when either is refused or takes too
 * long.
 */
export async function bind(
  { client, record, clock }: Calls,
  ask: PodAsk,
  node: NodeInfo,
  caches: VolumeCaches,
  signal: AbortSignal,
): Promise<void> {
  const placed = placeClaims(ask, node, caches);
  if (!placed) throw new Error(`binding volumes: the node ${node.name} lost those of ${ask.key}`);
  const nodeName = node.name;
  if (placed.length > 0) {
    await bindVolumes(placed, { client, clock, nodeName, caches, signal });
  }
  const { namespace, name, uid } = ask.pod.metadata;
  await client.post(pods, { namespace, name: name ?? "" }, "binding", {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { namespace, name, uid },
    target: { kind: "Node", name: nodeName },
  });
  record({
    about: referenceTo(pods, ask.pod),
    type: "Normal",
    reason: "Scheduled",
    action: "Binding",
    message: `Successfully assigned ${ask.key} to ${nodeName}`,
  });
}

/** Writes the PodScheduled condition and the event, unless the pod says the same already. */
export async function tellUnschedulable(
  { client, record, clock }: Calls,
  pod: Pod,
  told: { reason: string; message: string; nominatedNode?: string },
): Promise<void> {
  record({
    about: referenceTo(pods, pod),
    type: "Warning",
    reason: "FailedScheduling",
    action: "Scheduling",
    message: told.message,
  });
  const old = pod.status?.conditions?.find((c) => c.type === "PodScheduled");
  const isSame =
    old?.status === "False" && old.reason === told.reason && old.message === told.message;
  if (isSame && told.nominatedNode === undefined) return;
  const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  const condition: PodCondition = {
    type: "PodScheduled",
    status: "False",
    reason: told.reason,
    message: told.message,
    ...(pod.metadata.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    lastTransitionTime: old?.status === "False" ? old.lastTransitionTime : now,
  };
  const nominated =
    told.nominatedNode === undefined ? {} : { nominatedNodeName: told.nominatedNode };
  const status = { conditions: [condition], ...nominated };
  const patch = { metadata: { uid: pod.metadata.uid }, status };
  await client.patch(pods, refOf(pod), patch, { type: "strategic", subresource: "status" });
}

/** Ends the victims with their grace; each is told by whom it was displaced. */
export async function evict(
  { client, record, clock, name }: Calls,
  ask: PodAsk,
  victims: Victims,
): Promise<void> {
  const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  const displace = async (victim: PodAsk): Promise<void> => {
    const condition: PodCondition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "PreemptionByScheduler",
      message: `${name}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: now,
    };
    const ref = refOf(victim.pod);
    const patch = { metadata: { uid: victim.uid }, status: { conditions: [condition] } };
    await client.patch(pods, ref, patch, { type: "strategic", subresource: "status" });
    await client.delete(pods, ref, { uid: victim.uid });
    record({
      about: referenceTo(pods, victim.pod),
      related: referenceTo(pods, ask.pod),
      type: "Normal",
      reason: "Preempted",
      action: "Preempting",
      message: `Preempted by pod ${ask.uid} on node ${victims.node.name}`,
    });
  };
  await Promise.all(victims.pods.map(displace));
}
