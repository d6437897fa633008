// LimitRange: bounds and defaults for what pods and claims of a namespace ask for.
import { limitRanges } from "../../resources.ts";
import type { LimitRangeItem } from "../../types/core-v1.ts";
import { createdAt } from "../cells.ts";
import { defineKind } from "../define.ts";
import { checkLimitRange } from "./limit-range-rules.ts";
import { roundUpToMilli } from "./pod/resource-list.ts";

export const limitRange = defineKind(limitRanges, {
  rechecksNames: true,
  shortNames: ["limits"],
  applyDefaults({ spec }) {
    for (const limit of spec?.limits ?? []) defaultItem(limit);
  },
  // As upstream, which gives one without a name another such number.
  prepare(next, old) {
    if (old === undefined) next.metadata.name ||= next.metadata.uid;
  },
  validate: checkLimitRange,
  columns: [createdAt],
  createsOnUpdate: true,
});

function defaultItem(item: LimitRangeItem): void {
  if (item.type === "Container") {
    item.default = { ...item.max, ...item.default };
    item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
  }
  const { max, min, maxLimitRequestRatio } = item;
  for (const list of [max, min, item.default, item.defaultRequest, maxLimitRequestRatio]) {
    if (list) roundUpToMilli(list);
  }
}
