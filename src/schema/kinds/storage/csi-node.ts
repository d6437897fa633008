// CSINode: the storage drivers of a node.

import { csiNodes } from "../../resources.ts";
import type { CSINode } from "../../types/storage-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { validateCsiNode } from "./csi-node-rules.ts";

const prepare = specAndStatus<CSINode>({ statusKeepsMetadata: true });

export const csiNode = defineKind(csiNodes, {
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  prepare(next, old, write) {
    prepare(next, old, write);
    // Behind a gate that is off by default.
    delete next.status?.storageHealth;
  },
  validate: validateCsiNode,
  columns: [
    { name: "Drivers", type: "integer", cell: ({ spec }) => (spec?.drivers ?? []).length },
    age,
  ],
  unconditionalUpdate: false,
  returnsDeleted: true,
});
