// The rules of a claim's spec, which also stands in templates (ephemeral volumes, stateful sets).

import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import { isOmitted } from "../../given-empty.ts";
import { checkAnnotations, checkLabels } from "../../metadata.ts";
import { checkDnsSubdomain, nameIsDnsSubdomain } from "../../names.ts";
import { checkLabelSelector } from "../../selectors.ts";
import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedObjectReference,
} from "../../types/core-v1.ts";
import type { ObjectMeta } from "../../types/meta-v1.ts";
import {
  dnsLabel,
  forbidden,
  notPositiveProblem,
  type Out,
  objectName,
  refuse,
} from "../checks.ts";
import { quantityOf } from "./resource-names.ts";

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
export const volumeModes = ["Block", "Filesystem"];

/** Of claims and of volumes. */
export function checkAccessModes(
  out: Out,
  at: string,
  modes: readonly string[] = [],
  detail = "",
): void {
  if (modes.length === 0) out.push(required(at, detail));
}

export function checkModeNames(out: Out, at: string, modes: readonly string[] = []): void {
  for (const mode of modes) {
    if (!accessModes.includes(mode)) out.push(notSupported(at, mode, accessModes));
  }
  const others = modes.filter((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode));
  if (modes.includes("ReadWriteOncePod") && others.length > 0) {
    forbidden(out, at, "may not use ReadWriteOncePod with other access modes");
  }
}

/** `keepsGroups`: the object is there already, with a source in some group. */
export function checkClaimSpec(
  out: Out,
  at: string,
  spec: PersistentVolumeClaimSpec,
  keepsGroups = false,
): void {
  const { storageClassName, volumeMode, volumeAttributesClassName: attributes } = spec;
  checkAccessModes(
    out,
    `${at}.accessModes`,
    spec.accessModes,
    "at least 1 access mode is required",
  );
  if (spec.selector) out.push(...checkLabelSelector(`${at}.selector`, spec.selector));
  checkModeNames(out, `${at}.accessModes`, spec.accessModes);
  const storage = spec.resources?.requests?.["storage"];
  const field = `${at}.resources[storage]`;
  if (storage === undefined) out.push(required(field));
  else if (quantityOf(storage).unscaled <= 0) {
    out.push(invalidValue(field, storage, notPositiveProblem));
  }
  if (storageClassName) {
    objectName(out, `${at}.storageClassName`, storageClassName, nameIsDnsSubdomain);
  }
  if (volumeMode !== undefined && !volumeModes.includes(volumeMode)) {
    out.push(notSupported(`${at}.volumeMode`, volumeMode, volumeModes));
  }
  checkDataSources(out, at, spec, keepsGroups);
  if (attributes) {
    objectName(out, `${at}.volumeAttributesClassName`, attributes, nameIsDnsSubdomain);
  }
}

function checkDataSources(
  out: Out,
  at: string,
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  keepsGroups: boolean,
): void {
  if (dataSource) checkDataSource(out, `${at}.dataSource`, dataSource, keepsGroups);
  if (dataSourceRef) {
    checkDataSource(out, `${at}.dataSourceRef`, dataSourceRef, keepsGroups);
    const { namespace } = dataSourceRef;
    if (namespace) dnsLabel(out, `${at}.dataSourceRef.namespace`, namespace);
  }
  if (!dataSource || !dataSourceRef) return;
  const same =
    dataSource.apiGroup === dataSourceRef.apiGroup &&
    dataSource.kind === dataSourceRef.kind &&
    dataSource.name === dataSourceRef.name;
  if (dataSourceRef.namespace) {
    const detail = "may not be specified when dataSourceRef.namespace is specified";
    out.push(invalidValue(at, shownPath, detail));
  } else if (!same) out.push(invalidValue(at, shownPath, "must match dataSourceRef"));
}

/** Upstream shows a path where it means a value, and a path looks like this. */
const shownPath = {};

function checkDataSource(
  out: Out,
  at: string,
  { name, kind, apiGroup }: TypedObjectReference,
  keepsGroups: boolean,
): void {
  if (!name) out.push(required(`${at}.name`));
  if (!kind) out.push(required(`${at}.kind`));
  if (!apiGroup && kind !== "PersistentVolumeClaim") {
    const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    out.push(invalidValue(at, kind ?? "", detail));
  }
  if (apiGroup && !keepsGroups) {
    refuse(out, `${at}.apiGroup`, apiGroup, checkDnsSubdomain(apiGroup));
  }
}

export function checkClaimTemplate(
  out: Out,
  at: string,
  { metadata, spec }: PersistentVolumeClaimTemplate,
): void {
  if (metadata) checkTemplateMetadata(out, `${at}.metadata`, metadata);
  checkClaimSpec(out, `${at}.spec`, spec);
}

const allowedMetadata: ReadonlySet<string> = new Set(["labels", "annotations"]);

/** Fields that were given, were it with nothing in them. */
const metadataFields = (metadata: ObjectMeta): string[] => [
  ...Object.keys(metadata).filter((key) => (metadata[key as keyof ObjectMeta] ?? null) !== null),
  ...["finalizers", "managedFields", "ownerReferences"].filter((key) => isOmitted(metadata, key)),
];

/** Only labels and annotations go with what is made from a template. */
export function checkTemplateMetadata(out: Out, at: string, metadata: ObjectMeta): void {
  if (metadata.annotations)
    out.push(...checkAnnotations(`${at}.annotations`, metadata.annotations));
  if (metadata.labels) out.push(...checkLabels(`${at}.labels`, metadata.labels));
  for (const key of metadataFields(metadata)) {
    if (allowedMetadata.has(key)) continue;
    // The name is upstream's, made from that of a Go field.
    const shown = key === "uid" ? "uID" : key;
    out.push(fieldForbidden(`${at}.${shown}`, "cannot be set"));
  }
}
