// ReplicationController: what ReplicaSet took the place of.
import { replicationControllers } from "../../resources.ts";
import type { ReplicationController } from "../../types/core-v1.ts";
import { age, containerColumns, labelsText } from "../cells.ts";
import { defineKind, scaleSubresource, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { defaultTemplate } from "./pod/defaults.ts";
import { dropDisabledTemplateFields } from "./pod/disabled.ts";

export const replicationController = defineKind(replicationControllers, {
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
