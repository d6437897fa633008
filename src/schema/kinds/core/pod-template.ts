// PodTemplate: a pod to be.
import { podTemplates } from "../../resources.ts";
import { labelsText } from "../cells.ts";
import type { Out } from "../checks.ts";
import { defineKind } from "../define.ts";
import { wholeObject } from "../strategy.ts";
import { defaultTemplate } from "./pod/defaults.ts";
import { dropDisabledTemplateFields } from "./pod/disabled.ts";
import { checkTemplate } from "./pod/template.ts";
import { templateWarnings } from "./pod/warnings.ts";

export const podTemplate = defineKind(podTemplates, {
  applyDefaults: ({ template }) => defaultTemplate(template),
  prepare: wholeObject({
    generationOf: ({ template }) => template,
    also: ({ template }) => dropDisabledTemplateFields(template),
  }),
  validate({ template }) {
    const out: Out = [];
    checkTemplate(out, "template", template);
    return out;
  },
  warnings(next, old) {
    if (next.metadata.generation === old?.metadata.generation) return [];
    return templateWarnings("template", next.template);
  },
  columns: [
    {
      name: "Containers",
      cell: ({ template }) => (template?.spec?.containers ?? []).map(({ name }) => name).join(","),
    },
    {
      name: "Images",
      cell: ({ template }) =>
        (template?.spec?.containers ?? []).map(({ image }) => image ?? "").join(","),
    },
    { name: "Pod Labels", cell: ({ template }) => labelsText(template?.metadata?.labels) },
  ],
  returnsDeleted: true,
});
