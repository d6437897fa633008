// One rule of a role against one request: upstream's matching rules, in the order of their cost.
import type { PolicyRule } from "../../schema/types/rbac-v1.ts";
import type { Attributes } from "../context.ts";

export type Asked = Pick<
  Attributes,
  "verb" | "isResource" | "path" | "group" | "plural" | "subresource" | "name"
>;

/** Whether the rule grants what is asked, names included. */
export function ruleAllows(rule: PolicyRule, asked: Asked): boolean {
  return ruleReaches(rule, asked) && (!asked.isResource || nameMatches(rule, asked.name));
}

/** As `ruleAllows`, but for some name: the rule's `resourceNames` are not looked at. */
export function ruleReaches(rule: PolicyRule, asked: Asked): boolean {
  if (!contains(rule.verbs, asked.verb)) return false;
  return asked.isResource
    ? contains(rule.apiGroups, asked.group) && resourceMatches(rule, asked)
    : urlMatches(rule, asked.path);
}

/** A rule without names is about every name; one with names never about a list or a create. */
export function nameMatches(rule: PolicyRule, name: string): boolean {
  const names = rule.resourceNames;
  return names === undefined || names.length === 0 || names.includes(name);
}

const contains = (values: readonly string[] | undefined, value: string): boolean =>
  values?.some((v) => v === "*" || v === value) ?? false;

function resourceMatches(rule: PolicyRule, { plural, subresource }: Asked): boolean {
  if (rule.resources === undefined) return false;
  if (subresource === "") return contains(rule.resources, plural);
  return rule.resources.some(
    (r) => r === "*" || r === `${plural}/${subresource}` || r === `*/${subresource}`,
  );
}

function urlMatches(rule: PolicyRule, path: string): boolean {
  return rule.nonResourceURLs?.some((url) => urlCovers(url, path)) ?? false;
}

/** `/healthz/*` covers everything that starts with `/healthz/`. */
export function urlCovers(url: string, path: string): boolean {
  if (url === "*" || url === path) return true;
  return url.endsWith("*") && path.startsWith(url.replace(/\*+$/, ""));
}
