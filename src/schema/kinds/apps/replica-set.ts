// ReplicaSet: a number of pods of one form.
import { replicaSets } from "../../resources.ts";
import type { ReplicaSet } from "../../types/apps-v1.ts";
import { age, containerColumns, selectorOrNone } from "../cells.ts";
import { defaultTemplate } from "../core/pod/defaults.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { templateWarnings } from "../core/pod/warnings.ts";
import { defineKind, scaleSubresource, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { nameWarnings } from "./pods-warnings.ts";
import { validateReplicaSet } from "./replica-set-rules.ts";

export const replicaSet = defineKind(replicaSets, {
  shortNames: ["rs"],
  categories: ["all"],
  subresources: [scaleSubresource, statusSubresource],
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    spec.replicas ??= 1;
    defaultTemplate(spec.template);
  },
  prepare: specAndStatus<ReplicaSet>({
    generationOf: specOf,
    also: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  }),
  validate: validateReplicaSet,
  warnings(next, old) {
    const names = old === undefined ? nameWarnings(next.metadata) : [];
    if (next.metadata.generation === old?.metadata.generation) return names;
    return [...names, ...templateWarnings("spec.template", next.spec.template)];
  },
  columns: [
    { name: "Desired", type: "integer", cell: ({ spec }) => spec?.replicas ?? 0 },
    { name: "Current", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
    { name: "Ready", type: "integer", cell: ({ status }) => status?.readyReplicas ?? 0 },
    age,
    ...containerColumns<ReplicaSet>(({ spec }) => spec?.template?.spec?.containers),
    { name: "Selector", priority: 1, cell: ({ spec }) => selectorOrNone(spec?.selector) },
  ],
});
