// ReplicationController: what ReplicaSet took the place of.

import { invalidValue, required } from "../../field-error.ts";
import { isOmitted } from "../../given-empty.ts";
import type { Write } from "../../kind.ts";
import { nameIsLongName } from "../../names.ts";
import { replicationControllers } from "../../resources.ts";
import type { Cause } from "../../status-error.ts";
import type { ReplicationController } from "../../types/core-v1.ts";
import { nameWarnings } from "../apps/pods-warnings.ts";
import { checkReplicaStatus } from "../apps/replica-set-rules.ts";
import { age, containerColumns, labelsText } from "../cells.ts";
import { notNegative, type Out } from "../checks.ts";
import { defineKind, scaleSubresource, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { defaultTemplate } from "./pod/defaults.ts";
import { dropDisabledTemplateFields } from "./pod/disabled.ts";
import { checkRunsForever, checkTemplate } from "./pod/template.ts";
import { templateWarnings } from "./pod/warnings.ts";

export const replicationController = defineKind(replicationControllers, {
  // Upstream looks at the finished name alone.
  nameRule: (name, prefix) => (prefix ? [] : nameIsLongName(name, false)),
  shortNames: ["rc"],
  categories: ["all"],
  subresources: [scaleSubresource, statusSubresource],
  applyDefaults(next) {
    const { spec, metadata } = next;
    const labels = spec?.template?.metadata?.labels;
    if (labels && Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    defaultTemplate(spec?.template);
  },
  prepare: specAndStatus<ReplicationController>({
    generationOf: specOf,
    also: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  }),
  validate: validateController,
  warnings(next, old) {
    const names = old === undefined ? nameWarnings(next.metadata) : [];
    if (next.metadata.generation === old?.metadata.generation) return names;
    // Upstream judges the old template when a new one comes.
    const { template } = (old ?? next).spec;
    return [...names, ...templateWarnings("spec.template", template)];
  },
  columns: [
    { name: "Desired", type: "integer", cell: ({ spec }) => spec?.replicas ?? 0 },
    { name: "Current", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
    { name: "Ready", type: "integer", cell: ({ status }) => status?.readyReplicas ?? 0 },
    age,
    ...containerColumns<ReplicationController>(({ spec }) => spec?.template?.spec?.containers),
    { name: "Selector", priority: 1, cell: ({ spec }) => labelsText(spec?.selector) },
  ],
  fieldSelectors: { "status.replicas": ({ status }) => `${status?.replicas ?? 0}` },
  defaultPropagation: "orphan",
});

function validateController(
  { spec, status }: ReplicationController,
  _old: ReplicationController | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    checkReplicaStatus(out, status);
    return out;
  }
  const { selector = {}, template } = spec;
  if (Object.keys(selector).length === 0) out.push(required("spec.selector"));
  if (template === undefined) out.push(required("spec.template"));
  else {
    const { metadata } = template;
    const labels = metadata?.labels;
    if (Object.keys(selector).some((key) => labels?.[key] !== selector[key])) {
      const detail = "`selector` does not match template `labels`";
      const shown = labels ?? (isOmitted(metadata, "labels") ? {} : null);
      out.push(invalidValue("spec.template.metadata.labels", shown, detail));
    }
    checkTemplate(out, "spec.template", template);
    checkRunsForever(out, "spec.template", template, "ReplicationController");
  }
  notNegative(out, "spec.replicas", spec.replicas);
  notNegative(out, "spec.minReadySeconds", spec.minReadySeconds);
  return out;
}
