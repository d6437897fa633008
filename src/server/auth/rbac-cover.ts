// Whether some rules grant all that others do. Each rule is taken apart into its smallest grants, one verb on one
// resource of one group, and each of these must be held by a single rule of the owner.
import type { PolicyRule } from "../../schema/types/rbac-v1.ts";
import { urlCovers } from "./rbac-rule.ts";

/** The grants of `wanted` that no rule of `held` covers; a rule of too many grants is one of them as a whole. */
export function uncovered(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): PolicyRule[] {
  return wanted.flatMap((rule) => {
    if (held.some((h) => ruleCovers(h, rule))) return [];
    if (grantCount(rule) > grantsMax) return [rule];
    return grantsOf(rule).filter((grant) => !held.some((h) => ruleCovers(h, grant)));
  });
}

/** Grants of one rule that are looked at one by one; a rule of a few kilobytes could have millions. */
const grantsMax = 10_000;

function grantCount({
  verbs = [],
  apiGroups,
  resources,
  resourceNames,
  nonResourceURLs,
}: PolicyRule) {
  const names = Math.max(resourceNames?.length ?? 0, 1);
  const onResources = (apiGroups?.length ?? 0) * (resources?.length ?? 0) * names;
  return verbs.length * (onResources + (nonResourceURLs?.length ?? 0));
}

function grantsOf(rule: PolicyRule): PolicyRule[] {
  const grants: PolicyRule[] = [];
  const names = rule.resourceNames ?? [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs ?? []) {
        const grant: PolicyRule = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (names.length === 0) grants.push(grant);
        for (const name of names) grants.push({ ...grant, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs ?? []) grants.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return grants;
}

function ruleCovers(held: PolicyRule, wanted: PolicyRule): boolean {
  const {
    verbs,
    apiGroups = [],
    resources = [],
    resourceNames = [],
    nonResourceURLs = [],
  } = wanted;
  return (
    verbs.every((verb) => hasOrAll(held.verbs, verb)) &&
    apiGroups.every((group) => hasOrAll(held.apiGroups, group)) &&
    resources.every((resource) => resourceCovers(held.resources ?? [], resource)) &&
    nonResourceURLs.every((url) => held.nonResourceURLs?.some((h) => urlCovers(h, url)) ?? false) &&
    (resources.length === 0 || namesCover(held.resourceNames ?? [], resourceNames))
  );
}

const hasOrAll = (held: readonly string[] | undefined, one: string): boolean =>
  held?.some((h) => h === "*" || h === one) ?? false;

function resourceCovers(held: readonly string[], resource: string): boolean {
  if (held.includes("*") || held.includes(resource)) return true;
  const subresource = resource.split("/", 2)[1];
  return subresource !== undefined && held.includes(`*/${subresource}`);
}

/** Every name is more than any list of names. */
function namesCover(held: readonly string[], wanted: readonly string[]): boolean {
  return held.length === 0 || (wanted.length > 0 && wanted.every((name) => held.includes(name)));
}

/** Grants of one resource become one rule again, with all its verbs. */
export function compacted(grants: readonly PolicyRule[]): PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const grant of grants) {
    const { apiGroups, resources, resourceNames = [] } = grant;
    if (apiGroups?.length !== 1 || resources?.length !== 1 || resourceNames.length > 1) {
      others.push(grant);
      continue;
    }
    const key = JSON.stringify([apiGroups, resources, resourceNames]);
    const known = simple.get(key);
    if (known === undefined) simple.set(key, { ...grant, verbs: [...grant.verbs] });
    else known.verbs.push(...grant.verbs);
  }
  return [...others, ...simple.values()];
}

/** As Go prints a rule: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function printedRule(rule: PolicyRule): string {
  const part = (name: string, values: readonly string[] | undefined): string[] =>
    values === undefined || values.length === 0 ? [] : [`${name}:${quotedList(values)}`];
  return `{${[
    ...part("APIGroups", rule.apiGroups),
    ...part("Resources", rule.resources),
    ...part("NonResourceURLs", rule.nonResourceURLs),
    ...part("ResourceNames", rule.resourceNames),
    ...part("Verbs", rule.verbs),
  ].join(", ")}}`;
}

/** As Go prints a list of strings: `["a" "b"]`. */
export const quotedList = (values: readonly string[]): string =>
  `[${values.map((v) => JSON.stringify(v)).join(" ")}]`;
