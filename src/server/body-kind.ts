import { kindsOf, shapeOf } from "../schema/facts.ts";
import { type ApiObject, type Column, type Kind, makeKind } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";

export type KindName = { readonly group: string; readonly version: string; readonly kind: string };

/**
 * A built-in kind that is no resource of its own, as the body of a subresource: `Scale`, `Binding`, `Eviction`. Printed in
 * `columns`, where it is ever printed.
 */
export function bodyKind(
  { group, version, kind }: KindName,
  columns?: readonly Column<ApiObject>[],
): Kind {
  const name = `${group}/${version}/${kind}`;
  let made = bodyKinds.get(name);
  if (made === undefined) {
    const type = kindsOf(group, version).find((full) => full.endsWith(`.${kind}`));
    if (type === undefined) throw new Error(`${name} is not a published kind`);
    const plural = `${kind.toLowerCase()}s`;
    const resource: Resource<ApiObject> = {
      group,
      version,
      kind,
      plural,
      scope: "Namespaced",
      type,
    };
    made = makeKind(resource, columns === undefined ? {} : { columns }, shapeOf);
    bodyKinds.set(name, made);
  }
  return made;
}

const bodyKinds = new Map<string, Kind>();
