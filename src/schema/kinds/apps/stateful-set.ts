// StatefulSet: pods with names and volumes of their own, made and replaced in order.
import { statefulSets } from "../../resources.ts";
import type { StatefulSet, StatefulSetSpec } from "../../types/apps-v1.ts";
import { age, containerColumns } from "../cells.ts";
import { defaultClaimSpec } from "../core/claim-defaults.ts";
import { defaultTemplate } from "../core/pod/defaults.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { defineKind, scaleSubresource, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";

export const statefulSet = defineKind(statefulSets, {
  shortNames: ["sts"],
  categories: ["all"],
  subresources: [scaleSubresource, statusSubresource],
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  prepare: specAndStatus<StatefulSet>({
    generationOf: specOf,
    also: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  }),
  columns: [
    {
      name: "Ready",
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    age,
    ...containerColumns<StatefulSet>(({ spec }) => spec?.template?.spec?.containers),
  ],
});

function defaultSpec(spec: StatefulSetSpec): void {
  defaultTemplate(spec.template);
  spec.podManagementPolicy ||= "OrderedReady";
  spec.updateStrategy ??= {};
  const { updateStrategy } = spec;
  if (!updateStrategy.type) {
    updateStrategy.type = "RollingUpdate";
    updateStrategy.rollingUpdate ??= {};
  }
  if (updateStrategy.type === "RollingUpdate" && updateStrategy.rollingUpdate) {
    updateStrategy.rollingUpdate.partition ??= 0;
    updateStrategy.rollingUpdate.maxUnavailable ??= 1;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = "v1";
    claim.kind = "PersistentVolumeClaim";
    claim.status ??= {};
    claim.status.phase ||= "Pending";
    defaultClaimSpec(claim.spec);
  }
}
