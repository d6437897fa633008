// ControllerRevision: a former form of a stateful set's or daemon set's pods.
import { controllerRevisions } from "../../resources.ts";
import type { ControllerRevision } from "../../types/apps-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";

export const controllerRevision = defineKind(controllerRevisions, {
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
