// Which volume a claim may have: upstream's rules, for the volume controller and the scheduler.
import { requirementMatch } from "./node-selection.ts";
import { compareQuantities, parseQuantity, zeroQuantity } from "./quantity.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "./types/core-v1.ts";
import type { LabelSelector } from "./types/meta-v1.ts";

export const boundByController = "pv.kubernetes.io/bound-by-controller";
export const bindCompleted = "pv.kubernetes.io/bind-completed";
export const provisionedBy = "pv.kubernetes.io/provisioned-by";
const classAnnotation = "volume.beta.kubernetes.io/storage-class";

export const isAnnotated = (
  { metadata }: PersistentVolume | PersistentVolumeClaim,
  key: string,
): boolean => metadata.annotations?.[key] !== undefined;

export const classOf = ({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string =>
  metadata.annotations?.[classAnnotation] ?? spec.storageClassName ?? "";

export const hasClass = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  metadata.annotations?.[classAnnotation] !== undefined || spec.storageClassName !== undefined;

export const modeOf = ({ spec }: PersistentVolume | PersistentVolumeClaim): string =>
  spec.volumeMode ?? "Filesystem";

const amount = (text: string | undefined) =>
  text === undefined ? zeroQuantity : (parseQuantity(text) ?? zeroQuantity);
const sizeOf = ({ spec }: PersistentVolume) => amount(spec.capacity?.["storage"]);
export const wishOf = ({ spec }: PersistentVolumeClaim) =>
  amount(spec.resources?.requests?.["storage"]);

const hasAccess = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean =>
  (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode));

/** The volume names the claim; without a UID any claim of that name. */
export function isFor(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const ref = volume.spec.claimRef;
  if (!ref || ref.name !== metadata.name || ref.namespace !== metadata.namespace) return false;
  return !ref.uid || ref.uid === metadata.uid;
}

/** Why the volume that a claim asks for by name cannot be had; undefined when it can. */
export function misfit(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (volume.metadata.deletionTimestamp)
    return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (compareQuantities(sizeOf(volume), wishOf(claim)) < 0) return "requested PV is too small";
  if (classOf(volume) !== classOf(claim)) return "storageClassName does not match";
  if (attributesOf(volume) !== attributesOf(claim))
    return "volumeAttributesClassName does not match";
  if (modeOf(volume) !== modeOf(claim)) return "incompatible volumeMode";
  return hasAccess(volume, claim) ? undefined : "incompatible accessMode";
}

const attributesOf = ({ spec }: PersistentVolume | PersistentVolumeClaim): string =>
  spec.volumeAttributesClassName ?? "";

function matches(selector: LabelSelector, labels: Readonly<Record<string, string>> = {}): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {});
  const rules = (selector.matchExpressions ?? []).map(requirementMatch);
  return wanted.every(([key, value]) => labels[key] === value) && rules.every((r) => r(labels));
}

/**
 * The volume that is bound to the claim, else the smallest of those with the fewest access modes that will do.
 * `isDelayed`: others are not taken before a pod that uses the claim has a node.
 */
export function bestVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  isDelayed: boolean,
): PersistentVolume | undefined {
  const possible = volumes.filter(
    (volume) =>
      hasAccess(volume, claim) &&
      !volume.metadata.deletionTimestamp &&
      (!volume.spec.claimRef || isFor(volume, claim)) &&
      compareQuantities(sizeOf(volume), wishOf(claim)) >= 0 &&
      modeOf(volume) === modeOf(claim) &&
      attributesOf(volume) === attributesOf(claim),
  );
  const bound = possible.find((volume) => isFor(volume, claim));
  if (bound || isDelayed) return bound;
  const { selector } = claim.spec;
  return possible
    .filter(
      (volume) =>
        volume.status?.phase === "Available" &&
        classOf(volume) === classOf(claim) &&
        (!selector || matches(selector, volume.metadata.labels)),
    )
    .sort(
      (a, b) =>
        (a.spec.accessModes?.length ?? 0) - (b.spec.accessModes?.length ?? 0) ||
        compareQuantities(sizeOf(a), sizeOf(b)) ||
        ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
    )[0];
}
