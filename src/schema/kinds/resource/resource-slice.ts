// ResourceSlice: devices that a driver offers, on one node or on many.
import { resourceSlices } from "../../resources.ts";
import { printTime } from "../../time.ts";
import type { ResourceSlice, ResourceSliceSpec } from "../../types/resource-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { specOf, wholeObject } from "../strategy.ts";
import { findings } from "./found.ts";
import { checkSlice } from "./slice-rules.ts";

export const resourceSlice = defineKind(resourceSlices, {
  prepare: wholeObject<ResourceSlice>({
    generationOf: specOf,
    also: ({ spec }, _old, { now }) => {
      if (spec === undefined) return;
      dropDisabled(spec);
      for (const { taints } of spec.devices ?? []) {
        for (const taint of taints ?? []) taint.timeAdded ??= printTime(now);
      }
    },
  }),
  validate: (next, old) => findings((found) => checkSlice(found, next, old)),
  columns: [
    { name: "Node", cell: ({ spec }) => spec?.nodeName ?? "" },
    { name: "Driver", cell: ({ spec }) => spec?.driver ?? "" },
    { name: "Pool", cell: ({ spec }) => spec?.pool?.name ?? "" },
    age,
  ],
  unknownField: (field) =>
    `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  fieldSelectors: {
    "spec.nodeName": ({ spec }) => spec?.nodeName ?? "",
    "spec.driver": ({ spec }) => spec?.driver ?? "",
    "spec.pool.name": ({ spec }) => spec?.pool?.name ?? "",
  },
  returnsDeleted: true,
});

/** Behind gates that are off by default. */
function dropDisabled(spec: ResourceSliceSpec): void {
  delete spec.partitionTypeAttribute;
  delete spec.skipNodeOperations;
  for (const device of spec.devices ?? []) {
    delete device.nodeAllocatableResources;
    for (const counter of device.consumesCounters ?? []) delete counter.compatibilityGroups;
  }
}
