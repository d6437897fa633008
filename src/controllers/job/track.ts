// Counting pods that have ended, so that none is missed and none counted twice, whenever a write fails: first their
// UIDs go into the status, then their finalizers go, then the next pass adds those without one to the counters.
import type { JobCondition } from "../../schema/types/batch-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { judge } from "./failure-policy.ts";
import { hasIndex, indexesOf, printIndexes, sizeOf, union } from "./indexes.ts";
import { indexOf, isFailed, isIndexed, isTracked } from "./job-pods.ts";
import type { Pass } from "./pass.ts";

/** Most UIDs and new indexes in one status, which keeps it below 20 KB; the rest follows in the next pass. */
const uncountedMax = 500;

export type Tracked = {
  /** Pods whose finalizer goes once the status is written. */
  untrack: Pod[];
  /** Every pod that has ended is counted or in `untrack`. */
  isWhole: boolean;
};

/** Brings counters and lists of `pass.status` up to date. `end` is how the Job ends, if it does. */
export function track(pass: Pass, end: JobCondition | undefined): Tracked {
  const { job } = pass;
  const status = { ...pass.status };
  const tracked = pass.pods.filter(isTracked);
  const uids = new Set(tracked.map((pod) => pod.metadata.uid!));
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const lists = {
    succeeded: succeeded.filter((uid) => uids.has(uid)),
    failed: failed.filter((uid) => uids.has(uid)),
  };
  const counted = {
    succeeded: (status.succeeded ?? 0) + succeeded.length - lists.succeeded.length,
    failed: (status.failed ?? 0) + failed.length - lists.failed.length,
  };
  const newIndexes: number[] = [];
  const untrack: Pod[] = [];
  let isWhole = true;
  for (const pod of inIndexOrder(pass, tracked)) {
    if (!mayGo(pass, pod, end)) continue;
    if (newIndexes.length + lists.succeeded.length + lists.failed.length >= uncountedMax) {
      isWhole = false;
      break;
    }
    untrack.push(pod);
    note(pass, pod, end, lists, newIndexes);
  }
  pass.status = { ...status, ...counted, uncountedTerminatedPods: listsOf(lists) };
  if (isIndexed(job)) noteIndexes(pass, newIndexes);
  return { untrack, isWhole };
}

type Lists = { succeeded: string[]; failed: string[] };

const listsOf = ({ succeeded, failed }: Lists) => ({
  ...(succeeded.length > 0 ? { succeeded } : {}),
  ...(failed.length > 0 ? { failed } : {}),
});

const inIndexOrder = ({ job }: Pass, pods: Pod[]): Pod[] =>
  isIndexed(job) ? pods.sort((a, b) => (indexOf(job, a) ?? -1) - (indexOf(job, b) ?? -1)) : pods;

/** Nothing more is to be learnt from the pod. */
function mayGo(pass: Pass, pod: Pod, end: JobCondition | undefined): boolean {
  const { job, awaitingSuccessor } = pass;
  const isOver = job.metadata.deletionTimestamp !== undefined || end !== undefined;
  if (isOver || pod.status?.phase === "Succeeded") return true;
  if (!isFailed(job, pod)) return false;
  const index = indexOf(job, pod);
  return index === undefined || awaitingSuccessor.get(index) !== pod;
}

function note(
  { job, completedBefore }: Pass,
  pod: Pod,
  end: JobCondition | undefined,
  lists: Lists,
  newIndexes: number[],
): void {
  const uid = pod.metadata.uid!;
  const index = indexOf(job, pod);
  const isValid = !isIndexed(job) || index !== undefined;
  if (pod.status?.phase === "Succeeded" && !lists.failed.includes(uid)) {
    if (!isIndexed(job)) {
      if (!lists.succeeded.includes(uid)) lists.succeeded.push(uid);
    } else if (index !== undefined && !hasIndex(completedBefore, index)) newIndexes.push(index);
    return;
  }
  // When the Job fails, whatever has not ended counts as failed.
  const isLost = isFailed(job, pod) || (end !== undefined && end.type !== "SuccessCriteriaMet");
  if (!isLost || !isValid || lists.failed.includes(uid)) return;
  if (judge(job, pod).counts) lists.failed.push(uid);
}

function noteIndexes(pass: Pass, newIndexes: readonly number[]): void {
  const completed = union(pass.completedBefore, indexesOf(newIndexes));
  pass.status.succeeded = sizeOf(completed);
  pass.status.completedIndexes = printIndexes(completed);
  if (pass.failedIndexes) pass.status.failedIndexes = printIndexes(pass.failedIndexes);
}
