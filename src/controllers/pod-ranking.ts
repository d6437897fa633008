// Which pods to lose first when there are too many: upstream's order for ReplicaSets and Jobs.

import { timeMs } from "../schema/time.ts";
import type { Pod } from "../schema/types/core-v1.ts";
import { isActive, isReady, readySince } from "./pods.ts";

type Rule = (a: Pod, b: Pod) => number;

/**
 * `list` with the pods to lose first in front. `related` are the pods of the same application: one that shares
 * its node with many of them goes earlier. Ages are compared by powers of two of their nanoseconds, so that
 * pods of about the same age are told apart by their UIDs, which no user controls.
 */
export function cheapestToLose(list: readonly Pod[], related: readonly Pod[], now: number): Pod[] {
  const neighbours = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec.nodeName ?? "";
    if (isActive(pod)) neighbours.set(node, (neighbours.get(node) ?? 0) + 1);
  }
  const crowd = (pod: Pod): number => neighbours.get(pod.spec.nodeName ?? "") ?? 0;
  const byDeletionCost: Rule = (a, b) => deletionCost(a) - deletionCost(b);
  const byCrowd: Rule = (a, b) => crowd(b) - crowd(a);
  return sorted(list, [
    unassignedFirst,
    byPhase,
    unreadyFirst,
    byDeletionCost,
    byCrowd,
    (a, b) => latestFirst(readySince(a), readySince(b), a, b, now),
    byRestarts,
    (a, b) => latestFirst(createdAt(a), createdAt(b), a, b, now),
  ]);
}

/** Upstream's plain order, without costs and neighbours: Jobs and DaemonSets use it. */
export function leastProgressFirst(list: readonly Pod[]): Pod[] {
  return sorted(list, [
    unassignedFirst,
    byPhase,
    unreadyFirst,
    (a, b) => compareTimes(readySince(b), readySince(a)),
    byRestarts,
    (a, b) => compareTimes(createdAt(b), createdAt(a)),
  ]);
}

function sorted(list: readonly Pod[], rules: readonly Rule[]): Pod[] {
  return [...list].sort((a, b) => {
    for (const rule of rules) {
      const order = rule(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

const unassignedFirst: Rule = (a, b) => Number(!!a.spec.nodeName) - Number(!!b.spec.nodeName);

const phases: readonly (string | undefined)[] = ["Pending", "Unknown", "Running"];
const byPhase: Rule = (a, b) => phaseRank(a) - phaseRank(b);
const phaseRank = (pod: Pod): number => Math.max(phases.indexOf(pod.status?.phase), 0);

const unreadyFirst: Rule = (a, b) => Number(isReady(a)) - Number(isReady(b));

const costAnnotation = "controller.kubernetes.io/pod-deletion-cost";

/** A whole number of 32 bits without a leading plus or zeros; 0 when it is anything else. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[costAnnotation];
  if (text === undefined || !/^(0|-?[1-9]\d*)$/.test(text)) return 0;
  const cost = Number(text);
  return cost === (cost | 0) ? cost : 0;
}

const byRestarts: Rule = (a, b) => {
  const x = restarts(a);
  const y = restarts(b);
  return y.containers - x.containers || y.sidecars - x.sidecars;
};

function restarts({ spec, status }: Pod): { containers: number; sidecars: number } {
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name),
  );
  const counts = (status?.containerStatuses ?? []).map((c) => c.restartCount);
  const ofSidecars = (status?.initContainerStatuses ?? [])
    .filter((c) => sidecars.has(c.name))
    .map((c) => c.restartCount);
  return { containers: Math.max(0, ...counts), sidecars: Math.max(0, ...ofSidecars) };
}

const createdAt = (pod: Pod): number | undefined => timeMs(pod.metadata.creationTimestamp);

/** Absent times count as the latest. */
const compareTimes = (a = Number.POSITIVE_INFINITY, b = Number.POSITIVE_INFINITY): number =>
  a === b ? 0 : a - b;

function latestFirst(
  x: number | undefined,
  y: number | undefined,
  a: Pod,
  b: Pod,
  now: number,
): number {
  if (x === y) return 0;
  if (x === undefined || y === undefined) return compareTimes(y, x);
  const order = ageRank(now - x) - ageRank(now - y);
  return order || ((a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1);
}

/** Whole part of the binary logarithm of an age in nanoseconds. */
const ageRank = (ms: number): number => (ms > 0 ? Math.trunc(Math.log2(ms * 1e6)) : -1);
