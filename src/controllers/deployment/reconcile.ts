// One pass over a Deployment: find its ReplicaSets, make the one for its template, move pods over to it within
// the bounds of its strategy, say how it goes.
import { type Action, type Failure, referenceTo } from "../../control/action.ts";
import { deployments, replicaSets } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../schema/types/apps-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { byAge } from "../age.ts";
import { withCondition } from "../conditions.ts";
import { claim, controllerOf, controllerReference, isControlledBy } from "../owner.ts";
import { isTerminal } from "../pods.ts";
import { isEmptySelector, selects } from "../selector.ts";
import {
  type Member,
  memberActions,
  memberOf,
  noteSizes,
  type Observed,
  type Plan,
} from "./plan.ts";
import { annotate, byRevision, maxRevision, revisionAnnotation } from "./revision.ts";
import { askedRevision, rollback } from "./rollback.ts";
import {
  allowedForCurrent,
  isScalingEvent,
  scaleCurrent,
  scaleDownAllOld,
  scaleDownOld,
  scaleToSize,
} from "./scale.ts";
import {
  countReplicas,
  hasDeadline,
  hasHistoryLimit,
  isComplete,
  judgeProgress,
  nextCheckMs,
  progressing,
  setCondition,
} from "./status.ts";
import { hashLabel, hasTemplate, replicaSetName, templateHash } from "./template-hash.ts";

export function reconcile(observed: Observed): Action[] {
  const { deployment } = observed;
  if (isEmptySelector(deployment.spec?.selector)) return refuseSelector(deployment);
  const { claimed, actions: claims } = claim(observed.replicaSets, {
    resource: replicaSets,
    owner: deployment,
    ownerResource: deployments,
    isWanted: (set) => selects(deployment.spec?.selector, set.metadata.labels),
  });
  const plan = planOf(observed, claimed);
  return [...claims, ...decide(observed, plan)];
}

function decide(observed: Observed, plan: Plan): Action[] {
  const { deployment } = observed;
  const { metadata, spec } = deployment;
  numberCurrent(plan);
  if (metadata.deletionTimestamp) {
    countReplicas(plan);
    return [...memberActions(plan), statusAction(plan)];
  }
  notePause(plan);
  const revision = askedRevision(deployment);
  if (revision !== undefined && !spec?.paused) return rollback(plan, revision);
  if (spec?.paused || isScalingEvent(plan)) {
    scaleToSize(plan);
    const cleanup = spec?.paused ? cleanUp(plan) : [];
    countReplicas(plan);
    return [...memberActions(plan), ...cleanup, statusAction(plan)];
  }
  return spec?.strategy?.type === "Recreate" ? recreate(observed, plan) : roll(observed, plan);
}

function refuseSelector(deployment: Deployment): Action[] {
  const { generation = 0 } = deployment.metadata;
  return [
    {
      do: "event",
      about: referenceTo(deployments, deployment),
      type: "Warning",
      reason: "SelectingAll",
      message: "This deployment is selecting all pods. A non-empty selector is required.",
    },
    {
      do: "setStatus",
      resource: deployments,
      object: deployment,
      status: { ...deployment.status, observedGeneration: generation },
    },
  ];
}

function planOf({ deployment, now }: Observed, sets: readonly ReplicaSet[]): Plan {
  const sorted = [...sets].sort(byAge);
  const current = sorted.find((set) => hasTemplate(set, deployment));
  return {
    deployment,
    now,
    current: current && memberOf(current),
    old: sorted.filter((set) => set !== current).map(memberOf),
    annotations: { ...deployment.metadata.annotations },
    status: { ...deployment.status },
  };
}

/** The current ReplicaSet has the highest revision, and the Deployment shows it. */
function numberCurrent(plan: Plan): void {
  const { current, deployment, annotations } = plan;
  if (!current) return;
  annotate(deployment, current, maxRevision(plan.old.map((m) => m.set)) + 1n);
  current.minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const revision = current.annotations[revisionAnnotation];
  if (revision !== undefined) annotations[revisionAnnotation] = revision;
  if (!hasDeadline(plan) || progressing(plan)) return;
  setCondition(plan, {
    type: "Progressing",
    status: "True",
    reason: "FoundNewReplicaSet",
    message: `Found new replica set "${current.set.metadata.name}"`,
  });
}

/** A pause is no lack of progress. */
function notePause(plan: Plan): void {
  const reason = progressing(plan)?.reason;
  if (!hasDeadline(plan) || reason === "ProgressDeadlineExceeded") return;
  const isPaused = plan.deployment.spec?.paused === true;
  if (isPaused === (reason === "DeploymentPaused")) return;
  setCondition(plan, {
    type: "Progressing",
    status: "Unknown",
    reason: isPaused ? "DeploymentPaused" : "DeploymentResumed",
    message: isPaused ? "Deployment is paused" : "Deployment is resumed",
  });
}

function roll(observed: Observed, plan: Plan): Action[] {
  if (!plan.current) return makeCurrent(observed, plan);
  const isScaled = scaleCurrent(plan) || scaleDownOld(plan);
  return finish(plan, isScaled);
}

function recreate(observed: Observed, plan: Plan): Action[] {
  if (scaleDownAllOld(plan) || oldPodsRun(observed.pods, plan)) return finish(plan, true);
  if (!plan.current) return makeCurrent(observed, plan);
  return finish(plan, scaleCurrent(plan));
}

function oldPodsRun(pods: readonly Pod[], plan: Plan): boolean {
  if (plan.old.some(({ set }) => (set.status?.replicas ?? 0) > 0)) return true;
  const current = plan.current?.set.metadata.uid;
  return pods.some((pod) => !isTerminal(pod) && controllerOf(pod)?.uid !== current);
}

function finish(plan: Plan, isScaled: boolean): Action[] {
  const before = plan.deployment.status ?? {};
  const cleanup = !isScaled && isComplete(plan, before) ? cleanUp(plan) : [];
  countReplicas(plan);
  judgeProgress(plan);
  const afterMs = nextCheckMs(plan);
  return [
    ...memberActions(plan),
    ...cleanup,
    statusAction(plan),
    ...(afterMs === undefined ? [] : [{ do: "again", afterMs } as const]),
  ];
}

const statusAction = (plan: Plan): Action => ({
  do: "setStatus",
  resource: deployments,
  object: plan.deployment,
  status: plan.status,
  annotations: plan.annotations,
});

/** Removes the oldest ReplicaSets beyond the history limit that have no pods. */
function cleanUp(plan: Plan): Action[] {
  if (!hasHistoryLimit(plan)) return [];
  const cleanable = plan.old.filter(({ set }) => !set.metadata.deletionTimestamp);
  const surplus = cleanable.length - (plan.deployment.spec?.revisionHistoryLimit ?? 0);
  return cleanable
    .sort((a, b) => byRevision(a.set, b.set) || byAge(a.set, b.set))
    .slice(0, Math.max(surplus, 0))
    .filter(isUnused)
    .map(({ set }) => ({
      do: "delete",
      resource: replicaSets,
      ref: { namespace: set.metadata.namespace, name: set.metadata.name! },
      uid: set.metadata.uid!,
    }));
}

const isUnused = ({ set, replicas }: Member): boolean =>
  replicas === 0 &&
  (set.status?.replicas ?? 0) === 0 &&
  (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0);

function makeCurrent({ deployment, taken, now }: Observed, plan: Plan): Action[] {
  const hash = templateHash(deployment.spec!.template, deployment.status?.collisionCount);
  const set = replicaSetFor(deployment, hash);
  const rival = taken(set.metadata.name!);
  if (rival) return rivalMet(plan, rival);
  const member: Member = { ...memberOf(set), isNew: true };
  member.replicas = allowedForCurrent(plan, member, plan.old);
  const revision = maxRevision(plan.old.map((m) => m.set)) + 1n;
  annotate(deployment, member, revision);
  noteSizes(deployment, member);
  plan.current = member;
  plan.annotations[revisionAnnotation] = String(revision);
  if (hasDeadline(plan))
    setCondition(plan, {
      type: "Progressing",
      status: "True",
      reason: "NewReplicaSetCreated",
      message: `Created new replica set "${set.metadata.name}"`,
    });
  countReplicas(plan);
  return [createAction(plan, member), ...memberActions(plan), createdStatus(plan, now)];
}

/** The name is in use: a ReplicaSet of ours that is still to be seen, or a collision of hashes. */
function rivalMet(plan: Plan, rival: ReplicaSet): Action[] {
  if (isControlledBy(rival, plan.deployment) && hasTemplate(rival, plan.deployment)) return [];
  plan.status.collisionCount = (plan.status.collisionCount ?? 0) + 1;
  return [statusAction(plan)];
}

function replicaSetFor(deployment: Deployment, hash: string): ReplicaSet {
  const { metadata, spec } = deployment;
  const labels = { ...spec!.template.metadata?.labels, [hashLabel]: hash };
  const { matchLabels, ...selector } = spec!.selector ?? {};
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: replicaSetName(metadata.name!, hash),
      namespace: metadata.namespace,
      labels,
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: spec!.minReadySeconds ?? 0,
      selector: { ...selector, matchLabels: { ...matchLabels, [hashLabel]: hash } },
      template: { ...spec!.template, metadata: { ...spec!.template.metadata, labels } },
    },
  };
}

function createAction({ deployment }: Plan, { set, replicas, annotations }: Member): Action {
  const { name } = set.metadata;
  const scaled = { reason: "ScalingReplicaSet", message: () => scaledUp(name!, replicas) };
  return {
    do: "create",
    resource: replicaSets,
    object: {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec!, replicas },
    } as ReplicaSet,
    report: {
      about: referenceTo(deployments, deployment),
      ...(replicas > 0 ? { done: scaled } : {}),
      failed: { reason: createFailed, message: (why) => failedText(name!, why) },
    },
  };
}

const createFailed = "ReplicaSetCreateError";
const scaledUp = (name: string, count: number): string =>
  `Scaled up replica set ${name} from 0 to ${count}`;
const failedText = (name: string, why: string): string =>
  `Failed to create new replica set "${name}": ${why}`;

/** The status with the new ReplicaSet, or with why it could not be made. */
function createdStatus(plan: Plan, now: number): Action {
  const { deployment, status } = plan;
  const onFailure = ({ error }: Failure): DeploymentStatus => {
    if (!hasDeadline(plan)) return deployment.status ?? {};
    const time = printTime(now);
    const conditions = withCondition(deployment.status?.conditions, {
      type: "Progressing",
      status: "False",
      lastUpdateTime: time,
      lastTransitionTime: time,
      reason: createFailed,
      message: failedText(plan.current!.set.metadata.name!, error.message),
    });
    return { ...deployment.status, conditions };
  };
  return {
    do: "setStatus",
    resource: deployments,
    object: deployment,
    status: (failure: Failure | undefined) =>
      failure?.action.do === "create" ? onFailure(failure) : status,
    annotations: plan.annotations,
  };
}
