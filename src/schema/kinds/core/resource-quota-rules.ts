// What may stand in a ResourceQuota: limits of known names, and scopes that fit them.
import { invalidValue, keyed, required } from "../../field-error.ts";
import { isOmitted } from "../../given-empty.ts";
import type { Cause } from "../../status-error.ts";
import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from "../../types/core-v1.ts";
import { immutableProblem, type Out } from "../checks.ts";
import type { ResourceList } from "./pod/resource-list.ts";
import { checkAmount, checkResourceName, isStandardQuota } from "./resource-names.ts";

export function checkResourceQuota(
  { metadata, spec, status }: ResourceQuota,
  old: ResourceQuota | undefined,
  subresource: string,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    if (!metadata.resourceVersion) out.push(required("resourceVersion"));
    checkAmounts(out, "status.hard", status?.hard);
    checkAmounts(out, "status.used", status?.used);
    return out;
  }
  checkAmounts(out, "spec.hard", spec?.hard);
  checkScopes(out, spec ?? {});
  if (spec?.scopeSelector !== undefined) checkSelector(out, spec);
  if (old !== undefined && !sameScopes(spec, old.spec)) {
    const shown = spec?.scopes ?? (isOmitted(spec, "scopes") ? [] : null);
    out.push(invalidValue("spec.scopes", shown, immutableProblem));
  }
  return out;
}

function checkAmounts(out: Out, at: string, list: ResourceList | undefined): void {
  for (const [name, amount] of Object.entries(list ?? {})) {
    const field = keyed(at, name);
    checkResourceName(out, field, name);
    if (!name.includes("/") && !isStandardQuota(name)) {
      out.push(invalidValue(field, name, "must be a standard resource for quota"));
    }
    checkAmount(out, field, name, amount);
  }
}

const sameScopes = (
  a: ResourceQuotaSpec | undefined,
  b: ResourceQuotaSpec | undefined,
): boolean => {
  const [x, y] = [new Set(a?.scopes ?? []), new Set(b?.scopes ?? [])];
  return x.size === y.size && x.isSubsetOf(y);
};

const podResources = [
  "pods",
  ...["cpu", "memory"].flatMap((name) => [name, `limits.${name}`, `requests.${name}`]),
];

/** Standard limits that a scope can be combined with. */
const scopeResources: Readonly<Record<string, readonly string[]>> = {
  Terminating: podResources,
  NotTerminating: podResources,
  NotBestEffort: podResources,
  PriorityClass: podResources,
  CrossNamespacePodAffinity: podResources,
  BestEffort: ["pods"],
  VolumeAttributesClass: ["persistentvolumeclaims", "requests.storage"],
};

const isKnown = (scope: string): boolean => Object.hasOwn(scopeResources, scope);

/** Number of standard limits that do not go with the scope. */
function misfits(scope: string, { hard }: ResourceQuotaSpec): number {
  if (!isKnown(scope)) return 0;
  const names = Object.keys(hard ?? {}).filter(isStandardQuota);
  return names.filter((name) => !scopeResources[scope]!.includes(name)).length;
}

const opposites = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

function checkScopes(out: Out, spec: ResourceQuotaSpec): void {
  const scopes: readonly string[] = spec.scopes ?? [];
  const bad = (why: string): void => void out.push(invalidValue("spec.scopes", scopes, why));
  for (const scope of scopes) {
    if (!isKnown(scope)) bad("unsupported scope");
    for (let n = misfits(scope, spec); n > 0; n--) bad("unsupported scope applied to resource");
  }
  for (const pair of opposites) {
    if (pair.every((scope) => scopes.includes(scope))) bad("conflicting scopes");
  }
}

/** Scopes of which a pod simply is one or not. */
const plainScopes = [
  "BestEffort",
  "NotBestEffort",
  "Terminating",
  "NotTerminating",
  "CrossNamespacePodAffinity",
];

const plainProblem =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
  "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function checkSelector(out: Out, spec: ResourceQuotaSpec): void {
  const at = "spec.scopeSelector.matchExpressions";
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  for (const expression of expressions) {
    const { scopeName, operator } = expression;
    if (!isKnown(scopeName)) {
      out.push(invalidValue(`${at}.scopeName`, scopeName, "unsupported scope"));
    }
    for (let n = misfits(scopeName, spec); n > 0; n--) {
      const why = "unsupported scope applied to resource";
      out.push(invalidValue(at, { MatchExpressions: expressions.map(inGo) }, why));
    }
    if (plainScopes.includes(scopeName) && operator !== "Exists") {
      out.push(invalidValue(`${at}.operator`, operator, plainProblem));
    }
    checkValues(out, at, expression);
  }
  const names: readonly string[] = expressions.map((e) => e.scopeName);
  for (const pair of opposites) {
    if (!pair.every((scope) => names.includes(scope))) continue;
    out.push(
      invalidValue(
        "spec.scopeSelector.matchExpressions",
        spec.scopes ?? null,
        "conflicting scopes",
      ),
    );
  }
}

/** As upstream's own form of it, which has no JSON names, is shown. */
const inGo = ({ scopeName, operator, values }: ScopedResourceSelectorRequirement): object => ({
  ScopeName: scopeName,
  Operator: operator,
  Values: values ?? null,
});

function checkValues(
  out: Out,
  at: string,
  { operator, values = [] }: ScopedResourceSelectorRequirement,
): void {
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length > 0) return;
      out.push(
        required(
          `${at}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ),
      );
      return;
    case "Exists":
    case "DoesNotExist":
      if (values.length === 0) return;
      out.push(
        invalidValue(
          `${at}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      );
      return;
    default:
      out.push(invalidValue(`${at}.operator`, operator, "not a valid selector operator"));
  }
}
