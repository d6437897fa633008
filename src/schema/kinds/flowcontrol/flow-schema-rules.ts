// The rules of a flow schema.
import { fieldForbidden, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { checkDnsLabel, nameIsDnsLabel, nameIsDnsSubdomain } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  ServiceAccountSubject,
  Subject,
} from "../../types/flowcontrol-v1.ts";
import { invalid, type Out, objectName, refuse } from "../checks.ts";
import { checkTypes } from "./conditions.ts";
import { fixedSchemas } from "./fixed.ts";

const precedenceMax = 10_000;
const distinguishers = ["ByNamespace", "ByUser"];

export function validateFlowSchema(
  { metadata, spec, status }: FlowSchema,
  _old: FlowSchema | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  const { name = "" } = metadata;
  if (subresource === "") {
    checkSpec(out, name, spec ?? ({} as FlowSchemaSpec));
    const fixed = fixedSchemas.get(name);
    if (fixed && !semanticEqual(spec, fixed)) {
      invalid(out, "spec", spec, `spec of '${name}' must equal the fixed value`);
    }
  }
  checkTypes(out, status?.conditions);
  return out;
}

function checkSpec(out: Out, name: string, spec: FlowSchemaSpec): void {
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method } = spec;
  const field = "spec.matchingPrecedence";
  if (precedence <= 0) invalid(out, field, precedence, "must be a positive value");
  if (precedence > precedenceMax) {
    invalid(out, field, precedence, `must not be greater than ${precedenceMax}`);
  }
  if (precedence === 1 && name !== "exempt") {
    const detail = "only the schema named 'exempt' may have matchingPrecedence 1";
    invalid(out, field, precedence, detail);
  }
  if (method && !distinguishers.includes(method.type)) {
    // Upstream shows its own struct, whose fields have names of Go.
    const shown = { Type: method.type };
    out.push(notSupported("spec.distinguisherMethod.type", shown, distinguishers));
  }
  const level = spec.priorityLevelConfiguration?.name ?? "";
  const at = "spec.priorityLevelConfiguration.name";
  if (level === "") out.push(required(at, "must reference a priority level"));
  else objectName(out, at, level, nameIsDnsSubdomain);
  for (const [i, rule] of (spec.rules ?? []).entries()) checkRule(out, `spec.rules[${i}]`, rule);
}

function checkRule(out: Out, at: string, rule: PolicyRulesWithSubjects): void {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  for (const [i, subject] of subjects.entries()) {
    checkSubject(out, `${at}.subjects[${i}]`, subject);
  }
  if (subjects.length === 0) {
    out.push(required(`${at}.subjects`, "subjects must contain at least one value"));
  }
  if (resourceRules.length + nonResourceRules.length === 0) {
    const detail = "at least one of resourceRules and nonResourceRules has to be non-empty";
    out.push(required(at, detail));
  }
  for (const [i, one] of resourceRules.entries()) {
    checkResources(out, `${at}.resourceRules[${i}]`, one);
  }
  for (const [i, one] of nonResourceRules.entries()) {
    checkUrls(out, `${at}.nonResourceRules[${i}]`, one);
  }
}

const subjectKinds = ["Group", "ServiceAccount", "User"];
/** The field for each kind of subject. */
const subjectFields = [
  ["serviceAccount", "ServiceAccount"],
  ["user", "User"],
  ["group", "Group"],
] as const;

function checkSubject(out: Out, at: string, subject: Subject): void {
  const { kind = "" } = subject;
  if (!subjectKinds.includes(kind)) {
    out.push(notSupported(`${at}.kind`, kind, subjectKinds));
    return;
  }
  for (const [field, of] of subjectFields) {
    if (of !== kind) continue;
    const value = subject[field];
    if (value === undefined) {
      out.push(required(`${at}.${field}`, `${field} is required when subject kind is '${kind}'`));
    } else if (field === "serviceAccount") {
      checkAccount(out, `${at}.${field}`, value as ServiceAccountSubject);
    } else if (!value.name) out.push(required(`${at}.${field}.name`));
  }
  for (const [field, of] of subjectFields) {
    if (of === kind || subject[field] === undefined) continue;
    const detail = `${field} is forbidden when subject kind is not '${of}'`;
    out.push(fieldForbidden(`${at}.${field}`, detail));
  }
}

function checkAccount(out: Out, at: string, { name, namespace }: ServiceAccountSubject): void {
  if (!name) out.push(required(`${at}.name`));
  else if (name !== "*") objectName(out, `${at}.name`, name, nameIsDnsSubdomain);
  if (namespace) objectName(out, `${at}.namespace`, namespace, nameIsDnsLabel);
  else out.push(required(`${at}.namespace`, "must specify namespace for service account"));
}

const verbs = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "proxy",
  "update",
  "watch",
];

const isMixed = (values: readonly string[]): boolean => values.length > 1 && values.includes("*");

function checkVerbs(out: Out, at: string, asked: readonly string[]): void {
  if (asked.length === 0) out.push(required(at, "verbs must contain at least one value"));
  else if (isMixed(asked)) {
    invalid(out, at, asked, "if '*' is present, must not specify other verbs");
  } else if (!asked.every((verb) => verb === "*" || verbs.includes(verb))) {
    out.push(notSupported(at, asked, verbs));
  }
}

function checkResources(out: Out, at: string, rule: ResourcePolicyRule): void {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope } = rule;
  checkVerbs(out, `${at}.verbs`, rule.verbs ?? []);
  checkSome(out, `${at}.apiGroups`, apiGroups, ["api group", "api groups"]);
  checkSome(out, `${at}.resources`, resources, ["resource", "resources"]);
  const field = `${at}.namespaces`;
  if (namespaces.length === 0 && !clusterScope) {
    const detail = "resource rules that are not cluster scoped must supply at least one namespace";
    out.push(required(field, detail));
  } else if (isMixed(namespaces)) {
    invalid(out, field, namespaces, "if '*' is present, must not specify other namespaces");
  } else if (!namespaces.includes("*")) {
    for (const [i, name] of namespaces.entries()) {
      const intro = "each member of this list must be '*' or a DNS-1123 label; ";
      refuse(
        out,
        `${field}[${i}]`,
        name,
        checkDnsLabel(name).map((problem) => intro + problem),
      );
    }
  }
}

function checkSome(
  out: Out,
  at: string,
  values: readonly string[],
  [one, many]: readonly [string, string],
): void {
  if (values.length === 0) {
    out.push(required(at, `resource rules must supply at least one ${one}`));
  } else if (isMixed(values)) {
    invalid(out, at, values, `if '*' is present, must not specify other ${many}`);
  }
}

function checkUrls(out: Out, at: string, rule: NonResourcePolicyRule): void {
  const { nonResourceURLs: urls = [] } = rule;
  const field = `${at}.nonResourceURLs`;
  checkVerbs(out, `${at}.verbs`, rule.verbs ?? []);
  if (urls.length === 0) {
    out.push(required(field, "nonResourceURLs must contain at least one value"));
  } else if (isMixed(urls)) {
    const detail = "if '*' is present, must not specify other non-resource URLs";
    invalid(out, field, urls, detail);
  } else if (!urls.includes("*")) {
    for (const [i, url] of urls.entries()) {
      const problem = urlProblem(url);
      if (problem) invalid(out, `${field}[${i}]`, url, problem);
    }
  }
}

function urlProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const wildcards = url.split("*").length - 1;
  const isSuffix = wildcards === 0 || (wildcards === 1 && url.endsWith("/*"));
  return isSuffix ? undefined : "wildcard can only do suffix matching";
}
