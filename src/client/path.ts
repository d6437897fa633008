import type { Resource } from "../schema/resource.ts";
import type { Ref } from "./client.ts";

/** Path of all objects of a kind, in one namespace when it is given: `/api/v1/namespaces/a/pods`. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { group, version, plural, scope } = resource;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return scope === "Namespaced" && namespace
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}

/** Path of one object, or of a part of it: `/apis/apps/v1/namespaces/a/deployments/b/status`. */
export function objectPath(resource: Resource, ref: Ref, subresource?: string): string {
  if (ref.name === "") throw new Error(`a request for one of ${resource.plural} needs a name`);
  const path = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}
