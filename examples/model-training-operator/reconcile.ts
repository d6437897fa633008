// One look at a training and its Jobs: what is to be done, and what the status is to tell. Pure.
import { type Job, jobs } from "coxswain/client";
import { type Action, type Failure, referenceTo } from "coxswain/sdk";
import { generationAnnotation, jobFor, jobNameOf } from "./job.ts";
import {
  type Condition,
  type Phase,
  type Training,
  type TrainingStatus,
  trainings,
} from "./training.ts";

export type Seen = { training: Training; jobs: readonly Job[]; nowMs: number };

export function reconcile({ training, jobs: owned, nowMs }: Seen): Action[] {
  const generation = String(training.metadata.generation ?? 1);
  const isCurrent = ({ metadata }: Job) =>
    metadata.annotations?.[generationAnnotation] === generation;
  const current = owned.find((job) => isCurrent(job) && !job.metadata.deletionTimestamp);
  // A Job cannot change what it runs: one that was made for an older spec makes room for a new one.
  const outdated = owned.filter((job) => job !== current);
  const told = statusOf(training, current, nowMs);
  const status = setStatus(training, told);
  if (current) return [status, ...eventsOf(training, told)];
  if (outdated.length > 0) return [...outdated.flatMap(removal), status];
  const job = jobFor(training);
  const about = referenceTo(trainings, training);
  return [
    {
      do: "create",
      resource: jobs,
      object: job,
      report: {
        about,
        done: { reason: "JobCreated", message: () => `Created job ${job.metadata.name}` },
        failed: { reason: "JobNotCreated", message: (why) => `Cannot create the job: ${why}` },
      },
    },
    {
      ...status,
      status: (failure: Failure | undefined) =>
        failure === undefined ? told : refusedStatus(training, failure.error.message, nowMs),
    },
  ];
}

const setStatus = (object: Training, status: TrainingStatus) =>
  ({ do: "setStatus", resource: trainings, object, status }) as const satisfies Action;

const removal = ({ metadata }: Job): Action[] =>
  metadata.deletionTimestamp
    ? []
    : [
        {
          do: "delete",
          resource: jobs,
          ref: { namespace: metadata.namespace, name: metadata.name ?? "" },
          uid: metadata.uid ?? "",
          propagation: "Foreground",
        },
      ];

type Told = { phase: Phase; reason: string; message: string };

function statusOf(training: Training, job: Job | undefined, nowMs: number): TrainingStatus {
  const { replicas, failureRetries } = training.spec;
  const { succeeded = 0, failed = 0 } = job?.status ?? {};
  return {
    ...headOf(training, toldBy(job), nowMs),
    jobName: jobNameOf(training),
    progress: `${succeeded}/${replicas}`,
    retries: Math.min(failed, failureRetries),
  };
}

/** The training cannot start: what the API refused is told where its author looks. */
function refusedStatus(training: Training, why: string, nowMs: number): TrainingStatus {
  const message = `Cannot create the job: ${why}`;
  const told: Told = { phase: "Pending", reason: "JobNotCreated", message };
  return { ...training.status, ...headOf(training, told, nowMs) };
}

function headOf(training: Training, told: Told, nowMs: number): TrainingStatus {
  const { generation } = training.metadata;
  return {
    phase: told.phase,
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: conditionsOf(training.status?.conditions ?? [], told, nowMs),
  };
}

function toldBy(job: Job | undefined): Told {
  if (job === undefined)
    return { phase: "Pending", reason: "JobIsMade", message: "The job is being made" };
  const end = (type: string) =>
    job.status?.conditions?.find((one) => one.type === type && one.status === "True");
  const failure = end("Failed");
  if (failure) {
    const { reason = "JobFailed", message = "The job has failed" } = failure;
    return { phase: "Failed", reason, message };
  }
  if (end("Complete"))
    return { phase: "Succeeded", reason: "JobComplete", message: "All workers have finished" };
  const { active = 0, ready = 0, failed = 0 } = job.status ?? {};
  if (active === 0 && failed === 0)
    return { phase: "Pending", reason: "NoWorker", message: "No worker has been started yet" };
  const retried = failed > 0 ? `, ${failed} failed before` : "";
  const message = `${ready} of ${active} workers are ready${retried}`;
  if (failed > 0) return { phase: "Running", reason: "WorkersRetried", message };
  return { phase: ready > 0 ? "Running" : "Pending", reason: "WorkersStarted", message };
}

const types = ["Running", "Succeeded", "Failed"] as const;

/** Each type is told from the start, so that `kubectl wait --for=condition=...` works in either direction. */
function conditionsOf(
  before: readonly Condition[],
  { phase, reason, message }: Told,
  nowMs: number,
): Condition[] {
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  return types.map((type) => {
    const status = phase === type ? "True" : "False";
    const old = before.find((one) => one.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    return { type, status, reason, message, lastTransitionTime };
  });
}

/** The end of a training and each new retry are told once. */
function eventsOf(training: Training, told: TrainingStatus): Action[] {
  const about = referenceTo(trainings, training);
  const before = training.status;
  const message = told.conditions?.[0]?.message ?? "";
  if (told.phase !== before?.phase && told.phase === "Succeeded")
    return [{ do: "event", about, type: "Normal", reason: "TrainingSucceeded", message }];
  if (told.phase !== before?.phase && told.phase === "Failed")
    return [{ do: "event", about, type: "Warning", reason: "TrainingFailed", message }];
  if ((told.retries ?? 0) > (before?.retries ?? 0) && told.phase !== "Failed")
    return [{ do: "event", about, type: "Warning", reason: "WorkerRetried", message }];
  return [];
}
