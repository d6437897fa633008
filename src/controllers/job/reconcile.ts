// One pass over a Job: count what has ended, decide whether the Job has, make or remove pods.
import { type Action, referenceTo, type Said } from "../../control/action.ts";
import { jobs, pods } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { Job, JobCondition } from "../../schema/types/batch-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import { claim, isControlledBy } from "../owner.ts";
import { deletePod } from "../pods.ts";
import { selects } from "../selector.ts";
import { sparse } from "../status.ts";
import { isSuspended, isTracked, trackingFinalizer, untrack } from "./job-pods.ts";
import { burstMax, manage } from "./manage.ts";
import {
  condition,
  ensureCondition,
  isFinished,
  type Observed,
  type Pass,
  passOf,
} from "./pass.ts";
import { track } from "./track.ts";
import { deadlineMs, successByCompletions, verdict } from "./verdict.ts";

export function reconcile(observed: Observed): Action[] {
  const { job } = observed;
  if (isFinished(job) || isManagedElsewhere(job)) return [];
  const { claimed, actions: claims } = claim(observed.pods, {
    resource: pods,
    owner: job,
    ownerResource: jobs,
    isWanted: (pod) => selects(job.spec.selector, pod.metadata.labels),
    finalizers: [trackingFinalizer],
  });
  const pass = passOf(
    observed,
    claimed.map((pod) => asClaimed(job, pod)),
  );
  if (!pass.status.startTime && !isSuspended(job)) pass.status.startTime = printTime(pass.now);
  const given = verdict(pass);
  const work = given ? removeAll(pass) : job.metadata.deletionTimestamp ? [] : manage(pass);
  const makes = work.some((action) => action.do === "create");
  const end = given ?? (makes ? undefined : successByCompletions(pass));
  const said = end || job.metadata.deletionTimestamp ? [] : noteSuspension(pass);
  return [...claims, ...conclude(pass, end, said), ...work, ...deadline(pass)];
}

export const isManagedElsewhere = ({ spec }: Job): boolean =>
  spec.managedBy !== undefined && spec.managedBy !== "kubernetes.io/job-controller";

/** An adopted pod gets its finalizer with its owner; it counts as having both. */
function asClaimed(job: Job, pod: Pod): Pod {
  if (isControlledBy(pod, job) || isTracked(pod)) return pod;
  const finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  return { ...pod, metadata: { ...pod.metadata, finalizers } };
}

const removeAll = ({ job, active }: Pass): Action[] =>
  active.slice(0, burstMax).map((pod) => deletePod(pod, referenceTo(jobs, job)));

/** The status as far as it can be told now, and what is to be done once it is written. */
function conclude(pass: Pass, end: JobCondition | undefined, said: Said[]): Action[] {
  const { job } = pass;
  const { untrack: ended, isWhole } = track(pass, end);
  if (end && !conditionOf(job.status?.conditions, end.type))
    pass.status.conditions = [...(pass.status.conditions ?? []), end];
  const uncounted = Object.keys(pass.status.uncountedTerminatedPods ?? {}).length;
  const isOver =
    end !== undefined &&
    isWhole &&
    uncounted === 0 &&
    ended.length === 0 &&
    pass.active.length === 0 &&
    pass.terminating === 0;
  if (isOver) said.push(...finish(pass, end));
  const { ready, terminating, active } = pass;
  const { completionTime, uncountedTerminatedPods = {}, failedIndexes, ...status } = pass.status;
  const first = said.shift();
  return [
    {
      do: "setStatus",
      resource: jobs,
      object: job,
      status: {
        ...sparse({ ...status, active: active.length }),
        ...(completionTime ? { completionTime } : {}),
        ...(failedIndexes === undefined ? {} : { failedIndexes }),
        uncountedTerminatedPods,
        ready,
        terminating,
      },
      ...(first ? { report: reportOf(first) } : {}),
    },
    ...said.map((event): Action => ({ do: "event", ...event })),
    ...ended.map(untrack),
  ];
}

const reportOf = ({ about, type, reason, message }: Said) => ({
  about,
  done: { type, reason, message: () => message },
});

function finish(pass: Pass, end: JobCondition): Said[] {
  const { job, status, now } = pass;
  const about = referenceTo(jobs, job);
  const { reason = "", message = "" } = end;
  if (end.type === "FailureTarget") {
    ensureCondition(pass, condition(pass, "Failed", "True", reason, message));
    return [{ about, type: "Warning", reason, message }];
  }
  ensureCondition(pass, condition(pass, "Complete", "True", reason, message));
  pass.status.completionTime = printTime(now);
  const completed: Said = { about, type: "Normal", reason: "Completed", message: "Job completed" };
  const { completions } = job.spec;
  if (completions === undefined || (status.succeeded ?? 0) <= completions) return [completed];
  const surplus = "Too many succeeded pods running after completion count reached";
  const warning: Said = {
    about,
    type: "Warning",
    reason: "TooManySucceededPods",
    message: surplus,
  };
  return [warning, completed];
}

function noteSuspension(pass: Pass): Said[] {
  const { job, now } = pass;
  const about = referenceTo(jobs, job);
  if (isSuspended(job)) {
    const next = condition(pass, "Suspended", "True", "JobSuspended", "Job suspended");
    if (!ensureCondition(pass, next)) return [];
    delete pass.status.startTime;
    return [{ about, type: "Normal", reason: "Suspended", message: "Job suspended" }];
  }
  const next = condition(pass, "Suspended", "False", "JobResumed", "Job resumed");
  if (!ensureCondition(pass, next)) return [];
  // The time of the deadline runs anew.
  pass.status.startTime = printTime(now);
  return [{ about, type: "Normal", reason: "Resumed", message: "Job resumed" }];
}

function deadline(pass: Pass): Action[] {
  const leftMs = deadlineMs(pass) - pass.now;
  return leftMs > 0 && leftMs < Number.POSITIVE_INFINITY ? [{ do: "again", afterMs: leftMs }] : [];
}
