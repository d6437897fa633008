// Cluster roles that are the sum of others, chosen by their labels.
import type { Change } from "../../client/cache.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { equal } from "../../lib/equal.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { clusterRoles } from "../../schema/resources.ts";
import type { ClusterRole, PolicyRule } from "../../schema/types/rbac-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { matches } from "../selector.ts";

/** The name under which the rules are owned in managed fields, as upstream. */
const fieldManager = "clusterrole-aggregation-controller";

export type Observed = { role: ClusterRole; others: readonly ClusterRole[] };

function reconcile({ role, others }: Observed): Action[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  const name = role.metadata.name ?? "";
  if (!role.aggregationRule) return [];
  const rules: PolicyRule[] = [];
  for (const selector of selectors ?? []) {
    const chosen = others.filter((other) => matches(selector, other.metadata.labels));
    for (const other of chosen.sort(byName)) {
      if (other.metadata.name === name) continue;
      for (const rule of other.rules ?? [])
        if (!rules.some((known) => equal(known, rule))) rules.push(rule);
    }
  }
  if (equal(rules, role.rules ?? [])) return [];
  const { kind } = clusterRoles;
  // With the UID a role that has just gone does not come back.
  const metadata = { name, uid: role.metadata.uid };
  const patch = { apiVersion: apiVersionOf(clusterRoles), kind, metadata, rules };
  return [
    {
      do: "patch",
      resource: clusterRoles,
      ref: { name },
      type: "apply",
      force: true,
      fieldManager,
      patch,
    },
  ];
}

const byName = (a: ClusterRole, b: ClusterRole): number =>
  a.metadata.name! < b.metadata.name! ? -1 : 1;

export function startClusterRoleAggregation(parts: Parts): Running {
  const cache = parts.caches.of(clusterRoles);
  const concerned = (change: Change<ClusterRole>): string[] => {
    const { old, next } = change;
    const changed = [old, next].filter((role) => role !== undefined);
    if (
      old &&
      next &&
      equal(old.rules, next.rules) &&
      equal(old.metadata.labels, next.metadata.labels)
    )
      return ownKey(change);
    const sums = cache
      .list()
      .filter(({ aggregationRule }) =>
        aggregationRule?.clusterRoleSelectors?.some((selector) =>
          changed.some((role) => matches(selector, role.metadata.labels)),
        ),
      );
    return [...ownKey(change), ...sums.map((role) => role.metadata.name!)];
  };
  return startController({
    ...parts,
    name: "clusterrole-aggregation",
    sources: [source(cache, concerned)],
    observe(name) {
      const role = cache.get({ name });
      return role && { role, others: cache.list() };
    },
    reconcile,
  });
}
