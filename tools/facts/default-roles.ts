// Writes the default roles and bindings as facts, from those of a real API server that has just started:
//
//   kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o json \
//     -l kubernetes.io/bootstrapping=rbac-defaults | node tools/facts/default-roles.ts
//
// The server must run without controllers, so that aggregated roles have no rules of their own yet.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Labels = Record<string, string>;
type Rule = Record<string, string[]>;
type Subject = { kind: string; name: string; namespace?: string };
type Item = {
  kind: string;
  metadata: { name: string; namespace?: string; labels: Labels };
  rules?: Rule[] | null;
  aggregationRule?: { clusterRoleSelectors: { matchLabels: Labels }[] };
  roleRef?: { kind: string; name: string };
  subjects?: Subject[];
};

const { items } = JSON.parse(readFileSync(0, "utf8")) as { items: Item[] };
const roles: string[] = [];
const bindings: string[] = [];
for (const { kind, metadata, rules, aggregationRule, roleRef, subjects = [] } of items) {
  const { "kubernetes.io/bootstrapping": _, ...labels } = metadata.labels;
  const head = {
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
  if (roleRef !== undefined) {
    bindings.push(
      JSON.stringify({ ...head, role: `${roleRef.kind} ${roleRef.name}`, to: subjects.map(text) }),
    );
  } else if (aggregationRule !== undefined) {
    const from = aggregationRule.clusterRoleSelectors.map((s) => s.matchLabels);
    roles.push(JSON.stringify({ ...head, from }));
  } else if (kind === "Role" || kind === "ClusterRole") {
    roles.push(
      `${JSON.stringify(head).slice(0, -1)},"rules":${lines(
        (rules ?? []).map((r) => JSON.stringify(r)),
        6,
      )}}`,
    );
  }
}
const target = join(import.meta.dirname, "../../src/server/auth/facts/default-roles.json");
writeFileSync(
  target,
  `{\n  "roles": ${lines(roles, 4)},\n  "bindings": ${lines(bindings, 4)}\n}\n`,
);

/** `Group x`, `User y`, `ServiceAccount namespace/z`. */
function text({ kind, name, namespace }: Subject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function lines(values: readonly string[], indent: number): string {
  const space = " ".repeat(indent);
  return `[\n${values.map((v) => space + v).join(",\n")}\n${space.slice(2)}]`;
}
