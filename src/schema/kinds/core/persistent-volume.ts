// PersistentVolume: storage that outlives pods.
import { persistentVolumes } from "../../resources.ts";
import { printTime } from "../../time.ts";
import type { PersistentVolume } from "../../types/core-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { defaultAzureDisk } from "./pod/defaults.ts";
import { roundUpToMilli } from "./pod/resource-list.ts";
import { validateVolume } from "./volume-rules.ts";
import { accessModesText, classAnnotation } from "./volume-text.ts";
import { volumeWarnings } from "./volume-warnings.ts";

export const persistentVolume = defineKind(persistentVolumes, {
  rechecksNames: true,
  shortNames: ["pv"],
  subresources: [statusSubresource],
  applyDefaults(next) {
    const { spec } = next;
    next.status ??= {};
    next.status.phase ||= "Pending";
    if (spec === undefined) return;
    spec.persistentVolumeReclaimPolicy ||= "Retain";
    spec.volumeMode ??= "Filesystem";
    if (spec.capacity) roundUpToMilli(spec.capacity);
    if (spec.hostPath) spec.hostPath.type ??= "";
    if (spec.azureDisk) defaultAzureDisk(spec.azureDisk);
  },
  prepare(next, old, { subresource, now }) {
    if (old === undefined) {
      next.status = { phase: "Pending", lastPhaseTransitionTime: printTime(now) };
    } else if (subresource === "status") prepareStatus(next, old, now);
    else next.status = old.status;
  },
  validate: validateVolume,
  warnings: volumeWarnings,
  columns: [
    { name: "Capacity", cell: ({ spec }) => spec?.capacity?.["storage"] ?? "0" },
    { name: "Access Modes", cell: ({ spec }) => accessModesText(spec?.accessModes) },
    { name: "Reclaim Policy", cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? "" },
    {
      name: "Status",
      cell: ({ metadata, status }) =>
        metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? ""),
    },
    {
      name: "Claim",
      cell: ({ spec }) =>
        spec?.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "",
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
    { name: "Reason", cell: ({ status }) => status?.reason ?? "" },
    age,
    { name: "VolumeMode", priority: 1, cell: ({ spec }) => spec?.volumeMode ?? "<unset>" },
  ],
  returnsDeleted: true,
});

function prepareStatus(next: PersistentVolume, old: PersistentVolume, now: number): void {
  next.spec = old.spec;
  next.status ??= {};
  const { phase, lastPhaseTransitionTime: given } = next.status;
  const before = old.status?.lastPhaseTransitionTime;
  if (phase === old.status?.phase) {
    if (given === undefined && before !== undefined) next.status.lastPhaseTransitionTime = before;
  } else if (given === undefined || given === before) {
    next.status.lastPhaseTransitionTime = printTime(now);
  }
}
