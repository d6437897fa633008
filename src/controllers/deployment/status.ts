// Status and conditions of a Deployment, in upstream's words.

import { printTime, timeMs } from "../../schema/time.ts";
import type { DeploymentCondition, DeploymentStatus } from "../../schema/types/apps-v1.ts";
import { conditionOf, withCondition, withoutCondition } from "../conditions.ts";
import { sparse } from "../status.ts";
import {
  availableReplicas,
  bounds,
  type Member,
  members,
  type Plan,
  totalReplicas,
  wantedReplicas,
} from "./plan.ts";

/** What stands for "no deadline" and "no limit". */
const unlimited = 0x7fff_ffff;

export function hasDeadline({ deployment }: Plan): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== unlimited;
}

export const hasHistoryLimit = ({ deployment }: Plan): boolean =>
  deployment.spec?.revisionHistoryLimit !== undefined &&
  deployment.spec.revisionHistoryLimit !== unlimited;

type Condition = Pick<DeploymentCondition, "type" | "status" | "reason" | "message">;

export function setCondition(plan: Plan, condition: Condition): void {
  const time = printTime(plan.now);
  plan.status.conditions = withCondition(plan.status.conditions, {
    ...condition,
    lastUpdateTime: time,
    lastTransitionTime: time,
  });
}

export const progressing = (plan: Plan): DeploymentCondition | undefined =>
  conditionOf(plan.status.conditions, "Progressing");

/** Counts the members' pods, and tells whether enough of them are available. */
export function countReplicas(plan: Plan): void {
  const { deployment, status } = plan;
  const all = members(plan);
  const available = availableReplicas(all);
  const terminating = terminatingReplicas(all);
  plan.status = {
    ...sparse({
      observedGeneration: deployment.metadata.generation ?? 0,
      replicas: actual(all, "replicas"),
      updatedReplicas: plan.current?.set.status?.replicas ?? 0,
      readyReplicas: actual(all, "readyReplicas"),
      availableReplicas: available,
      unavailableReplicas: Math.max(totalReplicas(all) - available, 0),
    }),
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    ...(status.conditions ? { conditions: status.conditions } : {}),
    ...(status.collisionCount === undefined ? {} : { collisionCount: status.collisionCount }),
  };
  const isEnough = available >= wantedReplicas(deployment) - bounds(deployment).unavailable;
  setCondition(plan, {
    type: "Available",
    status: isEnough ? "True" : "False",
    reason: isEnough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: isEnough
      ? "Deployment has minimum availability."
      : "Deployment does not have minimum availability.",
  });
}

const actual = (list: readonly Member[], field: "replicas" | "readyReplicas"): number =>
  list.reduce((sum, { set }) => sum + (set.status?.[field] ?? 0), 0);

/** Undefined when a ReplicaSet that was counted does not tell. */
function terminatingReplicas(list: readonly Member[]): number | undefined {
  let sum = 0;
  for (const { set } of list) {
    const { observedGeneration = 0, terminatingReplicas: count } = set.status ?? {};
    if (count === undefined && observedGeneration !== 0) return undefined;
    sum += count ?? 0;
  }
  return sum;
}

export function isComplete({ deployment }: Plan, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** Tells how a rollout goes on: done, moving, or stuck for longer than its deadline. */
export function judgeProgress(plan: Plan): void {
  if (!hasDeadline(plan))
    plan.status.conditions = withoutCondition(plan.status.conditions, "Progressing");
  else if (!isOver(plan)) estimateProgress(plan);
  copyFailure(plan);
  if (plan.status.conditions?.length === 0) delete plan.status.conditions;
}

/** The last rollout has ended and nothing but its own pods is there. */
const isOver = (plan: Plan): boolean =>
  (plan.status.replicas ?? 0) === (plan.status.updatedReplicas ?? 0) &&
  progressing(plan)?.reason === "NewReplicaSetAvailable";

function estimateProgress(plan: Plan): void {
  const { deployment, current } = plan;
  const who = current
    ? `ReplicaSet "${current.set.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`;
  const type = "Progressing";
  if (isComplete(plan, plan.status)) {
    const message = `${who} has successfully progressed.`;
    setCondition(plan, { type, status: "True", reason: "NewReplicaSetAvailable", message });
  } else if (hasMoved(plan)) {
    markMoved(plan, `${who} is progressing.`);
  } else if (hasTimedOut(plan)) {
    const message = `${who} has timed out progressing.`;
    setCondition(plan, { type, status: "False", reason: "ProgressDeadlineExceeded", message });
  }
}

/** Something got better since the status that the server has. */
function hasMoved({ deployment, status }: Plan): boolean {
  const count = (s: DeploymentStatus, field: "updatedReplicas" | "readyReplicas") => s[field] ?? 0;
  const before = deployment.status ?? {};
  const outdated = (s: DeploymentStatus) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (
    count(status, "updatedReplicas") > count(before, "updatedReplicas") ||
    outdated(status) < outdated(before) ||
    count(status, "readyReplicas") > count(before, "readyReplicas") ||
    (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** Unlike other conditions this one is written anew with the same reason, for its update time. */
function markMoved(plan: Plan, message: string): void {
  const old = progressing(plan);
  const time = printTime(plan.now);
  plan.status.conditions = [
    ...withoutCondition(plan.status.conditions, "Progressing"),
    {
      type: "Progressing",
      status: "True",
      lastUpdateTime: time,
      lastTransitionTime: (old?.status === "True" && old.lastTransitionTime) || time,
      reason: "ReplicaSetUpdated",
      message,
    },
  ];
}

function hasTimedOut(plan: Plan): boolean {
  const condition = progressing(plan);
  if (!condition || condition.reason === "NewReplicaSetAvailable") return false;
  if (condition.reason === "ProgressDeadlineExceeded") return true;
  return (deadlineOf(plan) ?? plan.now) < plan.now;
}

/** Wall time in ms at which the rollout counts as stuck when nothing moves. */
function deadlineOf(plan: Plan): number | undefined {
  const from = timeMs(progressing(plan)?.lastUpdateTime);
  const seconds = plan.deployment.spec?.progressDeadlineSeconds;
  return from === undefined || seconds === undefined ? undefined : from + seconds * 1000;
}

/** Time after which a rollout that stands still is to be looked at; undefined when it is not running. */
export function nextCheckMs(plan: Plan): number | undefined {
  const deadline = deadlineOf(plan);
  const isSettled =
    !hasDeadline(plan) ||
    isComplete(plan, plan.status) ||
    progressing(plan)?.reason === "ProgressDeadlineExceeded";
  if (isSettled || deadline === undefined) return undefined;
  return Math.max(deadline - plan.now, 0) + 1000;
}

/** A ReplicaSet that cannot make or remove pods shows in the Deployment; the current one's word counts most. */
function copyFailure(plan: Plan): void {
  const type = "ReplicaFailure";
  const failure = [plan.current, ...plan.old]
    .map((member) => conditionOf(member?.set.status?.conditions, type))
    .find((condition) => condition !== undefined);
  plan.status.conditions = failure
    ? withCondition(plan.status.conditions, {
        ...failure,
        lastUpdateTime: failure.lastTransitionTime,
      })
    : withoutCondition(plan.status.conditions, type);
}
