// The rules of a persistent volume.

import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import { isOmitted } from "../../given-empty.ts";
import type { Write } from "../../kind.ts";
import { nameIsDnsSubdomain } from "../../names.ts";
import { wholeValue } from "../../quantity.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from "../../types/core-v1.ts";
import {
  checkUnchanged,
  forbidden,
  immutableProblem,
  notPositiveProblem,
  type Out,
  objectName,
  supportedOnly,
} from "../checks.ts";
import { diffText } from "../diff-text.ts";
import { checkAccessModes, checkModeNames, volumeModes } from "./claim-rules.ts";
import { checkNodeSelector } from "./pod/affinity.ts";
import { quantityOf } from "./resource-names.ts";
import { volumeSources } from "./volume-sources.ts";

export function validateVolume(
  next: PersistentVolume,
  old: PersistentVolume | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") return out;
  checkSpec(out, next.spec, next.metadata.name ?? "");
  checkMountOptions(out, next);
  if (old) checkUpdate(out, next.spec, old.spec);
  return out;
}

const reclaimPolicies = ["Delete", "Recycle", "Retain"];

function checkSpec(out: Out, spec: PersistentVolumeSpec, name: string): void {
  checkAccessModes(out, "spec.accessModes", spec.accessModes);
  checkModeNames(out, "spec.accessModes", spec.accessModes);
  checkCapacity(out, "spec.capacity", spec);
  const { persistentVolumeReclaimPolicy: policy, nodeAffinity, storageClassName } = spec;
  if (policy) supportedOnly(out, "spec.persistentVolumeReclaimPolicy", policy, reclaimPolicies);
  if (nodeAffinity?.required) {
    checkNodeSelector(out, "spec.nodeAffinity.required", nodeAffinity.required);
  } else if (nodeAffinity) {
    const detail = "must specify required node constraints";
    out.push(required("spec.nodeAffinity.required", detail));
  }
  checkSources(out, "spec", spec, name);
  if (storageClassName) {
    objectName(out, "spec.storageClassName", storageClassName, nameIsDnsSubdomain);
  }
  if (spec.volumeMode !== undefined) {
    supportedOnly(out, "spec.volumeMode", spec.volumeMode, volumeModes);
  }
  checkAttributesClass(out, "spec.volumeAttributesClassName", spec);
}

/** A volume that stands inside a VolumeAttachment: what a driver needs to attach it, and no more. */
export function checkInlineVolume(out: Out, at: string, spec: PersistentVolumeSpec): void {
  const inline = "in the context of inline volumes";
  const unset = (field: "claimRef" | "capacity" | "storageClassName") => {
    if (!spec[field] || Object.keys(spec[field]).length === 0) return;
    forbidden(out, `${at}.${field}`, `may not be specified ${inline}`);
  };
  unset("claimRef");
  unset("capacity");
  if (spec.csi === undefined) out.push(required(`${at}.csi`, `has to be specified ${inline}`));
  checkAccessModes(out, `${at}.accessModes`, spec.accessModes);
  checkModeNames(out, `${at}.accessModes`, spec.accessModes);
  const { persistentVolumeReclaimPolicy: policy, volumeMode } = spec;
  if (policy && policy !== "Retain") {
    forbidden(out, `${at}.persistentVolumeReclaimPolicy`, `may only be Retain ${inline}`);
  }
  if (spec.nodeAffinity) {
    forbidden(out, `${at}.nodeAffinity`, `may not be specified ${inline}`);
  }
  checkSources(out, at, spec, "");
  unset("storageClassName");
  if (volumeMode === undefined || volumeMode === "Filesystem") return;
  const problem = `may not specify volumeMode other than Filesystem ${inline}`;
  forbidden(out, `${at}.volumeMode`, problem);
}

function checkCapacity(out: Out, at: string, spec: PersistentVolumeSpec): void {
  const { capacity = {} } = spec;
  const names = Object.keys(capacity);
  if (names.length === 0) out.push(required(at));
  if (names.length !== 1 || names[0] !== "storage") {
    out.push(
      notSupported(at, names.length > 0 || isOmitted(spec, "capacity") ? capacity : null, [
        "storage",
      ]),
    );
  }
  for (const name of names) {
    const field = `${at}[${name}]`;
    const quantity = quantityOf(capacity[name]);
    if (wholeValue(quantity) < 0) {
      const detail = "must be a valid resource quantity";
      out.push(invalidValue(field, wholeValue(quantity), detail));
    }
    if (quantity.unscaled <= 0) out.push(invalidValue(field, capacity[name], notPositiveProblem));
  }
}

function checkSources(out: Out, at: string, spec: PersistentVolumeSpec, name: string): void {
  let count = 0;
  for (const { field, refusedAs, check } of volumeSources) {
    if (spec[field] === undefined) continue;
    // Upstream lets a second volume be a flexVolume.
    if (count > 0 && field !== "flexVolume") {
      out.push(fieldForbidden(`${at}.${refusedAs}`, "may not specify more than 1 volume type"));
      continue;
    }
    count++;
    check(out, at, spec, name);
    if (field === "local" && spec.nodeAffinity === undefined) {
      out.push(required(`${at}.nodeAffinity`, "Local volume requires node affinity"));
    }
  }
  if (count === 0) out.push(required(at, "must specify a volume type"));
  if (!isRoot(spec.hostPath?.path) || spec.persistentVolumeReclaimPolicy !== "Recycle") return;
  const detail = "may not be 'recycle' for a hostPath mount of '/'";
  forbidden(out, `${at}.persistentVolumeReclaimPolicy`, detail);
}

/** Whether the path is the root after `.`, `..` and double slashes are resolved. */
function isRoot(path: string | undefined): boolean {
  if (!path?.startsWith("/")) return false;
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth = Math.max(depth - 1, 0);
    else if (part !== "" && part !== ".") depth++;
  }
  return depth === 0;
}

function checkAttributesClass(
  out: Out,
  at: string,
  { volumeAttributesClassName: name, csi }: PersistentVolumeSpec,
): void {
  if (name === undefined) return;
  if (name === "") out.push(required(at, "an empty string is disallowed"));
  else objectName(out, at, name, nameIsDnsSubdomain);
  if (csi !== undefined) return;
  out.push(required("spec.csi", "has to be specified when using volumeAttributesClassName"));
}

const mountOptions = "volume.beta.kubernetes.io/mount-options";
const withMountOptions = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
] as const;

function checkMountOptions(out: Out, { metadata, spec }: PersistentVolume): void {
  if (metadata.annotations?.[mountOptions] === undefined) return;
  if (withMountOptions.some((field) => spec[field] !== undefined)) return;
  const detail = "may not specify mount options for this volume type";
  forbidden(out, `metadata.annotations.${mountOptions}`, detail);
}

function checkUpdate(out: Out, next: PersistentVolumeSpec, old: PersistentVolumeSpec): void {
  const [source, before] = [sourceOf(next), sourceOf(old)];
  const { csi } = source;
  // A secret for growing may be named later.
  if (csi && before.csi && !before.csi.controllerExpandSecretRef) {
    const { controllerExpandSecretRef: _, ...rest } = csi;
    source.csi = rest;
  }
  if (!semanticEqual(source, before)) {
    const problem = "spec.persistentvolumesource is immutable after creation";
    forbidden(out, "spec.persistentvolumesource", `${problem}\n${diffText(before, source)}`);
  }
  checkUnchanged(out, "volumeMode", next.volumeMode, old.volumeMode);
  checkAffinityUpdate(out, next.nodeAffinity, old.nodeAffinity);
  if (old.volumeAttributesClassName === undefined) return;
  if (next.volumeAttributesClassName !== undefined) return;
  const detail = "update from non-nil value to nil is forbidden";
  forbidden(out, "spec.volumeAttributesClassName", detail);
}

function sourceOf(spec: PersistentVolumeSpec): Partial<PersistentVolumeSpec> {
  const source: Partial<PersistentVolumeSpec> = {};
  for (const { field } of volumeSources) {
    if (spec[field] !== undefined) Object.assign(source, { [field]: spec[field] });
  }
  return source;
}

function checkAffinityUpdate(
  out: Out,
  next: VolumeNodeAffinity | undefined,
  old: VolumeNodeAffinity | undefined,
): void {
  if (old === undefined || semanticEqual(next, withNewLabels(old, next))) return;
  const detail = `${immutableProblem}, except for updating from beta label to GA`;
  out.push(invalidValue("nodeAffinity", next ?? null, detail));
}

const topology = "topology.kubernetes.io";
const newLabels: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": `${topology}/zone`,
  "failure-domain.beta.kubernetes.io/region": `${topology}/region`,
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

/** `old`, with the new name of each label for which `next` uses the new name. */
function withNewLabels(
  old: VolumeNodeAffinity,
  next: VolumeNodeAffinity | undefined,
): VolumeNodeAffinity {
  const nodeSelectorTerms = (old.required?.nodeSelectorTerms ?? []).map((term, i) => ({
    ...term,
    matchExpressions: (term.matchExpressions ?? []).map((expression, j) => {
      const wanted = next?.required?.nodeSelectorTerms[i]?.matchExpressions?.[j]?.key;
      // As upstream, a label without a new name may lose its key; that is refused elsewhere.
      const isRenamed = wanted === (newLabels[expression.key] ?? "");
      return isRenamed ? { ...expression, key: wanted } : expression;
    }),
  }));
  return old.required ? { ...old, required: { nodeSelectorTerms } } : old;
}
