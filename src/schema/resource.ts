// A light token for a served kind: what a caller needs to name a path and a type, without loading
// its facts.

declare const object: unique symbol;

export type Resource<T = unknown> = {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  /** Full name of the definition, for `shapeOf`; "" for custom resources. */
  readonly type: string;
  /** Never there: carries the type of the objects. */
  readonly [object]?: T;
};

/** As objects name it: `v1` in the core group, else `apps/v1`. */
export const apiVersionOf = ({ group, version }: Pick<Resource, "group" | "version">): string =>
  group === "" ? version : `${group}/${version}`;

/** The group of an `apiVersion`; "" is the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
