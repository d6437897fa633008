// CSINode: the storage drivers of a node.
import { csiNodes } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";

export const csiNode = defineKind(csiNodes, {
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  prepare: specAndStatus({ statusKeepsMetadata: true }),
  columns: [
    { name: "Drivers", type: "integer", cell: ({ spec }) => (spec?.drivers ?? []).length },
    age,
  ],
  unconditionalUpdate: false,
  returnsDeleted: true,
});
