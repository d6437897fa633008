// ServiceCIDR: a block from which services get their addresses.

import { serviceCIDRs } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { validateServiceCidr } from "./service-cidr-rules.ts";

export const serviceCidr = defineKind(serviceCIDRs, {
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  prepare: specAndStatus({ statusKeepsMetadata: true }),
  validate: validateServiceCidr,
  columns: [{ name: "CIDRs", cell: ({ spec }) => (spec?.cidrs ?? []).join(",") }, age],
});
