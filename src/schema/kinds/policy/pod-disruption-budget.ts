// PodDisruptionBudget: how many pods may be evicted at a time.

import { nameIsPathSegment } from "../../names.ts";
import { podDisruptionBudgets } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { validateBudget } from "./pod-disruption-budget-rules.ts";

export const podDisruptionBudget = defineKind(podDisruptionBudgets, {
  bareFinalizers: "all",
  shortNames: ["pdb"],
  subresources: [statusSubresource],
  prepare: specAndStatus({ generationOf: specOf }),
  validate: validateBudget,
  nameRule: nameIsPathSegment,
  columns: [
    { name: "Min Available", cell: ({ spec }) => `${spec?.minAvailable ?? "N/A"}` },
    { name: "Max Unavailable", cell: ({ spec }) => `${spec?.maxUnavailable ?? "N/A"}` },
    {
      name: "Allowed Disruptions",
      type: "integer",
      cell: ({ status }) => status?.disruptionsAllowed ?? 0,
    },
    age,
  ],
  unconditionalUpdate: false,
});
