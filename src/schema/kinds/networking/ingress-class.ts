// IngressClass: which controller takes care of an Ingress.

import { ingressClasses } from "../../resources.ts";
import type { IngressClass } from "../../types/networking-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { specOf, wholeObject } from "../strategy.ts";
import { validateIngressClass } from "./ingress-class-rules.ts";

const defaultAnnotation = "ingressclass.kubernetes.io/is-default-class";

export const ingressClass = defineKind(ingressClasses, {
  rechecksNames: true,
  applyDefaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= "Cluster";
  },
  prepare: wholeObject({ generationOf: specOf }),
  validate: validateIngressClass,
  columns: [
    {
      name: "Name",
      format: "name",
      cell: ({ metadata }) =>
        `${metadata.name}${metadata.annotations?.[defaultAnnotation] === "true" ? " (default)" : ""}`,
    },
    { name: "Controller", cell: ({ spec }) => spec?.controller ?? "" },
    { name: "Parameters", cell: parameters },
    age,
  ],
});

function parameters({ spec }: IngressClass): string {
  if (!spec?.parameters) return "<none>";
  const { apiGroup, kind, name } = spec.parameters;
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
}
