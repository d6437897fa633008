// The taints that a node's conditions call for.
import { printTime } from "../../schema/time.ts";
import type { Node, Taint, TaintEffect } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";

const notReady = "node.kubernetes.io/not-ready";
const unreachable = "node.kubernetes.io/unreachable";
const unschedulable = "node.kubernetes.io/unschedulable";

/** Condition type and status, and the taint for it. */
const byCondition: readonly [string, string, string][] = [
  ["Ready", "False", notReady],
  ["Ready", "Unknown", unreachable],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
];

/** Taints that keep new pods away, which this controller alone sets and removes. */
const managed: ReadonlySet<string> = new Set([
  ...byCondition.map(([, , key]) => key),
  unschedulable,
]);

/** What the node's Ready condition calls for with effect NoExecute; undefined while it is ready. */
export function evictingTaint({ status }: Node): string | undefined {
  const ready = conditionOf(status?.conditions, "Ready")?.status;
  if (ready === "False") return notReady;
  return ready === "Unknown" ? unreachable : undefined;
}

export const hasEvictingTaint = ({ spec }: Node): boolean =>
  (spec?.taints ?? []).some((t) => isEvicting(t));

const isEvicting = ({ key, effect }: Taint): boolean =>
  effect === "NoExecute" && (key === notReady || key === unreachable);

/** The node's taints as they shall be; the same array when nothing is to change. */
export function wantedTaints(node: Node, mayEvict: boolean, now: number): readonly Taint[] {
  const { taints = [] } = node.spec ?? {};
  const keys = byCondition
    .filter(([type, status]) => conditionOf(node.status?.conditions, type)?.status === status)
    .map(([, , key]) => key);
  if (node.spec?.unschedulable) keys.push(unschedulable);
  const evicting = evictingTaint(node);
  const wanted = [
    ...keys.map((key): [string, TaintEffect] => [key, "NoSchedule"]),
    ...(evicting && mayEvict ? [[evicting, "NoExecute"] as [string, TaintEffect]] : []),
  ];
  const isManaged = (t: Taint): boolean =>
    (t.effect === "NoSchedule" && managed.has(t.key)) || isEvicting(t);
  const isWanted = (t: Taint): boolean => wanted.some(([k, e]) => k === t.key && e === t.effect);
  const kept = taints.filter((t) => !isManaged(t) || isWanted(t));
  const missing = wanted.filter(([k, e]) => !taints.some((t) => t.key === k && t.effect === e));
  if (kept.length === taints.length && missing.length === 0) return taints;
  const timeAdded = printTime(now);
  return [...kept, ...missing.map(([key, effect]) => ({ key, effect, timeAdded }))];
}
