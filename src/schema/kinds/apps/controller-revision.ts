// ControllerRevision: a former form of a stateful set's or daemon set's pods.

import { required } from "../../field-error.ts";
import { controllerRevisions } from "../../resources.ts";
import type { ControllerRevision } from "../../types/apps-v1.ts";
import { age } from "../cells.ts";
import { checkUnchanged, notNegative, type Out } from "../checks.ts";
import { defineKind } from "../define.ts";

export const controllerRevision = defineKind(controllerRevisions, {
  rechecksNames: true,
  validate(next, old) {
    const out: Out = [];
    notNegative(out, "revision", next.revision);
    if (old) checkUnchanged(out, "data", next.data, old.data);
    else if (next.data === undefined || next.data === null) {
      out.push(required("data", "data is mandatory"));
    } else if (typeof next.data !== "object" || Array.isArray(next.data)) {
      out.push(required("data", "data must be a valid JSON object"));
    }
    return out;
  },
  columns: [
    { name: "Controller", cell: controller },
    { name: "Revision", cell: ({ revision }) => revision ?? 0 },
    age,
  ],
});

function controller({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  if (owner === undefined) return "<none>";
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
  return `${owner.kind}${group}`.toLowerCase().concat("/", owner.name);
}
