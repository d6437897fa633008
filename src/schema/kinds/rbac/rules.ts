// What may stand in roles and bindings.
import { invalidValue, item, notSupported, required } from "../../field-error.ts";
import { checkPathSegment, nameIsDnsSubdomain } from "../../names.ts";
import { checkLabelSelector, hasInvalidValue } from "../../selectors.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from "../../types/rbac-v1.ts";
import { immutableProblem, type Out, objectName, refuse } from "../checks.ts";
import { rbacGroup } from "./binding-columns.ts";

export const checkRole = ({ rules }: Role): Cause[] => [
  ...ruleProblems(rules ?? [], true),
  ...missingVerbs(rules ?? []),
];

function ruleProblems(rules: readonly PolicyRule[], namespaced: boolean): Cause[] {
  const out: Out = [];
  for (const [index, rule] of rules.entries()) {
    checkRule(out, item("rules", index), rule, namespaced);
  }
  return out;
}

/** The published definitions state this rule, and what they state is told last. */
const missingVerbs = (rules: readonly PolicyRule[]): Cause[] =>
  rules.flatMap(({ verbs }, index) =>
    verbs?.length ? [] : [required(`${item("rules", index)}.verbs`)],
  );

export function checkClusterRole(next: ClusterRole, old: ClusterRole | undefined): Cause[] {
  const out: Out = ruleProblems(next.rules ?? [], false);
  checkAggregation(out, next, old);
  return [...out, ...missingVerbs(next.rules ?? [])];
}

function checkAggregation(out: Out, next: ClusterRole, old: ClusterRole | undefined): void {
  const { aggregationRule } = next;
  if (aggregationRule === undefined) return;
  const at = "aggregationRule.clusterRoleSelectors";
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    const rule = "at least one clusterRoleSelector required if aggregationRule is non-nil";
    out.push(required(at, rule));
  }
  // What was stored before values were checked may stay.
  const keepsValues = (old?.aggregationRule?.clusterRoleSelectors ?? []).some(hasInvalidValue);
  selectors.forEach((selector, index) => {
    const causes = checkLabelSelector(item(at, index), selector, { keepsValues });
    out.push(...causes);
    if (causes.length > 0) {
      out.push(invalidValue(item(at, index), undefined, "invalid label selector."));
    }
  });
}

function checkRule(out: Out, at: string, rule: PolicyRule, namespaced: boolean): void {
  const { apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  if (nonResourceURLs?.length) {
    const field = `${at}.nonResourceURLs`;
    if (namespaced) {
      const why = "namespaced rules cannot apply to non-resource URLs";
      out.push(invalidValue(field, nonResourceURLs, why));
    }
    if (apiGroups?.length || resources?.length || resourceNames?.length) {
      const why = "rules cannot apply to both regular resources and non-resource URLs";
      out.push(invalidValue(field, nonResourceURLs, why));
    }
    return;
  }
  if (!apiGroups?.length) {
    out.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"));
  }
  if (!resources?.length) {
    out.push(required(`${at}.resources`, "resource rules must supply at least one resource"));
  }
}

type Binding = RoleBinding | ClusterRoleBinding;

export const checkRoleBinding = (next: RoleBinding, old: RoleBinding | undefined): Cause[] =>
  checkBinding(next, old, ["Role", "ClusterRole"]);

export const checkClusterRoleBinding = (
  next: ClusterRoleBinding,
  old: ClusterRoleBinding | undefined,
): Cause[] => checkBinding(next, old, ["ClusterRole"]);

/** A binding that can only name cluster roles is one for the whole cluster. */
function checkBinding(next: Binding, old: Binding | undefined, kinds: string[]): Cause[] {
  const out: Out = [];
  const { apiGroup = "", kind = "", name = "" } = next.roleRef ?? {};
  if (apiGroup !== rbacGroup) out.push(notSupported("roleRef.apiGroup", apiGroup, [rbacGroup]));
  if (!kinds.includes(kind)) out.push(notSupported("roleRef.kind", kind, kinds));
  const isChanged = old !== undefined && !semanticEqual(next.roleRef, old.roleRef);
  if (name !== "") refuse(out, "roleRef.name", name, checkPathSegment(name));
  else if (isChanged) out.push(required("roleRef.name"));
  const namespaced = kinds.length > 1;
  for (const [index, subject] of (next.subjects ?? []).entries()) {
    checkSubject(out, item("subjects", index), subject, namespaced);
  }
  if (isChanged) {
    const shown = { APIGroup: apiGroup, Kind: kind, Name: name };
    out.push(invalidValue("roleRef", shown, immutableProblem));
  }
  return [...out, ...missingNames(next, isChanged)];
}

/** As `missingVerbs`; that a changed reference has no name was said before. */
function missingNames({ subjects, roleRef }: Binding, isChanged: boolean): Cause[] {
  const late: Out = [];
  for (const [index, { name }] of (subjects ?? []).entries()) {
    if (!name) late.push(required(`${item("subjects", index)}.name`));
  }
  if (!roleRef?.name && !isChanged) late.push(required("roleRef.name"));
  return late;
}

function checkSubject(out: Out, at: string, subject: Subject, namespaced: boolean): void {
  const { kind = "", apiGroup = "", name = "", namespace = "" } = subject;
  switch (kind) {
    case "ServiceAccount":
      if (name !== "") objectName(out, `${at}.name`, name, nameIsDnsSubdomain);
      if (apiGroup !== "") out.push(notSupported(`${at}.apiGroup`, apiGroup, [""]));
      if (!namespaced && namespace === "") out.push(required(`${at}.namespace`));
      return;
    case "User":
    case "Group":
      if (apiGroup !== rbacGroup) {
        out.push(notSupported(`${at}.apiGroup`, apiGroup, [rbacGroup]));
      }
      return;
    default:
      out.push(notSupported(`${at}.kind`, kind, ["ServiceAccount", "User", "Group"]));
  }
}
