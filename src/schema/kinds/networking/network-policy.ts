// NetworkPolicy: who may talk to which pods.

import { networkPolicies } from "../../resources.ts";
import type { NetworkPolicySpec } from "../../types/networking-v1.ts";
import { age, selectorOrNone } from "../cells.ts";
import { defineKind } from "../define.ts";
import { specOf, wholeObject } from "../strategy.ts";
import { networkPolicyWarnings, validateNetworkPolicy } from "./network-policy-rules.ts";

export const networkPolicy = defineKind(networkPolicies, {
  shortNames: ["netpol"],
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  prepare: wholeObject({ generationOf: specOf, countsEmpty: true }),
  validate: validateNetworkPolicy,
  warnings: networkPolicyWarnings,
  columns: [
    { name: "Pod-Selector", cell: ({ spec }) => selectorOrNone(spec?.podSelector ?? {}) },
    age,
  ],
});

function defaultSpec(spec: NetworkPolicySpec): void {
  for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of ports ?? []) port.protocol ??= "TCP";
  }
  if (spec.policyTypes?.length) return;
  spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
}
