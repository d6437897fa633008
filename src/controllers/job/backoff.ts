// How long a Job waits before it makes a pod in place of one that failed: 10 s, doubled with each failure in a
// row, up to 10 minutes (upstream's figures).
import { timeMs } from "../../schema/time.ts";
import type { ContainerStatus, Pod } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";

const firstMs = 10_000;
const maxMs = 600_000;

export type Failures = {
  /** Failures since the last success. */
  count: number;
  /** Wall time of the last one, ms. */
  lastMs: number;
};

export const noFailures: Failures = Object.freeze({ count: 0, lastMs: 0 });

/** Time until another pod may be made. */
export function remainingMs({ count, lastMs }: Failures, now: number): number {
  if (count === 0) return 0;
  const waitMs = Math.min(firstMs * 2 ** (count - 1), maxMs);
  return Math.max(lastMs + waitMs - now, 0);
}

/**
 * Remembers the failures in a row of each Job. They are in no object: after a restart the count starts from the
 * pods that were not counted yet, as upstream.
 */
export class FailureMemory {
  readonly #jobs = new Map<string, { failures: Failures; seen: Set<string> }>();

  /** Adds what is new among `succeeded` and `failed`, which were not counted in the Job's status yet. */
  see(uid: string, succeeded: readonly Pod[], failed: readonly Pod[]): Failures {
    const job = this.#jobs.get(uid) ?? { failures: noFailures, seen: new Set<string>() };
    const isNew = (pod: Pod): boolean => !job.seen.has(pod.metadata.uid ?? "");
    const successes = succeeded.filter(isNew).map(finishedMs);
    const losses = failed.filter(isNew).map(finishedMs);
    job.failures = continued(job.failures, successes, losses);
    job.seen = new Set([...succeeded, ...failed].map((pod) => pod.metadata.uid ?? ""));
    this.#jobs.set(uid, job);
    return job.failures;
  }

  forget(uid: string): void {
    this.#jobs.delete(uid);
  }
}

function continued(before: Failures, successes: number[], losses: number[]): Failures {
  if (successes.length === 0) {
    if (losses.length === 0) return before;
    return { count: before.count + losses.length, lastMs: Math.max(...losses) };
  }
  const lastSuccess = Math.max(...successes);
  const after = losses.filter((ms) => ms > lastSuccess);
  return after.length === 0 ? noFailures : { count: after.length, lastMs: Math.max(...after) };
}

/**
 * Wall time in ms at which a pod ended: that of its last container, else that at which it stopped being ready,
 * else that at which its deletion was asked for, else its creation.
 */
export function finishedMs(pod: Pod): number {
  const { metadata, status } = pod;
  const notReady = conditionOf(status?.conditions, "Ready");
  const deletion = timeMs(metadata.deletionTimestamp);
  return (
    lastContainerEnd(pod) ??
    (notReady?.status === "False" ? timeMs(notReady.lastTransitionTime) : undefined) ??
    (deletion === undefined
      ? undefined
      : deletion - (metadata.deletionGracePeriodSeconds ?? 0) * 1000) ??
    timeMs(metadata.creationTimestamp) ??
    0
  );
}

/** Undefined while one of its containers or sidecars runs. */
function lastContainerEnd({ spec, status }: Pod): number | undefined {
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name),
  );
  const ends = lastEnd(status?.containerStatuses ?? []);
  const ofSidecars = lastEnd(
    (status?.initContainerStatuses ?? []).filter((c) => sidecars.has(c.name)),
  );
  if (ends === "running" || ofSidecars === "running") return undefined;
  const last = Math.max(ends, ofSidecars);
  return last > 0 ? last : undefined;
}

function lastEnd(list: readonly ContainerStatus[]): number | "running" {
  let last = 0;
  for (const { state } of list) {
    const end = timeMs(state?.terminated?.finishedAt);
    if (end === undefined) return "running";
    last = Math.max(last, end);
  }
  return last;
}
