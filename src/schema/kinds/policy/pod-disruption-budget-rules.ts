// The rules of a disruption budget.
import type { Write } from "../../kind.ts";
import { checkLabelSelector, hasInvalidValue } from "../../selectors.ts";
import type { Cause } from "../../status-error.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from "../../types/policy-v1.ts";
import { atMost100Percent, intOrPercent } from "../apps/rules.ts";
import { invalid, notNegative, type Out, supportedOnly } from "../checks.ts";
import { checkConditions } from "../conditions.ts";

const evictionPolicies = ["AlwaysAllow", "IfHealthyBudget"];

export function validateBudget(
  next: PodDisruptionBudget,
  old: PodDisruptionBudget | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") checkStatus(out, next);
  else checkSpec(out, next.spec ?? {}, hasInvalidValue(old?.spec?.selector));
  return out;
}

function checkSpec(out: Out, spec: PodDisruptionBudgetSpec, keepsValues: boolean): void {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    invalid(out, "spec", spec, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const field of ["minAvailable", "maxUnavailable"] as const) {
    intOrPercent(out, `spec.${field}`, spec[field]);
    atMost100Percent(out, `spec.${field}`, spec[field]);
  }
  out.push(...checkLabelSelector("spec.selector", spec.selector, { keepsValues }));
  if (policy === undefined) return;
  supportedOnly(out, "spec.unhealthyPodEvictionPolicy", policy, evictionPolicies);
}

const counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;

function checkStatus(out: Out, { status }: PodDisruptionBudget): void {
  checkConditions(out, "status.conditions", status?.conditions);
  for (const count of counts) notNegative(out, `status.${count}`, status?.[count]);
}
