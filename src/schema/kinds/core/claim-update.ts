// What may change in a claim that is there, and the rules of its status.
import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import { checkQualifiedName } from "../../names.ts";
import { compareQuantities, wholeValue } from "../../quantity.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
} from "../../types/core-v1.ts";
import { checkUnchanged, forbidden, immutableProblem, type Out, refuse } from "../checks.ts";
import { diffText } from "../diff-text.ts";
import { checkAmount, isNative, quantityOf } from "./resource-names.ts";
import { classAnnotation } from "./volume-text.ts";

export function checkClaimUpdate(
  out: Out,
  next: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): void {
  const before = old.metadata.annotations?.[classAnnotation];
  const now = next.metadata.annotations?.[classAnnotation];
  if (!comesFromAnnotation(next, old) && (now ?? "") !== (before ?? "")) {
    const field = `metadata.annotations.${classAnnotation}`;
    out.push(invalidValue(field, now ?? "", immutableProblem));
  }
  const allowed = withAllowed(next, old);
  if (!semanticEqual(next.spec, allowed)) {
    const problem =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    forbidden(out, "spec", `${problem}\n${diffText(allowed, next.spec)}`);
  }
  checkSize(out, "spec.resources.requests.storage", next, old);
  checkUnchanged(out, "volumeMode", next.spec.volumeMode, old.spec.volumeMode);
  checkAttributesClass(out, "spec.volumeAttributesClassName", next, old);
}

/** The class that an old annotation named moves into the spec. */
function comesFromAnnotation(next: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[classAnnotation];
  const now = next.metadata.annotations?.[classAnnotation];
  if (before === undefined || old.spec.storageClassName !== undefined) return false;
  return next.spec.storageClassName === before && (now === undefined || now === before);
}

/** The old spec with what `next` may have changed. */
function withAllowed(
  { spec: next, status }: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): PersistentVolumeClaimSpec {
  const allowed = { ...old.spec };
  const take = (field: keyof PersistentVolumeClaimSpec): void => {
    if (next[field] === undefined) delete allowed[field];
    else Object.assign(allowed, { [field]: next[field] });
  };
  const annotated = old.metadata.annotations?.[classAnnotation];
  const isNew = old.spec.storageClassName === undefined && next.storageClassName !== undefined;
  if (!old.spec.volumeName) take("volumeName");
  if (isNew && (annotated === undefined || annotated === next.storageClassName)) {
    take("storageClassName");
  }
  if (status?.phase !== "Bound") return allowed;
  take("volumeAttributesClassName");
  const storage = next.resources?.requests?.["storage"];
  if (storage !== undefined) {
    const { resources } = allowed;
    allowed.resources = { ...resources, requests: { ...resources?.requests, storage } };
  }
  return allowed;
}

function checkSize(
  out: Out,
  at: string,
  next: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): void {
  const sizeOf = ({ spec }: PersistentVolumeClaim) =>
    quantityOf(spec.resources?.requests?.["storage"]);
  if (compareQuantities(sizeOf(next), sizeOf(old)) >= 0) return;
  // A claim whose growing has failed may ask for less again, but not for less than it has.
  const capacity = quantityOf(old.status?.capacity?.["storage"]);
  if (compareQuantities(sizeOf(next), capacity) > 0) return;
  out.push(fieldForbidden(at, "field can not be less than status.capacity"));
}

function checkAttributesClass(
  out: Out,
  at: string,
  { spec }: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): void {
  const { volumeAttributesClassName: name } = spec;
  if (name === old.spec.volumeAttributesClassName || name) return;
  if (old.status?.currentVolumeAttributesClassName === undefined) return;
  const what = name === undefined ? "nil" : "empty string";
  const when = "when status.currentVolumeAttributesClassName is not nil";
  out.push(fieldForbidden(at, `update to ${what} is forbidden ${when}`));
}

const resizeStatuses = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
].sort();

export function checkClaimStatus(out: Out, { spec, status = {} }: PersistentVolumeClaim): void {
  if (!spec.accessModes?.length) out.push(required("Spec.accessModes"));
  for (const [name, amount] of Object.entries(status.capacity ?? {})) {
    checkIsAmount(out, `status.capacity[${name}]`, amount);
  }
  checkResizing(out, status);
}

function checkResizing(out: Out, status: PersistentVolumeClaimStatus): void {
  const { allocatedResourceStatuses: statuses = {}, allocatedResources = {} } = status;
  const at = "status.allocatedResourceStatuses";
  for (const [name, value] of Object.entries(statuses)) {
    checkResourceKey(out, at, name);
    // Upstream shows the name of the resource, not the value.
    if (!resizeStatuses.includes(value)) out.push(notSupported(at, name, resizeStatuses));
  }
  for (const [name, amount] of Object.entries(allocatedResources)) {
    if (!checkResourceKey(out, "status.allocatedResources", name)) continue;
    const field = `status.allocatedResources[${name}]`;
    if (checkIsAmount(out, field, amount)) checkAmount(out, field, "storage", amount);
  }
}

function checkIsAmount(out: Out, at: string, amount: string): boolean {
  const value = wholeValue(quantityOf(amount));
  if (value >= 0) return true;
  out.push(invalidValue(at, value, "must be a valid resource quantity"));
  return false;
}

function checkResourceKey(out: Out, at: string, name: string): boolean {
  const problems = checkQualifiedName(name);
  refuse(out, at, name, problems);
  if (problems.length > 0) return false;
  if (!isNative(name) || name === "storage") return true;
  out.push(notSupported(at, name, ["storage"]));
  return false;
}
