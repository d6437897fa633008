// What controllers ask about pods, and the pods they make.
import type { Action } from "../control/action.ts";
import { pods } from "../schema/resources.ts";
import { timeMs } from "../schema/time.ts";
import type { ObjectReference, Pod, PodTemplateSpec } from "../schema/types/core-v1.ts";
import type { OwnerReference } from "../schema/types/meta-v1.ts";
import { conditionOf } from "./conditions.ts";

export const isTerminal = (pod: Pod): boolean =>
  pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Counts as a replica: it neither ended nor is being deleted. */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !pod.metadata.deletionTimestamp;

export const isTerminating = (pod: Pod): boolean =>
  !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;

export const isReady = (pod: Pod): boolean =>
  conditionOf(pod.status?.conditions, "Ready")?.status === "True";

/** Wall time in ms at which the pod became ready; undefined while it is not. */
export function readySince(pod: Pod): number | undefined {
  const ready = conditionOf(pod.status?.conditions, "Ready");
  return ready?.status === "True" ? timeMs(ready.lastTransitionTime) : undefined;
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = readySince(pod);
  return since !== undefined && since + minReadySeconds * 1000 <= now;
}

/** Time until the next of `list` becomes available; undefined when none will by waiting. */
export function nextAvailableMs(
  list: readonly Pod[],
  minReadySeconds: number,
  now: number,
): number | undefined {
  const waits = list
    .map((pod) => readySince(pod))
    .filter((since) => since !== undefined)
    .map((since) => since + minReadySeconds * 1000 - now)
    .filter((ms) => ms > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** Longest name of a pod. */
const nameMax = 253;

/** The pod that a template asks for; the server completes its name. */
export function podFromTemplate(
  template: PodTemplateSpec,
  owner: OwnerReference,
  namespace: string,
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const generateName = owner.name.length < nameMax ? `${owner.name}-` : owner.name;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName,
      namespace,
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [owner],
    },
    spec: template.spec,
  };
}

/** Creates a pod and says so in the words that all workloads use. */
export const createPod = (pod: Pod, about: ObjectReference): Action => ({
  do: "create",
  resource: pods,
  object: pod,
  report: {
    about,
    done: {
      reason: "SuccessfulCreate",
      message: (made) => `Created pod: ${made?.metadata.name}`,
    },
    failed: { reason: "FailedCreate", message: (why) => `Error creating: ${why}` },
  },
});

export function deletePod(pod: Pod, about: ObjectReference): Action {
  const { namespace, name = "", uid = "" } = pod.metadata;
  return {
    do: "delete",
    resource: pods,
    ref: { namespace, name },
    uid,
    report: {
      about,
      done: { reason: "SuccessfulDelete", message: () => `Deleted pod: ${name}` },
      failed: { reason: "FailedDelete", message: (why) => `Error deleting: ${why}` },
    },
  };
}
