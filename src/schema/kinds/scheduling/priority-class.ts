// PriorityClass: which pods go first.

import { priorityClasses } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { validatePriorityClass } from "./priority-class-rules.ts";

export const priorityClass = defineKind(priorityClasses, {
  shortNames: ["pc"],
  applyDefaults(next) {
    next.preemptionPolicy ??= "PreemptLowerPriority";
  },
  prepare(next, old) {
    if (old === undefined) next.metadata.generation = 1;
  },
  validate: validatePriorityClass,
  columns: [
    { name: "Value", type: "integer", cell: ({ value }) => value ?? 0 },
    {
      name: "Global-Default",
      type: "boolean",
      cell: ({ globalDefault }) => globalDefault ?? false,
    },
    age,
    { name: "PreemptionPolicy", cell: ({ preemptionPolicy }) => preemptionPolicy ?? "" },
  ],
});
