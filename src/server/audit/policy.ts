// What is written down of which request: the audit policy, its rules tried in order.
import type { Identity } from "../../schema/api-request.ts";
import { checkDnsSubdomain } from "../../schema/names.ts";
import { urlCovers } from "../auth/rbac-rule.ts";
import {
  type ConfigFile,
  type FileShape,
  fields,
  flag,
  list,
  mapOf,
  optional,
  type Problem,
  readConfig,
  text,
} from "../config/shape.ts";
import type { Attributes } from "../context.ts";

export type Level = "None" | "Metadata" | "Request" | "RequestResponse";
export type Stage = "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";

/** What the policy says of one request. */
export type Wanted = {
  readonly level: Level;
  readonly omitStages: ReadonlySet<string>;
  readonly omitManagedFields: boolean;
};

export type AuditPolicy = (identity: Identity, attributes: Attributes) => Wanted;

const ruleFields = fields({
  level: text,
  users: list(text),
  userGroups: list(text),
  verbs: list(text),
  resources: list(fields({ group: text, resources: list(text), resourceNames: list(text) })),
  namespaces: list(text),
  nonResourceURLs: list(text),
  omitStages: list(text),
  omitManagedFields: optional(flag),
});
const body = fields({
  metadata: fields({ name: text, labels: mapOf(text), annotations: mapOf(text) }),
  rules: list(ruleFields),
  omitStages: list(text),
  omitManagedFields: flag,
});

type Policy = ReturnType<typeof body>;
type Rule = ReturnType<typeof ruleFields>;

const levels: readonly string[] = ["None", "Metadata", "Request", "RequestResponse"];
const stages: readonly string[] = [
  "RequestReceived",
  "ResponseStarted",
  "ResponseComplete",
  "Panic",
];

const shape: FileShape<Policy> = {
  group: "audit.k8s.io",
  versions: ["v1"],
  kind: "Policy",
  body,
  check({ rules, omitStages }, problems) {
    if (rules.length === 0)
      problems.push({ field: "rules", reason: "a policy without rules audits nothing" });
    checkStages(omitStages, "omitStages", problems);
    for (const [index, rule] of rules.entries()) checkRule(rule, `rules[${index}]`, problems);
  },
};

/** Throws a ConfigError. */
export function readAuditPolicy(file: ConfigFile): AuditPolicy {
  const policy = readConfig(file, shape);
  const wanted = policy.rules.map((rule) => ({ rule, wanted: wantedBy(rule, policy) }));
  const otherwise: Wanted = {
    level: "None",
    omitStages: new Set(policy.omitStages),
    omitManagedFields: policy.omitManagedFields,
  };
  return (identity, attributes) =>
    wanted.find(({ rule }) => matches(rule, identity, attributes))?.wanted ?? otherwise;
}

const wantedBy = (rule: Rule, policy: Policy): Wanted => ({
  level: rule.level as Level,
  omitStages: new Set([...policy.omitStages, ...rule.omitStages]),
  omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields,
});

function checkStages(given: readonly string[], at: string, problems: Problem[]): void {
  for (const [index, stage] of given.entries()) {
    if (stages.includes(stage)) continue;
    const reason = `Invalid value: ${JSON.stringify(stage)}: allowed stages are ${stages.join(",")}`;
    problems.push({ field: `${at}[${index}]`, reason });
  }
}

function checkRule(rule: Rule, at: string, problems: Problem[]): void {
  const note = (field: string, reason: string): void =>
    void problems.push({ field: `${at}.${field}`, reason });
  const { level, nonResourceURLs: urls, resources, namespaces } = rule;
  if (level === "") note("level", "Required value");
  else if (!levels.includes(level)) {
    const known = levels.map((l) => JSON.stringify(l)).join(", ");
    note("level", `Unsupported value: ${JSON.stringify(level)}: supported values: ${known}`);
  }
  for (const [index, url] of urls.entries()) {
    const told = `Invalid value: ${JSON.stringify(url)}: non-resource URL`;
    const field = `nonResourceURLs[${index}]`;
    if (url === "*") continue;
    if (!url.startsWith("/")) note(field, `${told} rules must begin with a '/' character`);
    if (url.slice(0, -1).includes("*"))
      note(field, `${told} wildcards '*' must be the final character of the rule`);
  }
  for (const [index, { group, resources: named, resourceNames }] of resources.entries()) {
    const field = `resources[${index}]`;
    const wrong = group === "" || group === "*" ? [] : checkDnsSubdomain(group);
    if (wrong.length > 0)
      note(`${field}.group`, `Invalid value: ${JSON.stringify(group)}: ${wrong.join(",")}`);
    if (resourceNames.length > 0 && named.length === 0)
      note(
        `${field}.resourceNames`,
        "Invalid value: using resourceNames requires at least one resource",
      );
  }
  checkStages(rule.omitStages, `${at}.omitStages`, problems);
  if (urls.length > 0 && (resources.length > 0 || namespaces.length > 0))
    note(
      "nonResourceURLs",
      "Invalid value: rules cannot apply to both regular resources and non-resource URLs",
    );
}

function matches(rule: Rule, { user, groups }: Identity, asked: Attributes): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs: urls } = rule;
  if (users.length > 0 && !users.includes(user)) return false;
  if (userGroups.length > 0 && !userGroups.some((g) => groups.includes(g))) return false;
  if (verbs.length > 0 && !verbs.includes(asked.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(rule, asked);
  if (urls.length === 0) return true;
  return !asked.isResource && urls.some((url) => urlCovers(url, asked.path));
}

function matchesResource({ namespaces, resources }: Rule, asked: Attributes): boolean {
  if (!asked.isResource) return false;
  if (namespaces.length > 0 && !namespaces.includes(asked.namespace)) return false;
  if (resources.length === 0) return true;
  return resources.some(({ group, resources: named, resourceNames }) => {
    if (group !== asked.group && group !== "*") return false;
    if (named.length === 0) return true;
    if (resourceNames.length > 0 && !resourceNames.includes(asked.name)) return false;
    return named.some((name) => covers(name, asked));
  });
}

/** `pods`, `pods/log`, `pods/*`, any `scale` or `*`; `pods/*` means the pods themselves, too. */
function covers(name: string, { plural, subresource }: Attributes): boolean {
  const whole = subresource === "" ? plural : `${plural}/${subresource}`;
  if (name === "*" || name === whole) return true;
  if (subresource !== "" && name === `*/${subresource}`) return true;
  return name === `${plural}/*`;
}
