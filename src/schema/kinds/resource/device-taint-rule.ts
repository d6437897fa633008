// DeviceTaintRule: taints for devices, set by people rather than drivers.
import { deviceTaintRules } from "../../resources.ts";
import { printTime } from "../../time.ts";
import type { DeviceTaintRule } from "../../types/resource-v1.ts";
import { age, since } from "../cells.ts";
import { dnsLabel } from "../checks.ts";
import { checkConditions } from "../conditions.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { type Found, findings } from "./found.ts";
import { checkDriver, checkPool, fits } from "./names.ts";
import { checkTaint } from "./taint-rules.ts";

const conditionsMax = 8;

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
  validate: (next, old, { subresource }) =>
    findings((found) => {
      if (subresource !== "status") checkTaintRule(found, next, old);
      else {
        const conditions = next.status?.conditions ?? [];
        checkConditions(found.out, "status.conditions", conditions);
        fits(found.out, "status.conditions", conditions, conditionsMax);
      }
    }),
  unconditionalUpdate: false,
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
});

function checkTaintRule(
  found: Found,
  next: DeviceTaintRule,
  old: DeviceTaintRule | undefined,
): void {
  const { out, declared } = found;
  const { deviceSelector: { driver, pool, device } = {}, taint } = next.spec ?? {};
  if (driver !== undefined) checkDriver(out, "spec.deviceSelector.driver", driver);
  if (pool !== undefined) checkPool(out, "spec.deviceSelector.pool", pool);
  if (device !== undefined) dnsLabel(out, "spec.deviceSelector.device", device);
  const isKnown = old !== undefined && old.spec.taint.effect === taint?.effect;
  checkTaint({ out, declared: isKnown ? [] : declared }, "spec.taint", taint ?? {});
}
