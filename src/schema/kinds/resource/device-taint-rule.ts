// DeviceTaintRule: taints for devices, set by people rather than drivers.
import { deviceTaintRules } from "../../resources.ts";
import { printTime } from "../../time.ts";
import type { DeviceTaintRule } from "../../types/resource-v1.ts";
import { age, since } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";

export const deviceTaintRule = defineKind(deviceTaintRules, {
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  prepare: specAndStatus<DeviceTaintRule>({
    generationOf: specOf,
    statusKeepsMetadata: true,
    also({ spec }, old, { now }) {
      if (!spec?.taint) return;
      const before = old?.spec?.taint;
      const isStale =
        before && spec.taint.effect !== before.effect && spec.taint.timeAdded === before.timeAdded;
      if (isStale || !spec.taint.timeAdded) spec.taint.timeAdded = printTime(now);
    },
  }),
  columns: [
    { name: "Key", cell: ({ spec }) => spec?.taint?.key ?? "" },
    { name: "Value", cell: ({ spec }) => spec?.taint?.value ?? "" },
    { name: "Effect", cell: ({ spec }) => spec?.taint?.effect ?? "" },
    {
      name: "TimeAdded",
      cell: ({ spec }, now) => (spec?.taint?.timeAdded ? since(spec.taint.timeAdded, now) : ""),
    },
    age,
  ],
  returnsDeleted: true,
});
