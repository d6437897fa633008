// DaemonSet: one pod on each node.
import { daemonSets } from "../../resources.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { DaemonSet } from "../../types/apps-v1.ts";
import { age, containerColumns, labelsText, selectorOrNone } from "../cells.ts";
import { defaultTemplate } from "../core/pod/defaults.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { templateWarnings } from "../core/pod/warnings.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { validateDaemonSet } from "./daemon-set-rules.ts";

/** Counts changes of the template; once a field, now kept in an annotation. */
const templateGeneration = "deprecated.daemonset.template.generation";

export const daemonSet = defineKind(daemonSets, {
  shortNames: ["ds"],
  categories: ["all"],
  subresources: [statusSubresource],
  fieldAnnotations: [templateGeneration],
  applyDefaults(next) {
    // Upstream keeps the count in a field, which it writes as the annotation whatever it is.
    const count = Number(next.metadata.annotations?.[templateGeneration] ?? 0);
    next.metadata.annotations = { ...next.metadata.annotations, [templateGeneration]: `${count}` };
    const { spec } = next;
    if (spec === undefined) return;
    defaultTemplate(spec.template);
    spec.updateStrategy ??= {};
    const { updateStrategy } = spec;
    updateStrategy.type ||= "RollingUpdate";
    if (updateStrategy.type === "RollingUpdate") {
      updateStrategy.rollingUpdate ??= {};
      updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
  },
  prepare: specAndStatus<DaemonSet>({
    generationOf: specOf,
    also(next, old) {
      dropDisabledTemplateFields(next.spec?.template);
      countTemplates(next, old);
    },
  }),
  validate: validateDaemonSet,
  warnings(next, old) {
    if (templateCount(next) === templateCount(old)) return [];
    return templateWarnings("spec.template", next.spec.template);
  },
  columns: [
    ...(
      [
        ["Desired", "desiredNumberScheduled"],
        ["Current", "currentNumberScheduled"],
        ["Ready", "numberReady"],
        ["Up-to-date", "updatedNumberScheduled"],
        ["Available", "numberAvailable"],
      ] as const
    ).map(([name, field]) => ({
      name,
      type: "integer" as const,
      cell: ({ status }: DaemonSet) => status?.[field] ?? 0,
    })),
    { name: "Node Selector", cell: ({ spec }) => labelsText(spec?.template?.spec?.nodeSelector) },
    age,
    ...containerColumns<DaemonSet>(({ spec }) => spec?.template?.spec?.containers),
    { name: "Selector", priority: 1, cell: ({ spec }) => selectorOrNone(spec?.selector) },
  ],
});

function countTemplates(next: DaemonSet, old: DaemonSet | undefined): void {
  const before = templateCount(old);
  const isChanged = old !== undefined && !semanticEqual(next.spec?.template, old.spec?.template);
  const given = templateCount(next);
  const generation = old === undefined ? Math.max(given, 1) : before + (isChanged ? 1 : 0);
  next.metadata.annotations ??= {};
  next.metadata.annotations[templateGeneration] = `${generation}`;
}

const templateCount = (object: DaemonSet | undefined): number =>
  Number(object?.metadata.annotations?.[templateGeneration] ?? 0);
