// Ingress: HTTP from outside to services, by host and path.

import { ingresses } from "../../resources.ts";
import type { Ingress } from "../../types/networking-v1.ts";
import { age } from "../cells.ts";
import { ingressAddresses } from "../core/service/columns.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { ingressWarnings, statusWarnings, validateIngress } from "./ingress-rules.ts";

export const ingress = defineKind(ingresses, {
  rechecksNames: true,
  shortNames: ["ing"],
  subresources: [statusSubresource],
  prepare: specAndStatus<Ingress>({
    generationOf: specOf,
    also: (next, old) => {
      if (old === undefined) next.status = { loadBalancer: {} };
    },
  }),
  validate: validateIngress,
  warnings: ingressWarnings,
  statusWarnings,
  columns: [
    { name: "Class", cell: ({ spec }) => spec?.ingressClassName ?? "<none>" },
    { name: "Hosts", cell: hosts },
    {
      name: "Address",
      cell: ({ status }) => ingressAddresses(status?.loadBalancer?.ingress).join(","),
    },
    { name: "Ports", cell: ({ spec }) => (spec?.tls?.length ? "80, 443" : "80") },
    age,
  ],
});

const hostsMax = 3;

/** Rules without a host take a place in the count but not in the list. */
function hosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? [];
  const list: string[] = [];
  for (const { host } of rules) if (host && list.length < hostsMax) list.push(host);
  if (list.length === 0) return "*";
  const after = list.length < hostsMax ? 0 : rules.length - indexOfThird(rules) - 1;
  return after > 0 ? `${list.join(",")} + ${rules.length - hostsMax} more...` : list.join(",");
}

function indexOfThird(rules: readonly { host?: string }[]): number {
  let seen = 0;
  return rules.findIndex(({ host }) => host && ++seen === hostsMax);
}
