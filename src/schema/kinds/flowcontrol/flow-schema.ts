// FlowSchema: which requests wait in which queues.

import { flowSchemas } from "../../resources.ts";
import type { FlowSchema } from "../../types/flowcontrol-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { validateFlowSchema } from "./flow-schema-rules.ts";
import { flowControlPrepare } from "./strategy.ts";

const precedence = 1000;

export const flowSchema = defineKind(flowSchemas, {
  rechecksNames: true,
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  applyDefaults({ spec }) {
    if (spec) spec.matchingPrecedence ||= precedence;
  },
  prepare: flowControlPrepare<FlowSchema>(),
  validate: validateFlowSchema,
  rowOrder: (a, b) => (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0),
  columns: [
    { name: "PriorityLevel", cell: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? "" },
    { name: "MatchingPrecedence", cell: ({ spec }) => spec?.matchingPrecedence ?? 0 },
    {
      name: "DistinguisherMethod",
      cell: ({ spec }) => spec?.distinguisherMethod?.type ?? "<none>",
    },
    age,
    {
      name: "MissingPL",
      cell: ({ status }) =>
        status?.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?",
    },
  ],
});
