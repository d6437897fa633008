// How large each ReplicaSet of a Deployment shall be. Each function changes the members of the plan and tells
// whether it did.
import { byAge } from "../age.ts";
import {
  availableReplicas,
  bounds,
  desiredAnnotation,
  isActiveMember,
  isRollingUpdate,
  type Member,
  maxAnnotation,
  members,
  type Plan,
  scaleMember,
  totalReplicas,
  wantedReplicas,
} from "./plan.ts";

/** How large the current member may be now, given what all members have. */
export function allowedForCurrent(plan: Plan, member: Member, others: readonly Member[]): number {
  const wanted = wantedReplicas(plan.deployment);
  if (!isRollingUpdate(plan.deployment)) return wanted;
  const room = wanted + bounds(plan.deployment).surge - totalReplicas(others) - member.replicas;
  if (room <= 0) return member.replicas;
  return member.replicas + Math.min(room, wanted - member.replicas);
}

export function scaleCurrent(plan: Plan): boolean {
  const { current, deployment } = plan;
  const wanted = wantedReplicas(deployment);
  if (!current || current.replicas === wanted) return false;
  const next = current.replicas > wanted ? wanted : allowedForCurrent(plan, current, plan.old);
  if (next === current.replicas) return false;
  scaleMember(plan, current, next);
  return true;
}

/** Makes the old members smaller as far as enough pods stay available: unhealthy pods go first. */
export function scaleDownOld(plan: Plan): boolean {
  const { current, deployment } = plan;
  const active = plan.old.filter(isActiveMember);
  if (active.length === 0 || !current) return false;
  const minAvailable = wantedReplicas(deployment) - bounds(deployment).unavailable;
  const newUnavailable = current.replicas - (current.set.status?.availableReplicas ?? 0);
  const room = totalReplicas(members(plan)) - minAvailable - newUnavailable;
  if (room <= 0) return false;
  const cleaned = cleanUnhealthy(plan, active, room);
  const surplus = availableReplicas([...active, current]) - minAvailable;
  return shrink(plan, active, surplus) + cleaned > 0;
}

function cleanUnhealthy(plan: Plan, active: readonly Member[], room: number): number {
  let cleaned = 0;
  for (const member of active) {
    const unhealthy = member.replicas - (member.set.status?.availableReplicas ?? 0);
    const count = Math.min(room - cleaned, unhealthy);
    if (count <= 0) continue;
    scaleMember(plan, member, member.replicas - count);
    cleaned += count;
  }
  return cleaned;
}

function shrink(plan: Plan, active: readonly Member[], surplus: number): number {
  let left = Math.max(surplus, 0);
  for (const member of active) {
    const count = Math.min(member.replicas, left);
    if (count === 0) continue;
    scaleMember(plan, member, member.replicas - count);
    left -= count;
  }
  return Math.max(surplus, 0) - left;
}

export function scaleDownAllOld(plan: Plan): boolean {
  const active = plan.old.filter(isActiveMember);
  for (const member of active) scaleMember(plan, member, 0);
  return active.length > 0;
}

/** Someone changed the Deployment's size since its ReplicaSets were sized. */
export function isScalingEvent(plan: Plan): boolean {
  const wanted = wantedReplicas(plan.deployment);
  return members(plan)
    .filter(isActiveMember)
    .some((member) => (annotatedNumber(member, desiredAnnotation) ?? wanted) !== wanted);
}

function annotatedNumber(member: Member, key: string): number | undefined {
  const text = member.annotations[key];
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  return Number(text) <= 0x7fff_ffff ? Number(text) : undefined;
}

/**
 * Brings a change of the Deployment's size to its ReplicaSets outside of a rollout's own steps: in proportion to
 * what they have, so that a bad new template does not get more than its share.
 */
export function scaleToSize(plan: Plan): void {
  const wanted = wantedReplicas(plan.deployment);
  const only = onlyActiveOrLatest(plan);
  if (only) {
    // Also when only the note of the size is wrong: else this would count as a scaling event for ever.
    scaleMember(plan, only, wanted);
    return;
  }
  if (isSaturated(plan)) {
    scaleDownAllOld(plan);
    return;
  }
  if (isRollingUpdate(plan.deployment)) scaleInProportion(plan);
}

function onlyActiveOrLatest(plan: Plan): Member | undefined {
  const active = members(plan).filter(isActiveMember);
  if (active.length === 0) return plan.current ?? plan.old.at(-1);
  return active.length === 1 ? active[0] : undefined;
}

function isSaturated({ current, deployment }: Plan): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    current !== undefined &&
    current.replicas === wanted &&
    annotatedNumber(current, desiredAnnotation) === wanted &&
    (current.set.status?.availableReplicas ?? 0) === wanted
  );
}

function scaleInProportion(plan: Plan): void {
  const wanted = wantedReplicas(plan.deployment);
  const allowed = wanted > 0 ? wanted + bounds(plan.deployment).surge : 0;
  const active = members(plan).filter(isActiveMember);
  const toAdd = allowed - totalReplicas(active);
  // Growing, new ones of equal size come first; shrinking, old ones.
  active.sort((a, b) => b.replicas - a.replicas || byAge(a.set, b.set) * (toAdd > 0 ? -1 : 1));
  const sizes = new Map<Member, number>();
  let added = 0;
  for (const member of active) {
    const share = shareOf(plan, member, toAdd, added);
    sizes.set(member, member.replicas + share);
    added += share;
  }
  const largest = active[0];
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(sizes.get(largest)! + toAdd - added, 0));
  for (const [member, size] of sizes) scaleMember(plan, member, size);
}

/** Pods that `member` gains or loses of `toAdd`, of which `added` are given out already. */
function shareOf(plan: Plan, member: Member, toAdd: number, added: number): number {
  if (toAdd === added || toAdd === 0) return 0;
  const fraction = fractionOf(plan, member);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function fractionOf({ deployment }: Plan, member: Member): number {
  const wanted = wantedReplicas(deployment);
  if (wanted === 0) return -member.replicas;
  const before = annotatedNumber(member, maxAnnotation) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  const size = (member.replicas * (wanted + bounds(deployment).surge)) / before;
  return Math.round(size) - member.replicas;
}
