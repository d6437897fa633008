// Keeps as many pods as a ReplicaSet (or a ReplicationController, which is one by another name) wants.
import { type Action, type Failure, referenceTo } from "../../control/action.ts";
import type { ApiObject } from "../../schema/kind.ts";
import type { Resource } from "../../schema/resource.ts";
import { pods as podResource } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { ReplicaSetCondition, ReplicaSetStatus } from "../../schema/types/apps-v1.ts";
import type { Pod, PodTemplateSpec } from "../../schema/types/core-v1.ts";
import type { LabelSelector } from "../../schema/types/meta-v1.ts";
import { conditionOf, withCondition, withoutCondition } from "../conditions.ts";
import { claim, controllerReference, isControlledBy } from "../owner.ts";
import { cheapestToLose } from "../pod-ranking.ts";
import {
  createPod,
  deletePod,
  isActive,
  isAvailable,
  isReady,
  isTerminating,
  nextAvailableMs,
  podFromTemplate,
} from "../pods.ts";
import { matchesLabels, selects } from "../selector.ts";
import { sparse } from "../status.ts";

/** Largest number of pods made or removed in one pass, so that one bad object cannot flood the server. */
export const burstMax = 500;

/** What the two kinds have in common. */
export type Replicated = ApiObject & {
  spec?: {
    replicas?: number;
    minReadySeconds?: number;
    selector?: LabelSelector;
    template?: PodTemplateSpec;
  };
  status?: ReplicaSetStatus;
};

export type Observed = {
  resource: Resource<ApiObject>;
  /** The object as the server has it. */
  object: ApiObject;
  set: Replicated;
  /** The set's own pods, and those of its namespace without a controller. */
  pods: readonly Pod[];
  /** Pods of all sets with the same controller as this one. */
  related: readonly Pod[];
  /** Wall clock, ms. */
  now: number;
  /** Pods that are going away are counted in the status. */
  countsTerminating: boolean;
};

/** A pass looks at every pod: a large set rests between two, ms, so that a thousand changes are seen at once. */
export const restOf = ({ pods }: Observed): number =>
  pods.length < 50 ? 0 : Math.min(pods.length / 50, 200);

export function reconcile(observed: Observed): Action[] {
  const { resource, object, set, now } = observed;
  const { claimed, actions: claims } = claim(observed.pods.filter(isActive), {
    resource: podResource,
    owner: set,
    ownerResource: resource,
    isWanted: (pod) => selects(set.spec?.selector, pod.metadata.labels),
  });
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const manages = set.metadata.deletionTimestamp ? [] : manage(observed, claimed);
  const nextMs = minReadySeconds > 0 ? nextAvailableMs(claimed, minReadySeconds, now) : undefined;
  return [
    ...claims,
    ...manages,
    {
      do: "setStatus",
      resource,
      object,
      status: (failure: Failure | undefined) => statusOf(observed, claimed, failure),
    },
    ...(nextMs === undefined ? [] : [{ do: "again", afterMs: nextMs } as const]),
  ];
}

function manage({ resource, set, related, now }: Observed, active: readonly Pod[]): Action[] {
  const wanted = set.spec?.replicas ?? 1;
  const about = referenceTo(resource, set);
  const missing = Math.min(wanted - active.length, burstMax);
  if (missing > 0) {
    const owner = controllerReference(resource, set);
    const { namespace = "" } = set.metadata;
    return Array.from({ length: missing }, () =>
      createPod(podFromTemplate(set.spec?.template ?? noTemplate, owner, namespace), about),
    );
  }
  const surplus = Math.min(active.length - wanted, burstMax);
  if (surplus <= 0) return [];
  return cheapestToLose(active, related, now)
    .slice(0, surplus)
    .map((pod) => deletePod(pod, about));
}

const noTemplate: PodTemplateSpec = { spec: { containers: [] } };

function statusOf(
  { set, pods, now, countsTerminating }: Observed,
  active: readonly Pod[],
  failure: Failure | undefined,
): ReplicaSetStatus {
  const { selector, template, minReadySeconds = 0 } = set.spec ?? {};
  const templateLabels = template?.metadata?.labels ?? {};
  const terminating = pods.filter(
    (p) => isTerminating(p) && isControlledBy(p, set) && selects(selector, p.metadata.labels),
  );
  return {
    replicas: active.length,
    ...sparse({
      fullyLabeledReplicas: active.filter((p) => matchesLabels(templateLabels, p.metadata.labels))
        .length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: active.filter((p) => isAvailable(p, minReadySeconds, now)).length,
      observedGeneration: set.metadata.generation ?? 0,
      conditions: conditionsOf(set, active, failure, now),
    }),
    ...(countsTerminating ? { terminatingReplicas: terminating.length } : {}),
  };
}

function conditionsOf(
  { status, spec }: Replicated,
  active: readonly Pod[],
  failure: Failure | undefined,
  now: number,
): ReplicaSetCondition[] {
  const type = "ReplicaFailure";
  const isOurs = failure?.action.do === "create" || failure?.action.do === "delete";
  if (!failure || !isOurs) return withoutCondition(status?.conditions, type);
  if (conditionOf(status?.conditions, type)) return status?.conditions ?? [];
  return withCondition(status?.conditions, {
    type,
    status: "True",
    lastTransitionTime: printTime(now),
    reason: active.length < (spec?.replicas ?? 1) ? "FailedCreate" : "FailedDelete",
    message: failure.error.message,
  });
}
