import { kindsOf, shapeOf } from "../schema/facts.ts";
import { type ApiObject, type Column, type Kind, makeKind } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { TokenRequest } from "../schema/types/authentication-v1.ts";

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
    const applyDefaults = defaults[kind];
    made = makeKind(
      resource,
      { ...(columns && { columns }), ...(applyDefaults && { applyDefaults }) },
      shapeOf,
    );
    bodyKinds.set(name, made);
  }
  return made;
}

const defaults: Readonly<Record<string, (object: ApiObject) => void>> = {
  TokenRequest(object) {
    const { spec } = object as TokenRequest;
    if (spec) spec.expirationSeconds ??= tokenSeconds;
  },
};

/** How long a token holds whose request does not say. */
export const tokenSeconds = 3600;

const bodyKinds = new Map<string, Kind>();
