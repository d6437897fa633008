// ResourceQuota: how much a namespace may have in all.
import { resourceQuotas } from "../../resources.ts";
import type { ResourceQuota } from "../../types/core-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { roundUpToMilli } from "./pod/resource-list.ts";
import { checkResourceQuota } from "./resource-quota-rules.ts";

export const resourceQuota = defineKind(resourceQuotas, {
  shortNames: ["quota"],
  subresources: [statusSubresource],
  applyDefaults({ spec, status }) {
    for (const list of [spec?.hard, status?.hard, status?.used]) if (list) roundUpToMilli(list);
  },
  prepare: specAndStatus(),
  validate: (next, old, { subresource }) => checkResourceQuota(next, old, subresource),
  columns: [
    { name: "Request", cell: (quota) => amounts(quota, false) },
    { name: "Limit", cell: (quota) => amounts(quota, true) },
    age,
  ],
  returnsDeleted: true,
});

const isLimit = (name: string): boolean => name.startsWith("limits.");

function amounts({ status }: ResourceQuota, limits: boolean): string {
  const { hard = {}, used = {} } = status ?? {};
  return Object.keys(hard)
    .filter((name) => isLimit(name) === limits)
    .sort()
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ");
}
