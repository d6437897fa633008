// How many pods a Job shall have now, and which are made or removed for it.
import type { Action } from "../../control/action.ts";
import { referenceTo } from "../../control/action.ts";
import { jobs } from "../../schema/resources.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { deletePod, isTerminating } from "../pods.ts";
import { remainingMs } from "./backoff.ts";
import { firstMissing, indexesOf, sizeOf, union } from "./indexes.ts";
import {
  indexOf,
  isIndexed,
  isSuspended,
  isTracked,
  makePod,
  podsToRemove,
  replacesOnlyFailed,
  untrack,
} from "./job-pods.ts";
import { completionsOf, indexRemainingMs, type Pass } from "./pass.ts";

/** Largest number of pods made or removed in one pass, so that one Job cannot flood the server. */
export const burstMax = 500;

export function manage(pass: Pass): Action[] {
  const { job, active } = pass;
  if (isSuspended(job)) return remove(pass, active.slice(0, burstMax));
  const wanted = wantedActive(pass);
  const surplus = podsToRemove(job, active, Math.max(active.length - wanted, 0));
  if (surplus.length > 0) return remove(pass, surplus.slice(0, burstMax));
  const leaving = replacesOnlyFailed(job) ? pass.terminating : 0;
  const missing = wanted - leaving - active.length;
  return missing > 0 ? make(pass, Math.min(missing, burstMax)) : [];
}

function wantedActive({ job, active, succeeded, completed }: Pass): number {
  const { completions, parallelism = 1 } = job.spec;
  const count = isIndexed(job) ? sizeOf(completed) : succeeded;
  if (completions === undefined) return count > 0 ? active.length : parallelism;
  return Math.max(Math.min(completions - count, parallelism), 0);
}

/** These pods are not to be counted, so that they are let go of first. */
function remove({ job }: Pass, surplus: readonly Pod[]): Action[] {
  const about = referenceTo(jobs, job);
  return [
    ...surplus.filter(isTracked).map(untrack),
    ...surplus.map((pod) => deletePod(pod, about)),
  ];
}

function make(pass: Pass, count: number): Action[] {
  const { job, failures, now } = pass;
  if (job.spec.backoffLimitPerIndex === undefined) {
    const waitMs = remainingMs(failures, now);
    if (waitMs > 0) return [{ do: "again", afterMs: waitMs }];
  }
  if (!isIndexed(job)) return Array.from({ length: count }, () => makePod(job));
  const free = firstMissing(takenIndexes(pass), count, completionsOf(job));
  const waits = free.map((index) => indexRemainingMs(pass, index));
  const due = free.filter((_, i) => waits[i] === 0);
  if (due.length > 0)
    return due.map((index) => makePod(job, index, pass.awaitingSuccessor.get(index)));
  return waits.length > 0 ? [{ do: "again", afterMs: Math.min(...waits) }] : [];
}

function takenIndexes({ job, pods, active, completed, failedIndexes }: Pass) {
  const leaving = replacesOnlyFailed(job) ? pods.filter(isTerminating) : [];
  const used = [...active, ...leaving].map((pod) => indexOf(job, pod));
  const taken = union(completed, indexesOf(used.filter((index) => index !== undefined)));
  return failedIndexes ? union(taken, failedIndexes) : taken;
}
