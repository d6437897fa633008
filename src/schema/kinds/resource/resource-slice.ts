// ResourceSlice: devices that a driver offers, on one node or on many.
import { quoted } from "../../quoted.ts";
import { resourceSlices } from "../../resources.ts";
import { printTime } from "../../time.ts";
import type { Device, ResourceSlice, ResourceSliceSpec } from "../../types/resource-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { specOf, wholeObject } from "../strategy.ts";
import { findings } from "./found.ts";
import { checkSlice } from "./slice-rules.ts";

export const resourceSlice = defineKind(resourceSlices, {
  prepare: wholeObject<ResourceSlice>({
    generationOf: specOf,
    also: ({ spec }, old, { now }) => {
      if (spec === undefined) return;
      dropDisabled(spec, old?.spec);
      for (const { taints } of spec.devices ?? []) {
        for (const taint of taints ?? []) taint.timeAdded ??= printTime(now);
      }
    },
  }),
  validate: (next, old) => findings((found) => checkSlice(found, next, old)),
  warnings: ({ spec }) => {
    const { driver = "" } = spec ?? {};
    if (driver === driver.toLowerCase()) return [];
    const shown = quoted(driver);
    return [
      `spec.driver: driver names should be lowercase; ${shown} contains uppercase characters`,
    ];
  },
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

/** Behind gates that are off by default. Lists of values stay where a slice has one already. */
function dropDisabled(spec: ResourceSliceSpec, old: ResourceSliceSpec | undefined): void {
  delete spec.partitionTypeAttribute;
  delete spec.skipNodeOperations;
  const keepsLists = hasLists(old);
  for (const device of spec.devices ?? []) {
    if (!keepsLists) dropLists(device);
    delete device.nodeAllocatableResources;
    for (const counter of device.consumesCounters ?? []) delete counter.compatibilityGroups;
  }
}

const lists = ["bools", "ints", "strings", "versions"] as const;

const hasLists = (spec: ResourceSliceSpec | undefined): boolean =>
  (spec?.devices ?? []).some(({ attributes }) =>
    Object.values(attributes ?? {}).some((attribute) => lists.some((list) => attribute[list])),
  );

function dropLists({ attributes }: Device): void {
  for (const attribute of Object.values(attributes ?? {})) {
    for (const list of lists) delete attribute[list];
  }
}
