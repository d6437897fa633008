// The rules of a HorizontalPodAutoscaler.
import { notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import type { Cause } from "../../status-error.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from "../../types/autoscaling-v2.ts";
import {
  forbidden,
  invalid,
  negativeProblem,
  notNegative,
  type Out,
  positive,
  supportedOnly,
} from "../checks.ts";
import { isNegative } from "../core/resource-names.ts";
import { checkMetric } from "./metric-rules.ts";
import { checkTarget, versionProblem } from "./target-rules.ts";

export function validateAutoscaler(
  next: HorizontalPodAutoscaler,
  old: HorizontalPodAutoscaler | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") checkStatus(out, next);
  else checkSpec(out, next.spec, old?.spec);
  return out;
}

function checkStatus(out: Out, { status }: HorizontalPodAutoscaler): void {
  for (const [i, condition] of (status?.conditions ?? []).entries()) {
    const { observedGeneration } = condition as { observedGeneration?: number };
    notNegative(out, `status.conditions[${i}].observedGeneration`, observedGeneration);
  }
  notNegative(out, "status.currentReplicas", status?.currentReplicas);
  notNegative(out, "status.desiredReplicas", status?.desiredReplicas);
}

type Spec = HorizontalPodAutoscalerSpec;

function checkSpec(out: Out, spec: Spec, old: Spec | undefined): void {
  const { minReplicas, maxReplicas = 0, scaleTargetRef, behavior } = spec;
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = "must be greater than or equal to `minReplicas`";
    invalid(out, "spec.maxReplicas", maxReplicas, detail);
  }
  checkTarget(out, "spec.scaleTargetRef", {
    to: scaleTargetRef,
    mayLackGroup: scaleTargetRef.kind === "ReplicationController",
    isKnown:
      old?.scaleTargetRef.apiVersion === scaleTargetRef.apiVersion &&
      old?.scaleTargetRef.kind === scaleTargetRef.kind,
  });
  checkMetrics(out, spec, old);
  checkRules(out, "spec.behavior.scaleUp", behavior?.scaleUp);
  checkRules(out, "spec.behavior.scaleDown", behavior?.scaleDown);
  // Said last, by upstream's newer kind of rules.
  if ((minReplicas ?? 0) < 0) invalid(out, "spec.minReplicas", minReplicas, negativeProblem);
  if (maxReplicas === 0) out.push(required("spec.maxReplicas"));
  else if (maxReplicas < 0) {
    invalid(out, "spec.maxReplicas", maxReplicas, "must be greater than or equal to 1");
  }
}

function checkMetrics(out: Out, spec: Spec, old: Spec | undefined): void {
  const { metrics = [] } = spec;
  const isKnown = (old?.metrics ?? []).some(
    ({ type, object }) =>
      type === "Object" &&
      object &&
      versionProblem(object.describedObject.apiVersion ?? "", true) !== undefined,
  );
  for (const [i, metric] of metrics.entries()) {
    checkMetric(out, `spec.metrics[${i}]`, metric, isKnown);
  }
  if (spec.minReplicas !== 0) return;
  // What pods use says nothing when there are none.
  if (metrics.some(({ type }) => type === "Object" || type === "External")) return;
  const detail =
    "must specify at least one Object or External metric to support scaling to zero replicas";
  forbidden(out, "spec.metrics", detail);
}

const windowSecondsMax = 3600;
const periodSecondsMax = 1800;
const selectPolicies = ["Disabled", "Max", "Min"];
const policyTypes = ["Percent", "Pods"];

function checkRules(out: Out, at: string, rules: HPAScalingRules | undefined): void {
  if (rules === undefined) return;
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies = [], tolerance } = rules;
  const field = `${at}.stabilizationWindowSeconds`;
  if (seconds !== undefined && seconds < 0) {
    invalid(out, field, seconds, "must be greater than or equal to zero");
  }
  if (seconds !== undefined && seconds > windowSecondsMax) {
    invalid(out, field, seconds, `must be less than or equal to ${windowSecondsMax}`);
  }
  if (selectPolicy !== undefined) {
    supportedOnly(out, `${at}.selectPolicy`, selectPolicy, selectPolicies);
  }
  if (policies.length === 0) {
    out.push(required(`${at}.policies`, "must specify at least one Policy"));
  }
  for (const [i, policy] of policies.entries()) checkPolicy(out, `${at}.policies[${i}]`, policy);
  if (isNegative(tolerance)) invalid(out, `${at}.tolerance`, tolerance, negativeProblem);
}

function checkPolicy(
  out: Out,
  at: string,
  { type, value, periodSeconds = 0 }: HPAScalingPolicy,
): void {
  if (!policyTypes.includes(type)) {
    out.push(notSupported(`${at}.type`, type ?? "", policyTypes));
  }
  positive(out, `${at}.value`, value);
  positive(out, `${at}.periodSeconds`, periodSeconds);
  if (periodSeconds <= periodSecondsMax) return;
  const detail = `must be less than or equal to ${periodSecondsMax}`;
  invalid(out, `${at}.periodSeconds`, periodSeconds, detail);
}
