// What a job does about pods that failed in a certain way.

import { duplicate, invalidValue, notSupported, required, tooMany } from "../../field-error.ts";
import { isGivenEmpty } from "../../given-empty.ts";
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from "../../types/batch-v1.ts";
import { type Out, qualifiedName, wrong } from "../checks.ts";

const rulesMax = 20;
const conditionsMax = 20;
const exitCodesMax = 255;
const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const operators = ["In", "NotIn"];
const statuses = ["False", "True", "Unknown"];

export function checkFailurePolicy(
  out: Out,
  at: string,
  spec: JobSpec,
  rules: readonly PodFailurePolicyRule[] = [],
): void {
  if (rules.length > rulesMax) out.push(tooMany(at, rules.length, rulesMax));
  const { containers = [], initContainers = [] } = spec.template.spec;
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  for (const [i, rule] of rules.entries()) {
    const here = `${at}[${i}]`;
    const { action, onExitCodes, onPodConditions = [] } = rule;
    if (action !== "FailIndex") supported(out, `${here}.action`, action, actions);
    else if (spec.backoffLimitPerIndex === undefined) {
      const detail = "requires the backoffLimitPerIndex to be set";
      out.push(invalidValue(`${here}.action`, action, detail));
    }
    if (onExitCodes) checkExitCodes(out, `${here}.onExitCodes`, onExitCodes, names);
    checkConditions(out, `${here}.onPodConditions`, onPodConditions);
    if (onExitCodes && onPodConditions.length > 0) {
      const detail = "specifying both OnExitCodes and OnPodConditions is not supported";
      wrong(out, here, detail);
    } else if (!onExitCodes && onPodConditions.length === 0) {
      const detail = "specifying one of OnExitCodes and OnPodConditions is required";
      wrong(out, here, detail);
    }
  }
}

/** As `oneOf`, where a missing value is told what it could be. */
function supported(
  out: Out,
  at: string,
  value: string | undefined,
  values: readonly string[],
): void {
  if (!value) {
    const known = values.map((v) => JSON.stringify(v)).join(" ");
    out.push(required(at, `valid values: [${known}]`));
  } else if (!values.includes(value)) out.push(notSupported(at, value, values));
}

function checkConditions(
  out: Out,
  at: string,
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
): void {
  if (patterns.length > conditionsMax) out.push(tooMany(at, patterns.length, conditionsMax));
  for (const [i, { type, status }] of patterns.entries()) {
    qualifiedName(out, `${at}[${i}].type`, type);
    supported(out, `${at}[${i}].status`, status, statuses);
  }
}

function checkExitCodes(
  out: Out,
  at: string,
  { operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  names: ReadonlySet<string>,
): void {
  supported(out, `${at}.operator`, operator, operators);
  if (containerName !== undefined && !names.has(containerName)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    out.push(invalidValue(`${at}.containerName`, containerName, detail));
  }
  const field = `${at}.values`;
  if (values.length === 0)
    out.push(
      invalidValue(field, isGivenEmpty(values) ? [] : null, "at least one value is required"),
    );
  if (values.length > exitCodesMax) out.push(tooMany(field, values.length, exitCodesMax));
  const seen = new Set<number>();
  for (const [i, code] of values.entries()) {
    if (operator === "In" && code === 0) {
      out.push(invalidValue(`${field}[${i}]`, code, "must not be 0 for the In operator"));
    }
    if (seen.has(code)) out.push(duplicate(`${field}[${i}]`, code));
    seen.add(code);
  }
  if (values.some((code, i) => i > 0 && values[i - 1]! > code)) {
    out.push(invalidValue(field, values, "must be ordered"));
  }
}
