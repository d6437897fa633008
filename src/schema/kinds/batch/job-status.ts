// The rules of a job's status. A state that is there already is not refused again, so that old objects stay
// writable: most rules count only when something that they look at has changed.
import { duplicate, invalidValue, required } from "../../field-error.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Job, JobStatus } from "../../types/batch-v1.ts";
import { immutableProblem, notNegative, type Out, wrong } from "../checks.ts";
import { commonIndex, countIndexes } from "./indexes.ts";
import { isFalse, isFinished, isTrue } from "./job-conditions.ts";

/** Whether fields of the status are not what they were; conditions by whether they are true. */
type Changes = {
  readonly has: (...fields: (keyof JobStatus)[]) => boolean;
  readonly of: (...conditions: string[]) => boolean;
  readonly finished: boolean;
};

export function checkJobStatus(out: Out, next: Job, old: Job): void {
  const status: JobStatus = next.status ?? {};
  const before: JobStatus = old.status ?? {};
  const changed: Changes = {
    has: (...fields) => fields.some((field) => !semanticEqual(status[field], before[field])),
    of: (...conditions) => conditions.some((c) => isTrue(status, c) !== isTrue(before, c)),
    finished: isFinished(next) !== isFinished(old),
  };
  for (const field of ["active", "succeeded", "failed", "ready", "terminating"] as const) {
    notNegative(out, `status.${field}`, status[field]);
  }
  checkUncounted(out, status);
  checkCompletion(out, status, changed);
  checkFinished(out, next, changed);
  checkIndexes(out, next, changed);
  const { terminating = 0, ready = 0, active = 0 } = status;
  if ((changed.finished || changed.has("terminating")) && terminating > 0 && isFinished(next)) {
    const detail = "terminating>0 is invalid for finished job";
    out.push(invalidValue("status.terminating", terminating, detail));
  }
  if (changed.has("ready", "active") && ready > active) {
    out.push(invalidValue("status.ready", ready, "cannot set more ready pods than active"));
  }
  checkSuccess(out, next);
  checkTransition(out, next, old);
}

function checkUncounted(out: Out, { uncountedTerminatedPods: pods }: JobStatus): void {
  const seen = new Set<string>();
  for (const list of ["succeeded", "failed"] as const) {
    for (const [i, uid] of (pods?.[list] ?? []).entries()) {
      const at = `status.uncountedTerminatedPods.${list}[${i}]`;
      if (uid === "") out.push(invalidValue(at, uid, "must not be empty"));
      else if (seen.has(uid)) out.push(duplicate(at, uid));
      else seen.add(uid);
    }
  }
}

const conditionsField = "status.conditions";
const completionField = "status.completionTime";

function checkCompletion(out: Out, status: JobStatus, changed: Changes): void {
  const { completionTime, startTime } = status;
  const isComplete = isTrue(status, "Complete");
  if (changed.of("Complete", "Failed") && isComplete && isTrue(status, "Failed")) {
    wrong(out, conditionsField, "cannot set Complete=True and Failed=true conditions");
  }
  if (changed.of("Complete", "FailureTarget") && isComplete && isTrue(status, "FailureTarget")) {
    wrong(out, conditionsField, "cannot set Complete=True and FailureTarget=true conditions");
  }
  if (changed.of("Complete") || changed.has("completionTime")) {
    if (completionTime !== undefined && !isComplete) {
      const detail = "cannot set completionTime when there is no Complete=True condition";
      out.push(invalidValue(completionField, completionTime, detail));
    }
    if (completionTime === undefined && isComplete) {
      out.push(required(completionField, "completionTime is required for Complete jobs"));
    }
  }
  if (changed.has("startTime", "completionTime") && startTime && completionTime) {
    if (completionTime >= startTime) return;
    const detail = "must be equal to or after `startTime`";
    out.push(invalidValue(completionField, completionTime, detail));
  }
}

function checkFinished(out: Out, { spec, status = {} }: Job, changed: Changes): void {
  const { active = 0, uncountedTerminatedPods: uncounted } = status;
  if (changed.of("Failed") || changed.has("failedIndexes")) {
    if (isTrue(status, "Failed") && !isTrue(status, "FailureTarget")) {
      const detail = "cannot set Failed=True condition without the FailureTarget=true condition";
      wrong(out, conditionsField, detail);
    }
  }
  if (changed.of("Complete", "SuccessCriteriaMet")) {
    if (isTrue(status, "Complete") && !isTrue(status, "SuccessCriteriaMet")) {
      const detail =
        "cannot set Complete=True condition without the SuccessCriteriaMet=true condition";
      wrong(out, conditionsField, detail);
    }
  }
  if (!isFinished({ status })) return;
  if ((changed.finished || changed.has("active")) && active > 0) {
    out.push(invalidValue("status.active", active, "active>0 is invalid for finished job"));
  }
  const neverStarts = spec.suspend === true && spec.completions === 0;
  if ((changed.finished || changed.has("startTime")) && !neverStarts && !status.startTime) {
    out.push(required("status.startTime", "startTime is required for finished job"));
  }
  if (!changed.finished && !changed.has("uncountedTerminatedPods")) return;
  if ((uncounted?.failed ?? []).length + (uncounted?.succeeded ?? []).length === 0) return;
  const field = "status.uncountedTerminatedPods";
  out.push(invalidValue(field, uncounted, "must be empty for finished job"));
}

function checkIndexes(out: Out, { spec, status = {} }: Job, changed: Changes): void {
  const { completions, backoffLimitPerIndex } = spec;
  const { completedIndexes = "", failedIndexes } = status;
  const completedHere = changed.has("completedIndexes");
  const failedHere = changed.has("failedIndexes");
  if (completedHere && completions !== undefined) {
    checkFormat(out, "completedIndexes", completedIndexes, completions);
  }
  if (failedHere && completions !== undefined && backoffLimitPerIndex !== undefined) {
    checkFormat(out, "failedIndexes", failedIndexes ?? "", completions);
  }
  if (completedHere && completedIndexes !== "" && spec.completionMode !== "Indexed") {
    const detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
    out.push(invalidValue("status.completedIndexes", completedIndexes, detail));
  }
  if (failedIndexes === undefined) return;
  if (failedHere && backoffLimitPerIndex === undefined) {
    const detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
    out.push(invalidValue("status.failedIndexes", failedIndexes, detail));
  }
  if (completions === undefined || !(failedHere || completedHere)) return;
  const index = commonIndex(completedIndexes, failedIndexes, completions);
  if (index === undefined) return;
  const detail = `failedIndexes and completedIndexes overlap at index: ${index}`;
  out.push(invalidValue("status.failedIndexes", failedIndexes, detail));
}

function checkFormat(
  out: Out,
  field: "completedIndexes" | "failedIndexes",
  indexes: string,
  completions: number,
): void {
  try {
    countIndexes(indexes, completions);
  } catch (error) {
    const detail = `error parsing ${field}: ${(error as Error).message}`;
    out.push(invalidValue(`status.${field}`, indexes, detail));
  }
}

function checkSuccess(out: Out, { spec, status }: Job): void {
  const isMet = isTrue(status, "SuccessCriteriaMet");
  for (const type of ["Failed", "FailureTarget"]) {
    if (!isMet || !isTrue(status, type)) continue;
    wrong(out, conditionsField, `cannot set SuccessCriteriaMet=True and ${type}=true conditions`);
  }
  if (!spec.successPolicy || isMet || !isTrue(status, "Complete")) return;
  const detail =
    "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True";
  wrong(out, conditionsField, detail);
}

function checkTransition(out: Out, next: Job, old: Job): void {
  const status: JobStatus = next.status ?? {};
  const before: JobStatus = old.status ?? {};
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (!isTrue(before, type) || isTrue(status, type)) continue;
    wrong(out, conditionsField, `cannot disable the terminal ${type}=True condition`);
  }
  checkCounters(out, next, old);
  const { completionTime, startTime } = status;
  if (completionTime && before.completionTime && completionTime !== before.completionTime) {
    out.push(invalidValue(completionField, completionTime, immutableProblem));
  }
  const isResuming = isTrue(before, "Suspended") && isFalse(status, "Suspended");
  if (before.startTime && startTime !== before.startTime && !isResuming && !next.spec.suspend) {
    const detail = "field is immutable for unsuspended job once set";
    out.push(invalidValue("status.startTime", startTime ?? null, detail));
  }
  const wasMet = isTrue(before, "SuccessCriteriaMet");
  const isMet = isTrue(status, "SuccessCriteriaMet");
  if (wasMet && !isMet) {
    wrong(out, conditionsField, "cannot disable the SuccessCriteriaMet=True condition");
  }
  if (isTrue(before, "Complete") && !wasMet && isMet) {
    const detail =
      "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
    wrong(out, conditionsField, detail);
  }
}

/** An indexed job that scales down forgets the successes of the indexes that it has lost. */
function checkCounters(out: Out, { spec, status = {} }: Job, { status: before = {} }: Job): void {
  const { failed = 0, succeeded = 0 } = status;
  if (failed < (before.failed ?? 0)) {
    out.push(invalidValue("status.failed", failed, "cannot decrease the failed counter"));
  }
  const scales = spec.completionMode === "Indexed" && spec.completions === spec.parallelism;
  if (scales || succeeded >= (before.succeeded ?? 0)) return;
  out.push(invalidValue("status.succeeded", succeeded, "cannot decrease the succeeded counter"));
}
