import type { ApiObject } from "../schema/kind.ts";
import type { Ref } from "./client.ts";

/** `namespace/name`, or `name` of a cluster-wide object: how caches and queues name an object. */
export function keyOf(object: ApiObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : (name ?? "");
}

/** What names the object in a call. */
export function refOf(object: ApiObject): Ref {
  const { namespace, name } = object.metadata;
  return { namespace, name: name ?? "" };
}

export const keyOfRef = (ref: Ref): string =>
  ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;

/** What `keyOf` made, taken apart again. */
export function refOfKey(key: string): Ref {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
