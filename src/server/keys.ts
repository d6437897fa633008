// Where objects stand in the store: /registry/GROUP/PLURAL/NAMESPACE/NAME, so that one prefix is one list.
import type { Kind } from "../schema/kind.ts";

type Stored = Pick<Kind, "resource" | "storedAs">;

/** The kind's objects, or those of one namespace. Ends with a slash. */
export function prefixOf({ resource, storedAs }: Stored, namespace = ""): string {
  const { group, plural } = storedAs ?? resource;
  const root = `/registry/${group === "" ? "core" : group}/${plural}/`;
  return namespace === "" ? root : `${root}${namespace}/`;
}

/** `namespace` is ignored for cluster-wide kinds. */
export function keyOf(kind: Stored, namespace: string, name: string): string {
  return prefixOf(kind, kind.resource.scope === "Namespaced" ? namespace : "") + name;
}
