// The roles and bindings that every cluster has, and how a start brings what somebody changed up to date: what is
// missing is added, what was added by others stays.
import { equal } from "../../lib/equal.ts";
import { matchesLabels, selectionFrom } from "../../schema/selectors.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from "../../schema/types/rbac-v1.ts";
import facts from "./facts/default-roles.json" with { type: "json" };
import { uncovered } from "./rbac-cover.ts";

type Labels = Record<string, string>;

type Facts = {
  readonly roles: readonly {
    name: string;
    namespace?: string;
    labels?: Labels;
    rules?: PolicyRule[];
    /** Label sets of the roles whose rules this one gathers. */
    from?: Labels[];
  }[];
  readonly bindings: readonly {
    name: string;
    namespace?: string;
    /** `ClusterRole view`. */
    role: string;
    /** `Group x`, `User y`, `ServiceAccount namespace/z`. */
    to: string[];
  }[];
};

const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;
const autoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

export type AnyRole = Role | ClusterRole;
export type AnyBinding = RoleBinding | ClusterRoleBinding;

export function defaultRoles(): AnyRole[] {
  return (facts as Facts).roles.map(({ name, namespace, labels, rules, from }) => ({
    apiVersion,
    kind: namespace === undefined ? "ClusterRole" : "Role",
    metadata: metadata(name, namespace, labels),
    ...(rules === undefined ? {} : { rules }),
    ...(from === undefined
      ? {}
      : {
          aggregationRule: { clusterRoleSelectors: from.map((matchLabels) => ({ matchLabels })) },
        }),
  }));
}

/** The rules of a default role as it was before anybody changed it. */
export const roleRules = (name: string): readonly PolicyRule[] =>
  (facts as Facts).roles.find((r) => r.name === name)?.rules ?? [];

export function defaultBindings(): AnyBinding[] {
  return (facts as Facts).bindings.map(({ name, namespace, role, to }) => {
    const [kind = "", roleName = ""] = role.split(" ");
    return {
      apiVersion,
      kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
      metadata: metadata(name, namespace),
      subjects: to.map(subjectOf),
      roleRef: { apiGroup: group, kind, name: roleName },
    };
  });
}

const metadata = (name: string, namespace: string | undefined, labels: Labels = {}) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...labels },
  annotations: { [autoUpdate]: "true" },
});

function subjectOf(text: string): Subject {
  const [kind = "", name = ""] = text.split(" ");
  if (kind !== "ServiceAccount") return { apiGroup: group, kind, name };
  const [namespace = "", account = ""] = name.split("/");
  return { kind, name: account, namespace };
}

/** `existing` with what it lacks; undefined when it lacks nothing, or its owner wants it left alone. */
export function updatedRole<T extends AnyRole>(existing: T, expected: AnyRole): T | undefined {
  const next = labelled(existing, expected);
  if (next === undefined) return undefined;
  const missing = uncovered(existing.rules ?? [], expected.rules ?? []);
  if (missing.length > 0) next.rules = [...(existing.rules ?? []), ...missing];
  if ("aggregationRule" in expected || "aggregationRule" in existing) {
    const wanted = (expected as ClusterRole).aggregationRule?.clusterRoleSelectors;
    const held = (existing as ClusterRole).aggregationRule?.clusterRoleSelectors ?? [];
    const lacking = (wanted ?? []).filter((w) => !held.some((h) => equal(h, w)));
    const clusterRole = next as ClusterRole;
    if (wanted === undefined) delete clusterRole.aggregationRule;
    else if (lacking.length > 0) {
      clusterRole.aggregationRule = { clusterRoleSelectors: [...held, ...lacking] };
    }
  }
  return equal(next, existing) ? undefined : next;
}

/** As `updatedRole`; "recreate" when it binds another role, since that can never be changed. */
export function updatedBinding<T extends AnyBinding>(
  existing: T,
  expected: AnyBinding,
): T | "recreate" | undefined {
  const next = labelled(existing, expected);
  if (next === undefined) return undefined;
  if (!equal(existing.roleRef, expected.roleRef)) return "recreate";
  const held = existing.subjects ?? [];
  const missing = (expected.subjects ?? []).filter((w) => !held.some((h) => equal(h, w)));
  if (missing.length > 0) next.subjects = [...held, ...missing];
  return equal(next, existing) ? undefined : next;
}

/** A shallow copy with the expected labels and annotations, where they are not set otherwise. */
function labelled<T extends AnyRole | AnyBinding>(
  existing: T,
  expected: AnyRole | AnyBinding,
): T | undefined {
  if (existing.metadata.annotations?.[autoUpdate] === "false") return undefined;
  const labels = { ...expected.metadata.labels, ...existing.metadata.labels };
  const annotations = { ...expected.metadata.annotations, ...existing.metadata.annotations };
  return { ...existing, metadata: { ...existing.metadata, labels, annotations } };
}

/** The rules that an aggregated role gathers from `roles`; undefined when it has them already. */
export function gatheredRules(
  role: ClusterRole,
  roles: readonly ClusterRole[],
): PolicyRule[] | undefined {
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selection = selectionFrom(selector);
    const sources = roles
      .filter(
        ({ metadata: m }) => m.name !== role.metadata.name && matchesLabels(selection, m.labels),
      )
      .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
    for (const rule of sources.flatMap((s) => s.rules ?? [])) {
      if (!rules.some((known) => equal(known, rule))) rules.push(rule);
    }
  }
  return equal(rules, role.rules ?? []) ? undefined : rules;
}
