// One pass over a Job: what was observed, what follows from it, and the status that is taking shape.

import { printTime } from "../../schema/time.ts";
import type { Job, JobCondition, JobStatus } from "../../schema/types/batch-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import { isActive, isReady, isTerminating } from "../pods.ts";
import { type Failures, finishedMs, remainingMs } from "./backoff.ts";
import { judge } from "./failure-policy.ts";
import { hasIndex, type Indexes, indexesOf, parseIndexes, union } from "./indexes.ts";
import {
  allIndexFailures,
  indexFailures,
  indexOf,
  isFailed,
  isIndexed,
  isTracked,
} from "./job-pods.ts";

export type Observed = {
  job: Job;
  /** The Job's own pods, and those of its namespace without a controller. */
  pods: readonly Pod[];
  failures: Failures;
  /** Wall clock, ms. */
  now: number;
};

export type Pass = {
  readonly job: Job;
  readonly now: number;
  readonly failures: Failures;
  /** Claimed pods. */
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly terminating: number;
  readonly ready: number;
  /** Pods, or indexes, that have succeeded so far, counted in the status or not. */
  readonly succeeded: number;
  readonly failed: number;
  /** Of indexed Jobs: as the status has them, and with those that are new. */
  readonly completedBefore: Indexes;
  readonly completed: Indexes;
  /** Of Jobs with a limit for each index. */
  readonly failedIndexes: Indexes | undefined;
  /** The last failed pod of an index, kept until its successor has taken over its count. */
  readonly awaitingSuccessor: ReadonlyMap<number, Pod>;
  status: JobStatus;
};

export function passOf({ job, failures, now }: Observed, pods: readonly Pod[]): Pass {
  const status = job.status ?? {};
  const { succeeded, failed } = newlyEnded(job, pods);
  const uncounted = status.uncountedTerminatedPods ?? {};
  const active = pods.filter(isActive);
  const counted = failed.filter((pod) => judge(job, pod).counts);
  const before = isIndexed(job) ? parseIndexes(status.completedIndexes, completionsOf(job)) : [];
  const completed = union(before, indexesOf(succeeded.map((pod) => indexOf(job, pod) ?? 0)));
  const failedIndexes = failedIndexesOf(job, pods);
  return {
    job,
    now,
    failures,
    pods,
    active,
    terminating: pods.filter(isTerminating).length,
    ready: active.filter(isReady).length,
    succeeded: (status.succeeded ?? 0) + succeeded.length + (uncounted.succeeded ?? []).length,
    failed: (status.failed ?? 0) + counted.length + (uncounted.failed ?? []).length,
    completedBefore: before,
    completed: isIndexed(job) ? completed : [],
    failedIndexes,
    awaitingSuccessor: failedIndexes
      ? awaitingSuccessor(job, pods, [completed, failedIndexes])
      : new Map(),
    status: { ...status, uncountedTerminatedPods: { ...uncounted } },
  };
}

export const completionsOf = (job: Job): number => job.spec.completions ?? 0;

/** Pods that have ended and are not in the status yet. */
export function newlyEnded(job: Job, pods: readonly Pod[]): { succeeded: Pod[]; failed: Pod[] } {
  const { succeeded = [], failed = [] } = job.status?.uncountedTerminatedPods ?? {};
  const valid = pods.filter(
    (pod) => isTracked(pod) && (!isIndexed(job) || indexOf(job, pod) !== undefined),
  );
  return {
    succeeded: valid.filter(
      (p) => p.status?.phase === "Succeeded" && !succeeded.includes(p.metadata.uid!),
    ),
    failed: valid.filter((p) => isFailed(job, p) && !failed.includes(p.metadata.uid!)),
  };
}

function failedIndexesOf(job: Job, pods: readonly Pod[]): Indexes | undefined {
  const { backoffLimitPerIndex } = job.spec;
  if (!isIndexed(job) || backoffLimitPerIndex === undefined) return undefined;
  const isLost = (pod: Pod): boolean => {
    if (!isTracked(pod) || !isFailed(job, pod)) return false;
    const { action, counts } = judge(job, pod);
    return action === "FailIndex" || (counts && indexFailures(pod) >= backoffLimitPerIndex);
  };
  const lost = pods.filter(isLost).map((pod) => indexOf(job, pod));
  const before = parseIndexes(job.status?.failedIndexes, completionsOf(job));
  return union(before, indexesOf(lost.filter((index) => index !== undefined)));
}

function awaitingSuccessor(
  job: Job,
  pods: readonly Pod[],
  settled: readonly Indexes[],
): Map<number, Pod> {
  const alive = new Set(pods.filter(isActive).map((pod) => indexOf(job, pod)));
  const waiting = new Map<number, Pod>();
  for (const pod of newestLast(pods.filter((p) => isTracked(p) && isFailed(job, p)))) {
    const index = indexOf(job, pod);
    if (index === undefined || alive.has(index)) continue;
    if (!settled.some((indexes) => hasIndex(indexes, index))) waiting.set(index, pod);
  }
  return waiting;
}

const newestLast = (pods: Pod[]): Pod[] =>
  pods.sort((a, b) => allIndexFailures(a) - allIndexFailures(b) || finishedMs(a) - finishedMs(b));

/** Time until the pod of `index` may be made anew. */
export function indexRemainingMs({ awaitingSuccessor, now }: Pass, index: number): number {
  const last = awaitingSuccessor.get(index);
  if (!last) return 0;
  return remainingMs({ count: allIndexFailures(last) + 1, lastMs: finishedMs(last) }, now);
}

export const condition = (
  { now }: Pick<Pass, "now">,
  type: string,
  status: string,
  reason: string,
  message: string,
): JobCondition => ({
  type,
  status,
  lastProbeTime: printTime(now),
  lastTransitionTime: printTime(now),
  reason,
  message,
});

/** Upstream's rule for a Job: the place of a condition stays, and one that never was is not set to False. */
export function ensureCondition(pass: Pass, next: JobCondition): boolean {
  const list = pass.status.conditions ?? [];
  const old = conditionOf(list, next.type);
  if (!old && next.status === "False") return false;
  if (old?.status === next.status && old.reason === next.reason && old.message === next.message)
    return false;
  pass.status.conditions = old ? list.map((c) => (c === old ? next : c)) : [...list, next];
  return true;
}

export const isFinished = (job: Job): boolean =>
  (job.status?.conditions ?? []).some(
    (c) => (c.type === "Complete" || c.type === "Failed") && c.status === "True",
  );
