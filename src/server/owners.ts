import { semanticEqual } from "../schema/semantic-equal.ts";
import type { ObjectMeta, OwnerReference } from "../schema/types/meta-v1.ts";

/** Drops repeated owner references; returns the UIDs of those that were dropped. */
export function dropRepeatedOwners(meta: ObjectMeta): string[] {
  const owners = meta.ownerReferences;
  if (owners === undefined || owners.length < 2) return [];
  const kept: OwnerReference[] = [];
  const dropped: string[] = [];
  for (const owner of owners) {
    const repeated = kept.some((other) => other.uid === owner.uid && semanticEqual(other, owner));
    if (repeated) dropped.push(owner.uid);
    else kept.push(owner);
  }
  if (dropped.length > 0) meta.ownerReferences = kept;
  return dropped;
}
