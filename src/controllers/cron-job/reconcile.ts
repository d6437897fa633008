// One pass over a CronJob: note which of its Jobs have ended, start the one that is due, forget old ones.
import { type Action, type Failure, referenceTo, type Said } from "../../control/action.ts";
import { isZone, parseSchedule, type Schedule } from "../../schema/cron.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { cronJobs, jobs } from "../../schema/resources.ts";
import { printTime, timeMs } from "../../schema/time.ts";
import { printZoned } from "../../schema/time-zone.ts";
import type { CronJob, CronJobStatus, Job } from "../../schema/types/batch-v1.ts";
import type { ObjectReference } from "../../schema/types/core-v1.ts";
import { controllerReference } from "../owner.ts";
import { sparse } from "../status.ts";
import { type Due, dueTime, nextLookMs } from "./missed.ts";

export type Observed = {
  cronJob: CronJob;
  /** Jobs that it controls. */
  children: readonly Job[];
  /** Wall clock, ms. */
  now: number;
};

const timestampAnnotation = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** The status that is taking shape. */
type Draft = {
  active: ObjectReference[];
  lastScheduleTime: string | undefined;
  lastSuccessfulTime: string | undefined;
};

export function reconcile(observed: Observed): Action[] {
  const { cronJob, children } = observed;
  const { active = [], lastScheduleTime, lastSuccessfulTime } = cronJob.status ?? {};
  const draft: Draft = { active: [...active], lastScheduleTime, lastSuccessfulTime };
  const notes = [...noteChildren(observed, draft), ...noteMissing(observed, draft)];
  const starts = cronJob.metadata.deletionTimestamp ? [] : start(observed, draft);
  const cleanup = forget(cronJob, children);
  return [...notes, ...starts, statusAction(cronJob, draft, starts), ...cleanup];
}

const says = (cronJob: CronJob, type: Said["type"], reason: string, message: string): Action => ({
  do: "event",
  about: referenceTo(cronJobs, cronJob),
  type,
  reason,
  message,
});

const endOf = (job: Job): string | undefined =>
  job.status?.conditions?.find(
    (c) => (c.type === "Complete" || c.type === "Failed") && c.status === "True",
  )?.type;

function noteChildren({ cronJob, children }: Observed, draft: Draft): Action[] {
  return children.flatMap((job): Action[] => {
    const { name = "", uid } = job.metadata;
    const at = draft.active.findIndex((reference) => reference.uid === uid);
    const end = endOf(job);
    if (!end) {
      // One that was made for the last time but could not be noted then is noted in `start`.
      if (at >= 0 || isUnnoted(cronJob, job)) return [];
      const message = `Saw a job that the controller did not create or forgot: ${name}`;
      return [says(cronJob, "Warning", "UnexpectedJob", message)];
    }
    const completed = job.status?.completionTime;
    if (end === "Complete" && completed && completed > (draft.lastSuccessfulTime ?? ""))
      draft.lastSuccessfulTime = completed;
    if (at < 0) return [];
    draft.active.splice(at, 1);
    const message = `Saw completed job: ${name}, condition: ${end}`;
    return [says(cronJob, "Normal", "SawCompletedJob", message)];
  });
}

const isUnnoted = ({ status }: CronJob, job: Job): boolean => {
  const scheduled = timeMs(job.metadata.annotations?.[timestampAnnotation]);
  return scheduled !== undefined && scheduled > (timeMs(status?.lastScheduleTime) ?? 0);
};

function noteMissing({ cronJob, children }: Observed, draft: Draft): Action[] {
  const missing = draft.active.filter(
    ({ uid }) => !children.some((job) => job.metadata.uid === uid),
  );
  draft.active = draft.active.filter((reference) => !missing.includes(reference));
  return missing.map(({ name }) =>
    says(cronJob, "Normal", "MissingJob", `Active job went missing: ${name}`),
  );
}

function start(observed: Observed, draft: Draft): Action[] {
  const { cronJob, now } = observed;
  const { spec } = cronJob;
  const warn = (reason: string, message: string): Action[] => [
    says(cronJob, "Warning", reason, message),
  ];
  if (spec.timeZone && !isZone(spec.timeZone)) {
    const why = `unknown time zone ${spec.timeZone}`;
    return warn("UnknownTimeZone", `invalid timeZone: "${spec.timeZone}": ${why}`);
  }
  if (spec.suspend) return [];
  const schedule = read(spec.schedule);
  if (schedule instanceof Error)
    return warn(
      "UnparseableSchedule",
      `unparseable schedule: "${spec.schedule}" : ${schedule.message}`,
    );
  const due = dueOrError(cronJob, schedule, now);
  if (due instanceof Error)
    return warn("InvalidSchedule", `invalid schedule: ${cronJob.spec.schedule} : ${due.message}`);
  const next = nextLookMs(cronJob, schedule, now);
  const again: Action[] = next === undefined ? [] : [{ do: "again", afterMs: next }];
  const { dueMs, isSuspicious } = due;
  if (dueMs === undefined) return again;
  const late = isSuspicious ? warn("TooManyMissedTimes", tooMany) : [];
  return [...late, ...startAt(observed, draft, dueMs), ...again];
}

const tooMany =
  "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";

function dueOrError(cronJob: CronJob, schedule: Schedule, now: number): Due | Error {
  try {
    return dueTime(cronJob, schedule, now, true);
  } catch (error) {
    return error as Error;
  }
}

function read(schedule: string): Schedule | Error {
  try {
    return parseSchedule(schedule);
  } catch (error) {
    return error as Error;
  }
}

function startAt({ cronJob, children, now }: Observed, draft: Draft, dueMs: number): Action[] {
  const { spec, metadata } = cronJob;
  const { startingDeadlineSeconds: deadline, concurrencyPolicy } = spec;
  if (deadline !== undefined && dueMs + deadline * 1000 < now) {
    const when = new Date(dueMs).toUTCString().replace("GMT", "+0000");
    const message = `Missed scheduled time to start a job: ${when}`;
    return [says(cronJob, "Warning", "MissSchedule", message)];
  }
  const name = jobName(cronJob, dueMs);
  const scheduled = printTime(dueMs);
  if (draft.active.some((r) => r.name === name) || draft.lastScheduleTime === scheduled) return [];
  const existing = children.find((job) => job.metadata.name === name);
  if (existing) {
    draft.lastScheduleTime = scheduled;
    if (!endOf(existing)) draft.active.push(referenceTo(jobs, existing));
    return [];
  }
  if (concurrencyPolicy === "Forbid" && draft.active.length > 0) {
    const message =
      "Not starting job because prior execution is running and concurrency policy is Forbid";
    return [says(cronJob, "Normal", "JobAlreadyActive", message)];
  }
  const replaced = concurrencyPolicy === "Replace" ? draft.active : [];
  draft.active = draft.active.filter((reference) => !replaced.includes(reference));
  draft.lastScheduleTime = scheduled;
  const deletes = children
    .filter((job) => replaced.some(({ uid }) => uid === job.metadata.uid))
    .map((job) => remove(cronJob, job));
  return [...deletes, create(cronJob, name, dueMs, metadata.namespace)];
}

const jobName = ({ metadata }: CronJob, ms: number): string =>
  `${metadata.name}-${Math.floor(ms / 60_000)}`;

function create(
  cronJob: CronJob,
  name: string,
  dueMs: number,
  namespace: string | undefined,
): Action {
  const { jobTemplate, timeZone = "" } = cronJob.spec;
  const { labels, annotations } = jobTemplate.metadata ?? {};
  return {
    do: "create",
    resource: jobs,
    object: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace,
        ...(labels ? { labels } : {}),
        annotations: { ...annotations, [timestampAnnotation]: printZoned(dueMs, timeZone) },
        ownerReferences: [controllerReference(cronJobs, cronJob)],
      },
      spec: jobTemplate.spec,
    } as Job,
    report: {
      about: referenceTo(cronJobs, cronJob),
      done: { reason: "SuccessfulCreate", message: (made) => `Created job ${made?.metadata.name}` },
      failed: { reason: "FailedCreate", message: (why) => `Error creating job: ${why}` },
    },
  };
}

function remove(cronJob: CronJob, { metadata }: Job): Action {
  const { namespace, name = "", uid = "" } = metadata;
  return {
    do: "delete",
    resource: jobs,
    ref: { namespace, name },
    uid,
    propagation: "Background",
    report: {
      about: referenceTo(cronJobs, cronJob),
      done: { reason: "SuccessfulDelete", message: () => `Deleted job ${name}` },
      failed: { reason: "FailedDelete", message: (why) => `Deleted job: ${why}` },
    },
  };
}

/** With the new Job once it is made; as it was before when it could not be. */
function statusAction(cronJob: CronJob, draft: Draft, starts: readonly Action[]): Action {
  const makes = starts.some((action) => action.do === "create");
  const before = cronJob.status?.lastScheduleTime;
  const statusOf = (made: ApiObject | undefined): CronJobStatus =>
    sparse({
      active: made ? [...draft.active, referenceTo(jobs, made)] : draft.active,
      lastScheduleTime: makes && !made ? before : draft.lastScheduleTime,
      lastSuccessfulTime: draft.lastSuccessfulTime,
    });
  return {
    do: "setStatus",
    resource: cronJobs,
    object: cronJob,
    status: (_failure: Failure | undefined, made: readonly ApiObject[]) =>
      statusOf(makes ? made[0] : undefined),
  };
}

/** Removes the oldest ended Jobs beyond the limits. */
function forget(cronJob: CronJob, children: readonly Job[]): Action[] {
  const { failedJobsHistoryLimit, successfulJobsHistoryLimit } = cronJob.spec;
  const surplus = (end: string, limit: number | undefined): Job[] => {
    if (limit === undefined) return [];
    const ended = children.filter((job) => endOf(job) === end && !job.metadata.deletionTimestamp);
    return ended.sort(byStart).slice(0, Math.max(ended.length - limit, 0));
  };
  return [
    ...surplus("Complete", successfulJobsHistoryLimit),
    ...surplus("Failed", failedJobsHistoryLimit),
  ].map((job) => remove(cronJob, job));
}

function byStart(a: Job, b: Job): number {
  const x = a.status?.startTime ?? "~";
  const y = b.status?.startTime ?? "~";
  if (x !== y) return x < y ? -1 : 1;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
}
