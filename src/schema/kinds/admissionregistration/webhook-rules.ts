// The rules of webhook configurations.
import { duplicate, required } from "../../field-error.ts";
import { checkDns1035Label, checkDnsSubdomain } from "../../names.ts";
import { checkLabelSelector, hasInvalidValue } from "../../selectors.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type { MutatingWebhook, ValidatingWebhook } from "../../types/admissionregistration-v1.ts";
import type { ObjectMeta } from "../../types/meta-v1.ts";
import { invalid, type Out, refuse, supportedOnly } from "../checks.ts";
import { checkWebhookClient } from "../webhook-client.ts";
import { checkMatchConditions } from "./expressions.ts";
import { checkRule, matchPolicies, virtualWarnings } from "./resource-rules.ts";

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;
export type Configuration = {
  readonly metadata: ObjectMeta;
  readonly webhooks?: readonly Webhook[];
};

/** What a stored configuration breaks already may stay. */
type Tolerance = {
  readonly conditions: boolean;
  readonly sideEffects: boolean;
  readonly versions: boolean;
  readonly names: boolean;
  readonly values: boolean;
};

export function validateWebhooks(next: Configuration, old: Configuration | undefined): Cause[] {
  const out: Out = [];
  const { webhooks = [] } = next;
  const tolerance = toleranceOf(webhooks, old?.webhooks);
  const names = new Set<string>();
  for (const [i, webhook] of webhooks.entries()) {
    const at = `webhooks[${i}]`;
    checkWebhook(out, at, webhook, tolerance);
    checkVersions(out, `${at}.admissionReviewVersions`, webhook, tolerance);
    const { name = "" } = webhook;
    if (name === "" || tolerance.names) continue;
    if (names.has(name)) out.push(duplicate(`${at}.name`, name));
    names.add(name);
  }
  if (old === undefined) checkStaticName(out, next.metadata);
  return out;
}

const staticSuffix = ".static.k8s.io";
const staticProblem = `names ending with "${staticSuffix}" are reserved for static manifest-based configurations and cannot be managed via the API`;

/** Of webhooks, policies and bindings: names that a file on the server's disk may have. */
export function checkStaticName(out: Out, { name = "" }: ObjectMeta): void {
  if (name.endsWith(staticSuffix)) invalid(out, "metadata.name", name, staticProblem);
}

export const staticNameWarnings = ({ name = "" }: ObjectMeta): string[] =>
  name.endsWith(staticSuffix) ? [`metadata.name: ${staticProblem}`] : [];

export const webhookWarnings = (next: Configuration, old: Configuration | undefined): string[] => [
  ...(old === undefined ? [] : staticNameWarnings(next.metadata)),
  ...(next.webhooks ?? []).flatMap(({ rules }, i) => virtualWarnings(`webhooks[${i}]`, rules)),
];

function toleranceOf(next: readonly Webhook[], old: readonly Webhook[] | undefined): Tolerance {
  const hooks = old ?? [];
  const names = hooks.map(({ name }) => name);
  return {
    conditions:
      old?.length === next.length &&
      next.every((hook, i) => semanticEqual(hook.matchConditions, old[i]!.matchConditions)),
    sideEffects: hooks.some(({ sideEffects }) => !harmless.includes(sideEffects ?? "")),
    versions: hooks.some(
      ({ admissionReviewVersions: versions = [] }) =>
        versions.length > 0 && !versions.some(isAccepted),
    ),
    names: new Set(names).size < names.length,
    values: hooks.some(
      (hook) => hasInvalidValue(hook.namespaceSelector) || hasInvalidValue(hook.objectSelector),
    ),
  };
}

const failurePolicies = ["Fail", "Ignore"];
const reinvocations = ["IfNeeded", "Never"];
const harmless = ["None", "NoneOnDryRun"];
const anySideEffects = ["None", "NoneOnDryRun", "Some", "Unknown"];
const timeoutSecondsMax = 30;

function checkWebhook(out: Out, at: string, hook: Webhook, tolerance: Tolerance): void {
  const { failurePolicy, matchPolicy, sideEffects, timeoutSeconds: seconds } = hook;
  checkFullName(out, `${at}.name`, hook.name ?? "");
  for (const [i, rule] of (hook.rules ?? []).entries()) checkRule(out, `${at}.rules[${i}]`, rule);
  if (failurePolicy !== undefined) {
    supportedOnly(out, `${at}.failurePolicy`, failurePolicy, failurePolicies);
  }
  if (matchPolicy !== undefined) {
    supportedOnly(out, `${at}.matchPolicy`, matchPolicy, matchPolicies);
  }
  const allowed = tolerance.sideEffects ? anySideEffects : harmless;
  if (sideEffects === undefined) {
    out.push(required(`${at}.sideEffects`, `must specify one of ${allowed.join(", ")}`));
  } else supportedOnly(out, `${at}.sideEffects`, sideEffects, allowed);
  if (seconds !== undefined && (seconds > timeoutSecondsMax || seconds < 1)) {
    const detail = `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`;
    invalid(out, `${at}.timeoutSeconds`, seconds, detail);
  }
  for (const field of ["namespaceSelector", "objectSelector"] as const) {
    const options = { keepsValues: tolerance.values };
    out.push(...checkLabelSelector(`${at}.${field}`, hook[field], options));
  }
  if (hook.reinvocationPolicy !== undefined) {
    supportedOnly(out, `${at}.reinvocationPolicy`, hook.reinvocationPolicy, reinvocations);
  }
  checkWebhookClient(out, `${at}.clientConfig`, hook.clientConfig ?? {});
  if (tolerance.conditions) return;
  checkMatchConditions(out, `${at}.matchConditions`, hook.matchConditions);
}

/** Upstream's IsFullyQualifiedName. */
function checkFullName(out: Out, at: string, name: string): void {
  const problems = checkDnsSubdomain(name);
  if (name === "") out.push(required(at));
  else if (problems.length > 0) invalid(out, at, name, problems.join(","));
  else if (name.split(".").length < 3) {
    const detail = "should be a domain with at least three segments separated by dots";
    invalid(out, at, name, detail);
  }
}

const accepted = ["v1", "v1beta1"];
const isAccepted = (version: string): boolean => accepted.includes(version);

function checkVersions(
  out: Out,
  at: string,
  { admissionReviewVersions: versions = [] }: Webhook,
  tolerance: Tolerance,
): void {
  if (versions.length === 0) {
    out.push(required(at, `must specify one of ${accepted.join(", ")}`));
    return;
  }
  const seen = new Set<string>();
  for (const [i, version] of versions.entries()) {
    if (seen.has(version)) {
      invalid(out, `${at}[${i}]`, version, "duplicate version");
      continue;
    }
    seen.add(version);
    refuse(out, `${at}[${i}]`, version, checkDns1035Label(version));
  }
  if (tolerance.versions || versions.some(isAccepted)) return;
  invalid(out, at, versions, `must include at least one of ${accepted.join(", ")}`);
}
