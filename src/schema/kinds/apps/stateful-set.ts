// StatefulSet: pods with names and volumes of their own, made and replaced in order.
import { nameIsDnsLabel } from "../../names.ts";
import { statefulSets } from "../../resources.ts";
import type { StatefulSet, StatefulSetSpec } from "../../types/apps-v1.ts";
import { age, containerColumns } from "../cells.ts";
import { defaultClaimSpec } from "../core/claim-defaults.ts";
import { defaultTemplate } from "../core/pod/defaults.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { claimSpecWarnings, templateWarnings } from "../core/pod/warnings.ts";
import { defineKind, scaleSubresource, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { validateStatefulSet } from "./stateful-set-rules.ts";

export const statefulSet = defineKind(statefulSets, {
  shortNames: ["sts"],
  categories: ["all"],
  nameRule: nameIsDnsLabel,
  subresources: [scaleSubresource, statusSubresource],
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  prepare: specAndStatus<StatefulSet>({
    generationOf: specOf,
    also: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  }),
  validate: validateStatefulSet,
  warnings: warningsOf,
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

const historyAdvice =
  "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";

function warningsOf(next: StatefulSet, old: StatefulSet | undefined): string[] {
  const out: string[] = [];
  if (next.metadata.generation !== old?.metadata.generation) {
    out.push(...templateWarnings("spec.template", next.spec.template));
  }
  for (const [i, { spec }] of (next.spec.volumeClaimTemplates ?? []).entries()) {
    // Upstream names the field so, differently on updates.
    const at = `spec.volumeClaimTemplates[${i}]${old === undefined ? "" : ".Spec"}`;
    if (spec) out.push(...claimSpecWarnings(at, spec));
  }
  if ((next.spec.revisionHistoryLimit ?? 0) < 0) out.push(historyAdvice);
  return out;
}
