// The rules of a job's spec, in a job and in a cron job's template.
import { invalidValue, keyed, notSupported, required, tooLong } from "../../field-error.ts";
import { checkLabelSelector } from "../../selectors.ts";
import type { Job, JobSpec } from "../../types/batch-v1.ts";
import { domainPath, notNegative, type Out, supportedOnly } from "../checks.ts";
import { checkSelectsTemplate, checkTemplate, selects } from "../core/pod/template.ts";
import { checkFailurePolicy } from "./failure-policy.ts";
import {
  controllerUidLabel,
  jobNameLabel,
  legacyControllerUidLabel,
  legacyJobNameLabel,
} from "./job-selector.ts";
import { checkSuccessPolicy } from "./success-policy.ts";

/** Above this many completions a job with a limit for each index has tighter limits. */
const completionsMany = 100_000;
const parallelismMax = 100_000;
const failedIndexesMax = 100_000;
const manyMax = 10_000;
const managedByBytesMax = 63;
const replacementPolicies = ["Failed", "TerminatingOrFailed"];

export function checkJobSpec(out: Out, at: string, spec: JobSpec): void {
  checkRunSpec(out, at, spec);
  if (spec.selector === undefined) out.push(required(`${at}.selector`));
  else out.push(...checkLabelSelector(`${at}.selector`, spec.selector));
  checkSelectsTemplate(out, `${at}.template`, spec.selector, spec.template);
}

/** All but the selector, which a cron job's template may not have. */
export function checkRunSpec(out: Out, at: string, spec: JobSpec): void {
  checkCounts(out, at, spec);
  if (spec.managedBy !== undefined) {
    domainPath(out, `${at}.managedBy`, spec.managedBy);
    if (spec.managedBy.length > managedByBytesMax) {
      out.push(tooLong(`${at}.managedBy`, managedByBytesMax));
    }
  }
  checkCompletionMode(out, at, spec);
  if (spec.podFailurePolicy) {
    checkFailurePolicy(out, `${at}.podFailurePolicy.rules`, spec, spec.podFailurePolicy.rules);
  }
  if (spec.successPolicy && spec.completionMode !== "Indexed") {
    const detail = "requires indexed completion mode";
    out.push(invalidValue(`${at}.successPolicy`, spec.successPolicy, detail));
  } else if (spec.successPolicy) {
    checkSuccessPolicy(out, `${at}.successPolicy.rules`, spec, spec.successPolicy.rules);
  }
  checkReplacement(out, `${at}.podReplacementPolicy`, spec);
  checkTemplate(out, `${at}.template`, spec.template);
  checkRestartPolicy(out, `${at}.template.spec.restartPolicy`, spec);
}

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;

function checkCounts(out: Out, at: string, spec: JobSpec): void {
  for (const field of counts) notNegative(out, `${at}.${field}`, spec[field]);
  if (spec.maxFailedIndexes === undefined || spec.backoffLimitPerIndex !== undefined) return;
  out.push(required(`${at}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
}

function checkCompletionMode(out: Out, at: string, spec: JobSpec): void {
  const { completionMode: mode } = spec;
  if (mode !== undefined && mode !== "NonIndexed" && mode !== "Indexed") {
    out.push(notSupported(`${at}.completionMode`, mode, ["NonIndexed", "Indexed"]));
  }
  if (mode === "Indexed") checkIndexed(out, at, spec);
  if (mode !== undefined && mode !== "NonIndexed") return;
  for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"] as const) {
    if (spec[field] === undefined) continue;
    out.push(invalidValue(`${at}.${field}`, spec[field], "requires indexed completion mode"));
  }
}

function checkIndexed(out: Out, at: string, spec: JobSpec): void {
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  const tooHigh = (field: "parallelism" | "maxFailedIndexes", limit: string) =>
    out.push(invalidValue(`${at}.${field}`, spec[field], `must be less than or equal to ${limit}`));
  if (completions === undefined) {
    out.push(required(`${at}.completions`, "when completion mode is Indexed"));
  }
  if (parallelism > parallelismMax) {
    tooHigh("parallelism", `${parallelismMax} when completion mode is Indexed`);
  }
  if (completions !== undefined && (maxFailedIndexes ?? 0) > completions) {
    tooHigh("maxFailedIndexes", "completions");
  }
  if ((maxFailedIndexes ?? 0) > failedIndexesMax) {
    tooHigh("maxFailedIndexes", `${failedIndexesMax}`);
  }
  if ((completions ?? 0) <= completionsMany || spec.backoffLimitPerIndex === undefined) return;
  const above = `when completions are above ${completionsMany} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) {
    const detail = `must be specified when completions is above ${completionsMany}`;
    out.push(required(`${at}.maxFailedIndexes`, detail));
  }
  if (parallelism > manyMax) tooHigh("parallelism", `${manyMax} ${above}`);
  if ((maxFailedIndexes ?? 0) > manyMax) tooHigh("maxFailedIndexes", `${manyMax} ${above}`);
}

function checkReplacement(out: Out, at: string, spec: JobSpec): void {
  const { podReplacementPolicy: policy } = spec;
  const supported = spec.podFailurePolicy ? ["Failed"] : replacementPolicies;
  if (policy !== undefined) supportedOnly(out, at, policy, supported);
}

function checkRestartPolicy(out: Out, at: string, { template, podFailurePolicy }: JobSpec): void {
  const { restartPolicy: policy = "" } = template.spec;
  if (policy === "Always" || policy === "") {
    out.push(required(at, 'valid values: "OnFailure", "Never"'));
  } else if (policy !== "OnFailure" && policy !== "Never") {
    out.push(notSupported(at, policy, ["OnFailure", "Never"]));
  } else if (podFailurePolicy && policy !== "Never") {
    const detail = 'only "Never" is supported when podFailurePolicy is specified';
    out.push(invalidValue(at, policy, detail));
  }
}

/** The labels that the server has set on the template must be there as it set them. */
export function checkGeneratedSelector(out: Out, { metadata, spec }: Job): void {
  if (spec.manualSelector || spec.selector === undefined) return;
  const { uid = "", name = "" } = metadata;
  if (uid === "") out.push(required("metadata.uid"));
  const expected: [string, string][] = [
    [legacyControllerUidLabel, uid],
    [legacyJobNameLabel, name],
    [controllerUidLabel, uid],
    [jobNameLabel, name],
  ];
  const labels = spec.template.metadata?.labels ?? {};
  for (const [label, value] of expected) {
    const at = keyed("spec.template.metadata.labels", label);
    if (!Object.hasOwn(labels, label)) out.push(required(at, `must be '${value}'`));
    else if (labels[label] !== value) {
      out.push(invalidValue(at, labels, `must be '${value}'`));
    }
  }
  if (selects(spec.selector, Object.fromEntries(expected)) !== "no") return;
  out.push(invalidValue("spec.selector", spec.selector, "`selector` not auto-generated"));
}
