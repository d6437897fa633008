// Nobody gives away rights that he does not have: a role may hold only what its author holds, and a binding only a role
// whose rules its author holds, unless he may `escalate` or `bind`.
import { equal } from "../../lib/equal.ts";
import { checkPathSegment } from "../../schema/names.ts";
import { badRequest, forbidden, notFound, StatusError } from "../../schema/status-error.ts";
import type { ClusterRole, PolicyRule, RoleBinding, RoleRef } from "../../schema/types/rbac-v1.ts";
import { mastersGroup } from "../auth/authorize.ts";
import type { Rbac } from "../auth/rbac.ts";
import { compacted, printedRule, quotedList, uncovered } from "../auth/rbac-cover.ts";
import type { Admission, AdmissionWrite, AnyAuthorizer, Attributes, Context } from "../context.ts";

const rbacGroup = "rbac.authorization.k8s.io";

export function escalation(rules: Rbac, authorize: AnyAuthorizer): Admission {
  return {
    name: "RBACEscalation",
    uncounted: true,
    handles: ({ group, subresource }, { operation }) =>
      group === rbacGroup &&
      subresource === "" &&
      (operation === "CREATE" || operation === "UPDATE"),
    async mutate(context, write) {
      if (context.identity.groups.includes(mastersGroup)) return;
      if (write.old !== undefined && onlyForCollection(write)) return;
      const plural = context.attributes.plural;
      if (plural === "roles" || plural === "clusterroles") {
        if (!(await mayEscalate(context, authorize))) checkRole(context, write, rules);
      } else await checkBinding(context, write, rules, authorize);
    },
  };
}

const everything: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

/** The garbage collector must be able to finish with a role that it could not write. */
function onlyForCollection({ object, old }: AdmissionWrite): boolean {
  const { ownerReferences, finalizers, managedFields } = old!.metadata;
  const metadata = { ...object!.metadata, ownerReferences, finalizers, managedFields };
  return equal({ ...object, metadata }, old);
}

async function mayEscalate(
  { identity, attributes }: Context,
  authorize: AnyAuthorizer,
): Promise<boolean> {
  const asked = { ...attributes, verb: "escalate", version: "*" };
  return (await authorize(identity, asked)).says === "allow";
}

function checkRole(context: Context, write: AdmissionWrite, rules: Rbac): void {
  const role = write.object as ClusterRole;
  const refuse = (why: string): never => {
    throw refused(context, role.metadata.name, why);
  };
  const why = missing(context, role.rules ?? [], rules);
  if (why !== undefined) refuse(why);
  const aggregates = [role, write.old as ClusterRole | undefined].some(
    (r) => (r?.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0,
  );
  if (aggregates && missing(context, everything, rules) !== undefined) {
    refuse("must have cluster-admin privileges to use the aggregationRule");
  }
}

async function checkBinding(
  context: Context,
  { object }: AdmissionWrite,
  rules: Rbac,
  authorize: AnyAuthorizer,
): Promise<void> {
  const { metadata, roleRef } = object as RoleBinding;
  if (await mayBind(context, roleRef, authorize)) return;
  const wanted = rules.rulesOf(roleRef, context.attributes.namespace);
  if (typeof wanted === "string") throw unresolved(context, roleRef, wanted);
  const why = missing(context, wanted, rules);
  if (why !== undefined) throw refused(context, metadata.name, why);
}

async function mayBind(
  context: Context,
  ref: RoleRef | undefined,
  authorize: AnyAuthorizer,
): Promise<boolean> {
  const plurals: Readonly<Record<string, string>> = { ClusterRole: "clusterroles", Role: "roles" };
  const plural = plurals[ref?.kind ?? ""];
  if (ref === undefined || plural === undefined) return false;
  const asked: Attributes = {
    ...context.attributes,
    verb: "bind",
    group: ref.apiGroup,
    version: "*",
    plural,
    subresource: "",
    name: ref.name,
  };
  return (await authorize(context.identity, asked)).says === "allow";
}

/** What of `wanted` the author does not hold, in upstream's words; undefined when he holds all. */
function missing(
  { identity, attributes }: Context,
  wanted: readonly PolicyRule[],
  rules: Rbac,
): string | undefined {
  const { granted, problems } = rules.grantsOf(identity, attributes.namespace);
  const held = granted.map((g) => g.rule);
  const lacking = uncovered(held, wanted);
  if (lacking.length === 0) return undefined;
  const lines = [...new Set(compacted(lacking).map(printedRule))].sort();
  const who = `user ${JSON.stringify(identity.user)} (groups=${quotedList(identity.groups)})`;
  const errors = problems.length === 0 ? "" : `; resolution errors: [${problems.join(" ")}]`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}${errors}`;
}

const refused = ({ attributes }: Context, name: string | undefined, why: string): StatusError =>
  forbidden({ group: rbacGroup, plural: attributes.plural, name: name ?? "" }, why);

/** Names under which upstream does not even look. */
function parameterProblem(name: string | undefined): string {
  if (name === undefined || name === "") return "Name parameter required.";
  const problems = checkPathSegment(name);
  return problems.length === 0
    ? ""
    : `Name parameter invalid: ${JSON.stringify(name)}: ${problems.join(";")}`;
}

/** Upstream looks for the role by way of the binding, and says so. */
function unresolved({ attributes }: Context, { kind, name }: RoleRef, why: string): StatusError {
  if (kind === "Role" && attributes.namespace === "")
    return badRequest("Namespace parameter required.");
  if (kind !== "ClusterRole" && kind !== "Role") return new StatusError(500, "", why);
  const what = parameterProblem(name);
  return what === ""
    ? notFound({ group: rbacGroup, plural: attributes.plural, name })
    : badRequest(what);
}
