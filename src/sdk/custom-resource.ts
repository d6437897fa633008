import type { ApiObject } from "../schema/kind.ts";
import { apiVersionOf, type Resource } from "../schema/resource.ts";

/** Names a kind that a CustomResourceDefinition describes, so that client, caches and operators can speak of it. */
export const customResource = <T extends ApiObject>(
  names: Pick<Resource, "group" | "version" | "kind" | "plural"> & { scope?: Resource["scope"] },
): Resource<T> => ({ scope: "Namespaced", ...names, type: "" });

/**
 * `child` as an object that `owner` controls: it lies in the owner's namespace unless it names one, a change of it
 * wakes the owner, and the garbage collector removes it after the owner.
 */
export function controlledBy<T extends ApiObject>(
  resource: Resource,
  owner: ApiObject,
  child: T,
): T {
  const { kind } = resource;
  const { namespace, name = "", uid = "" } = owner.metadata;
  const reference = {
    apiVersion: apiVersionOf(resource),
    kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const others = (child.metadata.ownerReferences ?? []).filter((one) => one.uid !== uid);
  return {
    ...child,
    metadata: {
      ...(namespace === undefined ? {} : { namespace }),
      ...child.metadata,
      ownerReferences: [...others, reference],
    },
  };
}
