// Objects of one kind brought from one served version to another, by way of what is stored.
import { clone } from "../schema/clone.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { Kinds } from "./context.ts";
import { prefixOf } from "./keys.ts";

type Known = { readonly revision: number; readonly of: Map<Kind, readonly Kind[]> };

const known = new WeakMap<Kinds, Known>();

/** All served versions of what `kind` is stored as, itself included; looked up once until other kinds are served. */
export function equivalentKinds(kinds: Kinds, kind: Kind): readonly Kind[] {
  let current = known.get(kinds);
  if (current?.revision !== kinds.revision) {
    current = { revision: kinds.revision, of: new Map() };
    known.set(kinds, current);
  }
  let versions = current.of.get(kind);
  if (versions === undefined) {
    const place = prefixOf(kind);
    versions = kind.virtual ? [kind] : kinds.all().filter((other) => prefixOf(other) === place);
    current.of.set(kind, versions);
  }
  return versions;
}

/** A private copy of `object` in the version of `to`. Throws a StatusError when it cannot be converted. */
export async function convertTo(from: Kind, to: Kind, object: ApiObject): Promise<ApiObject> {
  if (from === to) return clone(object);
  if (to.convert !== undefined) return (await to.convert([object], apiVersionOf(to.resource)))[0]!;
  const inStore = from.toStored?.(object) ?? object;
  const made = to.fromStored?.(inStore) ?? clone(inStore);
  return { ...made, apiVersion: apiVersionOf(to.resource), kind: to.resource.kind };
}
