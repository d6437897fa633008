// PersistentVolumeClaim: a pod's wish for storage.
import { persistentVolumeClaims } from "../../resources.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "../../types/core-v1.ts";
import { age } from "../cells.ts";
import type { Out } from "../checks.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { defaultClaimSpec } from "./claim-defaults.ts";
import { checkClaimSpec } from "./claim-rules.ts";
import { checkClaimStatus, checkClaimUpdate } from "./claim-update.ts";
import { claimSpecWarnings } from "./pod/warnings.ts";
import { accessModesText, classAnnotation, classAnnotationAdvice } from "./volume-text.ts";

const settle = specAndStatus<PersistentVolumeClaim>({
  also: (next, old) => {
    if (old === undefined) next.status = { phase: "Pending" };
    if (next.spec) settleDataSources(next.spec, old?.spec);
  },
});

export const persistentVolumeClaim = defineKind(persistentVolumeClaims, {
  rechecksNames: true,
  shortNames: ["pvc"],
  subresources: [statusSubresource],
  applyDefaults(next) {
    next.status ??= {};
    next.status.phase ||= "Pending";
    defaultClaimSpec(next.spec);
  },
  prepare(next, old, write) {
    settle(next, old, write);
    // Behind a gate that is off by default.
    if (next.status && !old?.status?.healthStatus) delete next.status.healthStatus;
  },
  validate(next, old, { subresource }) {
    const out: Out = [];
    if (subresource === "status") checkClaimStatus(out, next);
    else {
      checkClaimSpec(out, "spec", next.spec, hasGroup(old?.spec));
      if (old) checkClaimUpdate(out, next, old);
    }
    return out;
  },
  warnings({ metadata, spec }) {
    const field = `metadata.annotations[${classAnnotation}]`;
    const isOld = metadata.annotations?.[classAnnotation] !== undefined;
    const annotated = isOld ? [`${field}: ${classAnnotationAdvice}`] : [];
    return [...annotated, ...claimSpecWarnings("spec", spec)];
  },
  columns: [
    {
      name: "Status",
      cell: ({ metadata, status }) =>
        metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? ""),
    },
    { name: "Volume", cell: ({ spec }) => spec?.volumeName ?? "" },
    {
      name: "Capacity",
      cell: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.["storage"] ?? "0") : ""),
    },
    {
      name: "Access Modes",
      cell: ({ spec, status }) => (spec?.volumeName ? accessModesText(status?.accessModes) : ""),
    },
    {
      name: "StorageClass",
      cell: ({ metadata, spec }) =>
        metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? "",
    },
    {
      name: "VolumeAttributesClass",
      cell: ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>",
    },
    age,
    { name: "VolumeMode", priority: 1, cell: ({ spec }) => spec?.volumeMode ?? "<unset>" },
  ],
  returnsDeleted: true,
});

/** A stored object may keep a source whose group breaks today's rule, and may get another. */
const hasGroup = (spec: PersistentVolumeClaimSpec | undefined): boolean =>
  (spec?.dataSource ?? spec?.dataSourceRef)?.apiGroup !== undefined;

/**
 * `dataSource` and `dataSourceRef` say the same; the older one knows claims and snapshots only. Sources in other
 * namespaces are behind a gate that is off.
 */
function settleDataSources(
  spec: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaimSpec | undefined,
): void {
  if (spec.dataSourceRef?.namespace && !old?.dataSourceRef) delete spec.dataSourceRef;
  const had = old?.dataSource ?? old?.dataSourceRef;
  if (spec.dataSource && !spec.dataSourceRef && !had && !isKnown(spec.dataSource)) {
    delete spec.dataSource;
  }
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { namespace: _, ...source } = spec.dataSourceRef;
    spec.dataSource = source;
  }
}

const isKnown = ({ apiGroup, kind }: { apiGroup?: string; kind: string }): boolean =>
  (kind === "PersistentVolumeClaim" && !apiGroup) ||
  (kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io");
