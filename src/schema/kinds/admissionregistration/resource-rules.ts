// Which requests a webhook or a policy is for.
import { duplicate, notSupported, required } from "../../field-error.ts";
import { checkPathSegment } from "../../names.ts";
import { checkLabelSelector } from "../../selectors.ts";
import type {
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from "../../types/admissionregistration-v1.ts";
import { invalid, type Out, refuse, supportedOnly } from "../checks.ts";

const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const scopes = ["*", "Cluster", "Namespaced"];
export const matchPolicies = ["Equivalent", "Exact"];

export function checkMatchResources(out: Out, at: string, match: MatchResources | undefined): void {
  if (match === undefined) return;
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  if (matchPolicy === undefined) out.push(required(`${at}.matchPolicy`));
  else supportedOnly(out, `${at}.matchPolicy`, matchPolicy, matchPolicies);
  if (namespaceSelector === undefined) out.push(required(`${at}.namespaceSelector`));
  out.push(...checkLabelSelector(`${at}.namespaceSelector`, namespaceSelector));
  if (objectSelector === undefined) out.push(required(`${at}.objectSelector`));
  out.push(...checkLabelSelector(`${at}.objectSelector`, objectSelector));
  for (const list of ["resourceRules", "excludeResourceRules"] as const) {
    for (const [i, rule] of (match[list] ?? []).entries()) {
      checkNamedRule(out, `${at}.${list}[${i}]`, rule);
    }
  }
}

function checkNamedRule(out: Out, at: string, rule: NamedRuleWithOperations): void {
  const seen = new Set<string>();
  for (const [i, name] of (rule.resourceNames ?? []).entries()) {
    refuse(out, `${at}.resourceNames[${i}]`, name, checkPathSegment(name));
    if (seen.has(name)) out.push(duplicate(`${at}.resourceNames[${i}]`, name));
    seen.add(name);
  }
  checkRule(out, at, rule);
}

export function checkRule(out: Out, at: string, rule: RuleWithOperations): void {
  const { operations: asked = [], apiVersions = [], scope } = rule;
  checkSome(out, `${at}.operations`, asked, "operations");
  for (const [i, operation] of asked.entries()) {
    if (operations.includes(operation)) continue;
    out.push(notSupported(`${at}.operations[${i}]`, operation, operations));
  }
  checkSome(out, `${at}.apiGroups`, rule.apiGroups ?? [], "API groups");
  checkSome(out, `${at}.apiVersions`, apiVersions, "API versions");
  for (const [i, version] of apiVersions.entries()) {
    if (version === "") out.push(required(`${at}.apiVersions[${i}]`));
  }
  checkResources(out, `${at}.resources`, rule.resources ?? []);
  if (scope !== undefined) supportedOnly(out, `${at}.scope`, scope, scopes);
}

function checkSome(out: Out, at: string, values: readonly string[], what: string): void {
  if (values.length === 0) out.push(required(at));
  if (values.length < 2 || !values.includes("*")) return;
  invalid(out, at, values, `if '*' is present, must not specify other ${what}`);
}

/** `pods`, `pods/status`, `pods/*`, `*\/scale`: nothing may be named that is part of something else. */
function checkResources(out: Out, at: string, resources: readonly string[]): void {
  if (resources.length === 0) out.push(required(at));
  const withAllParts = new Set<string>();
  const ofAll = new Set<string>();
  let lastIsWhole = false;
  for (const [i, text] of resources.entries()) {
    if (text === "") {
      out.push(required(`${at}[${i}]`));
      continue;
    }
    const slash = text.indexOf("/");
    if (slash < 0) {
      // As upstream, the last one without a part decides.
      lastIsWhole = text !== "*";
      continue;
    }
    const [resource, part] = [text.slice(0, slash), text.slice(slash + 1)];
    const within = (whole: string) =>
      invalid(out, `${at}[${i}]`, text, `if '${whole}' is present, must not specify ${text}`);
    if (withAllParts.has(resource)) within(`${resource}/*`);
    if (ofAll.has(part)) within(`*/${part}`);
    if (part === "*") withAllParts.add(resource);
    if (resource === "*") ofAll.add(part);
  }
  if (resources.length > 1 && resources.includes("*/*")) {
    invalid(out, at, resources, "if '*/*' is present, must not specify other resources");
  }
  if (!resources.includes("*") || !lastIsWhole) return;
  const detail = "if '*' is present, must not specify other resources without subresources";
  invalid(out, at, resources, detail);
}

const virtual: ReadonlySet<string> = new Set([
  "selfsubjectreviews.authentication.k8s.io",
  "tokenreviews.authentication.k8s.io",
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
]);

/** Rules that name resources which no webhook is asked about. */
export function virtualWarnings(at: string, rules: readonly RuleWithOperations[] = []): string[] {
  const problem = "is excluded from admission webhooks; this rule will have no effect";
  return rules.flatMap(({ apiGroups = [], resources = [] }, i) => {
    if (apiGroups.includes("*") || resources.includes("*")) return [];
    const named = apiGroups.flatMap((group) => resources.map((name) => `${name}.${group}`));
    const found = [...new Set(named)].filter((name) => virtual.has(name));
    return found.map((name) => `${at}.rules[${i}]: ${name} ${problem}`);
  });
}
