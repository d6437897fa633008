// Who owns the claims of a StatefulSet, so that they go with the set or with a pod that is scaled away when
// `persistentVolumeClaimRetentionPolicy` says so.
import { pods, statefulSets } from "../../schema/resources.ts";
import type { StatefulSet } from "../../schema/types/apps-v1.ts";
import type { PersistentVolumeClaim, Pod } from "../../schema/types/core-v1.ts";
import type { OwnerReference } from "../../schema/types/meta-v1.ts";
import { controllerReference } from "../owner.ts";
import { isInRange, ordinalOf } from "./identity.ts";

export type Retention = {
  /** The owners that the claim shall have; undefined when they are right. */
  owners: OwnerReference[] | undefined;
  /** Somebody else controls the claim, so that the policy does not apply. */
  isConflict: boolean;
};

export function retentionOf(set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): Retention {
  const refs = claim.metadata.ownerReferences ?? [];
  const isOurs = (ref: OwnerReference): boolean => isSet(ref, set) || isPod(ref, pod);
  const fine = { owners: undefined, isConflict: false };
  // A reference to an earlier set or pod of the same name: the collector will take the claim.
  if (refs.some((ref) => isOurs(ref) && ref.uid !== uidFor(ref, set, pod))) return fine;
  const others = refs.filter((ref) => !isOurs(ref));
  const isConflict = hasPolicy(set) && others.some((ref) => ref.controller);
  const wanted = isConflict ? others : [...others, ...ownersWanted(set, pod)];
  const isSame =
    wanted.length === refs.length &&
    wanted.every((w) => refs.some((r) => r.uid === w.uid && r.controller === w.controller));
  return { owners: isSame ? undefined : wanted, isConflict };
}

const isSet = (ref: OwnerReference, { metadata }: StatefulSet): boolean =>
  ref.kind === "StatefulSet" && ref.apiVersion === "apps/v1" && ref.name === metadata.name;
const isPod = (ref: OwnerReference, { metadata }: Pod): boolean =>
  ref.kind === "Pod" && ref.apiVersion === "v1" && ref.name === metadata.name;
const uidFor = (ref: OwnerReference, set: StatefulSet, pod: Pod): string | undefined =>
  ref.kind === "Pod" ? pod.metadata.uid : set.metadata.uid;

/** An earlier pod of the same name owns the claim, which is about to go with it. */
export const isStale = (pod: Pod, claim: PersistentVolumeClaim): boolean =>
  (claim.metadata.ownerReferences ?? []).some(
    (ref) => isPod(ref, pod) && ref.uid !== pod.metadata.uid,
  );

const policyOf = ({ spec }: StatefulSet) => ({
  whenDeleted: spec.persistentVolumeClaimRetentionPolicy?.whenDeleted ?? "Retain",
  whenScaled: spec.persistentVolumeClaimRetentionPolicy?.whenScaled ?? "Retain",
});

const hasPolicy = (set: StatefulSet): boolean =>
  policyOf(set).whenDeleted !== "Retain" || policyOf(set).whenScaled !== "Retain";

export const goesWhenScaled = (set: StatefulSet): boolean => policyOf(set).whenScaled === "Delete";

/** The set for a claim that goes with it, the pod for one that goes because its pod is scaled away. */
export function ownersWanted(set: StatefulSet, pod: Pod): OwnerReference[] {
  const { whenDeleted, whenScaled } = policyOf(set);
  const ordinal = ordinalOf(set, pod);
  const isScaledAway = ordinal === undefined || !isInRange(set, ordinal);
  if (whenScaled === "Delete" && isScaledAway) return [controllerReference(pods, pod)];
  return whenDeleted === "Delete" ? [controllerReference(statefulSets, set)] : [];
}
