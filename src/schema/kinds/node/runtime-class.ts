// RuntimeClass: which container runtime runs a pod.

import { runtimeClasses } from "../../resources.ts";
import { age } from "../cells.ts";
import { roundUpToMilli } from "../core/pod/resource-list.ts";
import { defineKind } from "../define.ts";
import { runtimeClassWarnings, validateRuntimeClass } from "./runtime-class-rules.ts";

export const runtimeClass = defineKind(runtimeClasses, {
  rechecksNames: true,
  bareFinalizers: "all",
  applyDefaults({ overhead }) {
    if (overhead?.podFixed) roundUpToMilli(overhead.podFixed);
  },
  validate: validateRuntimeClass,
  warnings: runtimeClassWarnings,
  columns: [{ name: "Handler", cell: ({ handler }) => handler ?? "" }, age],
  createsOnUpdate: true,
  unconditionalUpdate: false,
});
