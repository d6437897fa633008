// Whether a Job has come to its end, and which: upstream's criteria in upstream's order.

import { timeMs } from "../../schema/time.ts";
import type { Job, JobCondition, SuccessPolicyRule } from "../../schema/types/batch-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import { judge } from "./failure-policy.ts";
import { overlap, parseIndexes, sizeOf } from "./indexes.ts";
import { isFailed, isIndexed, isSuspended } from "./job-pods.ts";
import { completionsOf, condition, type Pass } from "./pass.ts";

/** The condition SuccessCriteriaMet or FailureTarget that the Job has or is to get. */
export function verdict(pass: Pass): JobCondition | undefined {
  const { job } = pass;
  const met = conditionOf(job.status?.conditions, "SuccessCriteriaMet");
  if (met?.status === "True") return met;
  const target = conditionOf(job.status?.conditions, "FailureTarget");
  if (target?.status === "True") return target;
  return failure(pass) ?? successByPolicy(pass);
}

function failure(pass: Pass): JobCondition | undefined {
  const { job, pods, failed, failedIndexes, completed, now } = pass;
  const { backoffLimit = 6, maxFailedIndexes } = job.spec;
  const fails = (reason: string, message: string): JobCondition =>
    condition(pass, "FailureTarget", "True", reason, message);
  const byPolicy = policyFailure(job, pods);
  if (byPolicy !== undefined) return fails("PodFailurePolicy", byPolicy);
  if (failed > backoffLimit || isPastRestarts(job, pods))
    return fails("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  if (deadlineMs(pass) <= now)
    return fails("DeadlineExceeded", "Job was active longer than specified deadline");
  const lost = failedIndexes ? sizeOf(failedIndexes) : 0;
  if (maxFailedIndexes !== undefined && lost > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return fails("MaxFailedIndexesExceeded", message);
  }
  if (lost > 0 && lost + sizeOf(completed) >= completionsOf(job))
    return fails("FailedIndexes", "Job has failed indexes");
  return undefined;
}

function policyFailure(job: Job, pods: readonly Pod[]): string | undefined {
  if (!job.spec.podFailurePolicy) return undefined;
  for (const pod of pods) {
    const why = isFailed(job, pod) ? judge(job, pod).failsJob : undefined;
    if (why !== undefined) return why;
  }
  return undefined;
}

/** With restartPolicy OnFailure the restarts of containers count instead of failed pods. */
function isPastRestarts(job: Job, pods: readonly Pod[]): boolean {
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return false;
  const { backoffLimit = 6 } = job.spec;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== "Running" && status?.phase !== "Pending") continue;
    const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    for (const { restartCount } of all) restarts += restartCount;
  }
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

/** Wall time in ms at which the Job is out of time; never while it is suspended. */
export function deadlineMs({ job, status }: Pass): number {
  const start = timeMs(status.startTime);
  const { activeDeadlineSeconds } = job.spec;
  if (activeDeadlineSeconds === undefined || start === undefined || isSuspended(job))
    return Number.POSITIVE_INFINITY;
  return start + activeDeadlineSeconds * 1000;
}

function successByPolicy(pass: Pass): JobCondition | undefined {
  const { job, completed } = pass;
  if (!isIndexed(job) || completed.length === 0) return undefined;
  const rules = job.spec.successPolicy?.rules ?? [];
  const index = rules.findIndex((rule) => isMet(rule, pass));
  if (index < 0) return undefined;
  const message = `Matched rules at index ${index}`;
  return condition(pass, "SuccessCriteriaMet", "True", "SuccessPolicy", message);
}

function isMet({ succeededIndexes, succeededCount }: SuccessPolicyRule, pass: Pass): boolean {
  const { job, completed } = pass;
  if (succeededIndexes === undefined)
    return succeededCount !== undefined && sizeOf(completed) >= succeededCount;
  const wanted = parseIndexes(succeededIndexes, completionsOf(job));
  if (wanted.length === 0) return false;
  const have = overlap(wanted, completed);
  return have === sizeOf(wanted) || (succeededCount !== undefined && have >= succeededCount);
}

/** Enough pods have succeeded and none is left. */
export function successByCompletions(pass: Pass): JobCondition | undefined {
  const { job, active, succeeded, completed } = pass;
  const { completions } = job.spec;
  const count = isIndexed(job) ? sizeOf(completed) : succeeded;
  const isEnough = completions === undefined ? count > 0 : count >= completions;
  if (!isEnough || active.length > 0) return undefined;
  const message = "Reached expected number of succeeded pods";
  return condition(pass, "SuccessCriteriaMet", "True", "CompletionsReached", message);
}
