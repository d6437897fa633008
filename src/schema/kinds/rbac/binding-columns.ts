// What both kinds of role bindings fill in and show.
import type { ApiObject, Column } from "../../kind.ts";
import type { RoleRef, Subject } from "../../types/rbac-v1.ts";
import { age } from "../cells.ts";

type Binding = ApiObject & { roleRef: RoleRef; subjects?: Subject[] };

export const rbacGroup = "rbac.authorization.k8s.io";

export function defaultBinding({ roleRef, subjects }: Binding): void {
  if (roleRef) roleRef.apiGroup ||= rbacGroup;
  for (const subject of subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= rbacGroup;
  }
}

const named =
  (wanted: string) =>
  ({ subjects }: Binding): string =>
    (subjects ?? [])
      .filter(({ kind }) => kind === wanted)
      .map(({ name, namespace }) => (wanted === "ServiceAccount" ? `${namespace}/${name}` : name))
      .join(", ");

export const bindingColumns: readonly Column<Binding>[] = [
  { name: "Role", cell: ({ roleRef }) => `${roleRef?.kind}/${roleRef?.name}` },
  age,
  { name: "Users", priority: 1, cell: named("User") },
  { name: "Groups", priority: 1, cell: named("Group") },
  { name: "ServiceAccounts", priority: 1, cell: named("ServiceAccount") },
];
