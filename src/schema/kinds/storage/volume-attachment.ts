// VolumeAttachment: the wish to attach a volume to a node.

import { volumeAttachments } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { validateVolumeAttachment } from "./volume-attachment-rules.ts";

export const volumeAttachment = defineKind(volumeAttachments, {
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  prepare: specAndStatus({ statusKeepsMetadata: true }),
  validate: validateVolumeAttachment,
  columns: [
    { name: "Attacher", format: "name", cell: ({ spec }) => spec?.attacher ?? "" },
    { name: "PV", cell: ({ spec }) => spec?.source?.persistentVolumeName ?? "" },
    { name: "Node", cell: ({ spec }) => spec?.nodeName ?? "" },
    { name: "Attached", type: "boolean", cell: ({ status }) => status?.attached ?? false },
    age,
  ],
  unconditionalUpdate: false,
  returnsDeleted: true,
});
