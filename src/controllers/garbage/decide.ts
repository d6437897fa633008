// What is to be done with one object in view of its owners and dependents: upstream's rules.
import type { OwnerReference } from "../../schema/types/meta-v1.ts";
import { foregroundFinalizer, type Node, orphanFinalizer } from "./graph.ts";

/** An owner that is there, one that is there and waits for its dependents, one that is not. */
export type OwnerState = "solid" | "waiting" | "absent";

export type Decision =
  | { do: "nothing" }
  /** Look at these first: they block the deletion of this one. */
  | { do: "visit"; uids: readonly string[] }
  | { do: "removeFinalizer"; finalizer: string }
  /** Take the object off the owner lists of its dependents, then remove its finalizer. */
  | { do: "orphan"; dependents: readonly Node[] }
  | { do: "setOwners"; owners: readonly OwnerReference[] }
  /** `unblock`: first let no owner wait for it, since a dependent of it waits too: a circle. */
  | { do: "delete"; propagation: "Foreground" | "Background" | "Orphan"; unblock: boolean };

/** For an object that is being deleted already. */
export function decideDeleted(node: Node, dependents: readonly Node[]): Decision {
  if (node.isOrphaning) return { do: "orphan", dependents };
  if (!node.isForeground) return { do: "nothing" };
  const blocking = dependents.filter((d) => blocks(d, node));
  if (blocking.length === 0) return { do: "removeFinalizer", finalizer: foregroundFinalizer };
  return { do: "visit", uids: blocking.filter((d) => !d.isForeground).map((d) => d.uid) };
}

const blocks = (dependent: Node, owner: Node): boolean =>
  dependent.owners.some((ref) => ref.uid === owner.uid && ref.blockOwnerDeletion === true);

/** For an object that is not being deleted; `states` are those of its owners. */
export function decideOwned(
  node: Node,
  states: readonly OwnerState[],
  dependents: readonly Node[],
): Decision {
  if (node.owners.length === 0) return { do: "nothing" };
  const owners = node.owners.filter((_, i) => states[i] === "solid");
  if (owners.length === node.owners.length) return { do: "nothing" };
  if (owners.length > 0) return { do: "setOwners", owners };
  const unblock = dependents.some((d) => d.isForeground);
  if (states.includes("waiting") && dependents.length > 0)
    return { do: "delete", propagation: "Foreground", unblock };
  return { do: "delete", propagation: propagationOf(node), unblock: false };
}

/** A finalizer that is there already says what its owner wanted. */
function propagationOf({ finalizers }: Node): "Foreground" | "Background" | "Orphan" {
  if (finalizers.includes(orphanFinalizer)) return "Orphan";
  return finalizers.includes(foregroundFinalizer) ? "Foreground" : "Background";
}
