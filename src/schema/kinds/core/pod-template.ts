// PodTemplate: a pod to be.
import { podTemplates } from "../../resources.ts";
import { labelsText } from "../cells.ts";
import { defineKind } from "../define.ts";
import { wholeObject } from "../strategy.ts";
import { defaultTemplate } from "./pod/defaults.ts";
import { dropDisabledTemplateFields } from "./pod/disabled.ts";

export const podTemplate = defineKind(podTemplates, {
  applyDefaults: ({ template }) => defaultTemplate(template),
  prepare: wholeObject({
    generationOf: ({ template }) => template,
    also: ({ template }) => dropDisabledTemplateFields(template),
  }),
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
