// Which flow schema a request belongs to: upstream's rules, made into one function for each schema.
import type { Identity } from "../../schema/api-request.ts";
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from "../../schema/types/flowcontrol-v1.ts";
import type { Attributes } from "../context.ts";

export type Matcher = (identity: Identity, attributes: Attributes) => boolean;

export function matcherOf({ spec }: FlowSchema): Matcher {
  const rules = (spec.rules ?? []).map(ruleMatcher);
  return (identity, attributes) => rules.some((rule) => rule(identity, attributes));
}

function ruleMatcher(rule: PolicyRulesWithSubjects): Matcher {
  const subjects = rule.subjects.map(subjectMatcher);
  const resources = (rule.resourceRules ?? []).map(resourceMatcher);
  const paths = (rule.nonResourceRules ?? []).map(pathMatcher);
  return (identity, attributes) =>
    subjects.some((subject) => subject(identity)) &&
    (attributes.isResource ? resources : paths).some((one) => one(attributes));
}

function subjectMatcher({
  kind,
  user,
  group,
  serviceAccount,
}: Subject): (identity: Identity) => boolean {
  switch (kind) {
    case "User":
      return (identity) => user?.name === "*" || user?.name === identity.user;
    case "Group": {
      const name = group?.name ?? "";
      return name === "*" ? () => true : (identity) => identity.groups.includes(name);
    }
    case "ServiceAccount": {
      if (serviceAccount === undefined) return () => false;
      const prefix = `system:serviceaccount:${serviceAccount.namespace}:`;
      if (serviceAccount.name === "*") return (identity) => identity.user.startsWith(prefix);
      const full = prefix + serviceAccount.name;
      return (identity) => identity.user === full;
    }
    default:
      return () => false;
  }
}

type AttributeMatcher = (attributes: Attributes) => boolean;

function resourceMatcher(rule: ResourcePolicyRule): AttributeMatcher {
  const verb = oneOf(rule.verbs);
  const resource = oneOf(rule.resources);
  const group = oneOf(rule.apiGroups);
  const namespace = oneOf(rule.namespaces ?? []);
  return (asked) =>
    verb(asked.verb) &&
    group(asked.group) &&
    resource(asked.subresource === "" ? asked.plural : `${asked.plural}/${asked.subresource}`) &&
    (asked.namespace === "" ? rule.clusterScope === true : namespace(asked.namespace));
}

function pathMatcher(rule: NonResourcePolicyRule): AttributeMatcher {
  const verb = oneOf(rule.verbs);
  const paths = rule.nonResourceURLs.map((path) => {
    // Upstream takes a path for all below it, with a star at its end or without.
    const prefix = path.replace(/\*$/, "").replace(/\/?$/, "/");
    return (asked: string) => path === "*" || asked === path || asked.startsWith(prefix);
  });
  return (asked) => verb(asked.verb) && paths.some((path) => path(asked.path));
}

/** A star stands alone, as validation demands. */
function oneOf(names: readonly string[]): (name: string) => boolean {
  if (names.length === 1 && names[0] === "*") return () => true;
  return (name) => names.includes(name);
}
