// Deployment: pods of one form, replaced step by step when the form changes.
import { deployments } from "../../resources.ts";
import type { Deployment, DeploymentSpec } from "../../types/apps-v1.ts";
import { age, containerColumns, selectorText } from "../cells.ts";
import { defaultTemplate } from "../core/pod/defaults.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { templateWarnings } from "../core/pod/warnings.ts";
import { defineKind, scaleSubresource, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { validateDeployment } from "./deployment-rules.ts";
import { nameWarnings } from "./pods-warnings.ts";

const prepare = specAndStatus<Deployment>({
  // Annotations are copied to the replica sets, so that they count as a change too.
  generationOf: ({ spec, metadata }) => [spec, metadata.annotations],
  also: ({ spec }) => dropDisabledTemplateFields(spec?.template),
});

export const deployment = defineKind(deployments, {
  shortNames: ["deploy"],
  categories: ["all"],
  subresources: [scaleSubresource, statusSubresource],
  unowned: { status: ["metadata.labels", "spec"] },
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  prepare(next, old, write) {
    prepare(next, old, write);
    if (old === undefined || write.subresource !== "status") return;
    if (old.metadata.labels === undefined) delete next.metadata.labels;
    else next.metadata.labels = old.metadata.labels;
  },
  validate: validateDeployment,
  warnings(next, old) {
    const names = old === undefined ? nameWarnings(next.metadata) : [];
    if (next.metadata.generation === old?.metadata.generation) return names;
    return [...names, ...templateWarnings("spec.template", next.spec.template)];
  },
  columns: [
    {
      name: "Ready",
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    { name: "Up-to-date", cell: ({ status }) => status?.updatedReplicas ?? 0 },
    { name: "Available", cell: ({ status }) => status?.availableReplicas ?? 0 },
    age,
    ...containerColumns<Deployment>(({ spec }) => spec?.template?.spec?.containers),
    { name: "Selector", priority: 1, cell: ({ spec }) => selectorText(spec?.selector) },
  ],
});

function defaultSpec(spec: DeploymentSpec): void {
  defaultTemplate(spec.template);
  spec.replicas ??= 1;
  spec.strategy ??= {};
  const { strategy } = spec;
  strategy.type ||= "RollingUpdate";
  if (strategy.type === "RollingUpdate") {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= "25%";
    strategy.rollingUpdate.maxSurge ??= "25%";
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
}
