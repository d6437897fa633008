// The strategic merge patch that turns one status of a pod into another. Pure.
import { equal } from "../../lib/equal.ts";
import type { PodCondition, PodStatus } from "../../schema/types/core-v1.ts";
import { ours } from "./conditions.ts";

/** Fields that others than the node write. */
const notOurs = new Set(["nominatedNodeName", "resourceClaimStatuses", "resize"]);

/** Undefined when `after` says nothing new. */
export function statusPatch(before: PodStatus, after: PodStatus): object | undefined {
  const patch: Record<string, unknown> = {};
  const old = before as Record<string, unknown>;
  const next = after as Record<string, unknown>;
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    if (notOurs.has(key) || equal(old[key], next[key])) continue;
    if (key === "conditions") {
      const changed = conditionsPatch(before.conditions ?? [], after.conditions ?? []);
      if (changed.length > 0) patch[key] = changed;
    } else if (key === "podIPs" || key === "hostIPs") {
      patch[key] = addressesPatch(before[key] ?? [], after[key] ?? []);
    } else patch[key] = next[key] ?? null;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function conditionsPatch(
  before: readonly PodCondition[],
  after: readonly PodCondition[],
): object[] {
  const changed: object[] = [];
  // What others have said since `after` was made stays.
  for (const condition of after.filter(isOurs)) {
    const old = before.find((b) => b.type === condition.type);
    if (old !== undefined && equal(told(condition), told(old))) continue;
    // Fields that are gone must be said to be: the rest of the old condition would stay.
    const lost = Object.keys(old ?? {}).filter((key) => !(key in condition));
    changed.push({ ...condition, ...Object.fromEntries(lost.map((key) => [key, null])) });
  }
  const gone = before.filter((b) => ours.has(b.type) && !after.some((c) => c.type === b.type));
  return [...changed, ...gone.map(({ type }) => ({ $patch: "delete", type }))];
}

/** That a pod is ended for want of room is also said by others; what this node says has its own reason. */
const isOurs = ({ type, reason }: PodCondition): boolean =>
  ours.has(type) || (type === "DisruptionTarget" && reason === "TerminationByKubelet");

/** A field that is null says as much as one that is absent. */
const told = (condition: PodCondition): object =>
  Object.fromEntries(Object.entries(condition).filter(([, value]) => value !== null));

/** Lists of addresses merge by address: those that are gone must be named. */
function addressesPatch(
  before: readonly { ip?: string }[],
  after: readonly { ip?: string }[],
): object[] {
  const gone = before.filter((b) => !after.some((a) => a.ip === b.ip));
  return [...after, ...gone.map(({ ip }) => ({ $patch: "delete", ip }))];
}
