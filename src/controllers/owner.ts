import type { Cache, Change } from "../client/cache.ts";
import { keyOf } from "../client/key.ts";
import type { Action } from "../control/action.ts";
import { equal } from "../lib/equal.ts";
import type { ApiObject } from "../schema/kind.ts";
import { apiVersionOf, type Resource } from "../schema/resource.ts";
import type { LabelSelector, OwnerReference } from "../schema/types/meta-v1.ts";
import { selects } from "./selector.ts";

export const controllerOf = (object: ApiObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller);

export const isControlledBy = (object: ApiObject, owner: ApiObject): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid;

/** The reference by which `owner` controls what it makes. */
export function controllerReference(resource: Resource, owner: ApiObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Index function: an object under its controller's UID, one without under `orphans(namespace)`. */
export const byController = (object: ApiObject): string[] => [
  controllerOf(object)?.uid ?? orphans(object.metadata.namespace ?? ""),
];

const orphans = (namespace: string): string => `orphans/${namespace}`;

/** What `owner` controls, and what nobody in its namespace does. `cache` is indexed by `byController`. */
export const ownAndOrphans = <T extends ApiObject>(
  cache: Cache<T>,
  { metadata }: ApiObject,
): T[] => [
  ...cache.by("byController", metadata.uid ?? ""),
  ...cache.by("byController", orphans(metadata.namespace ?? "")),
];

/** For a `source`: keys of the `owners` whose selector matches an object that has no controller now. */
export const adopters =
  <T extends ApiObject>(
    owners: Cache<T>,
    selectorOf: (owner: T) => LabelSelector | undefined,
  ): ((change: Change<ApiObject>) => string[]) =>
  (change) => {
    if (!isNewOrphan(change)) return [];
    const { namespace, labels } = change.next!.metadata;
    return owners
      .list(namespace)
      .filter((owner) => selects(selectorOf(owner), labels))
      .map(keyOf);
  };

/** Whether a change may make an object without a controller fit for adoption. */
function isNewOrphan({ old, next }: Change<ApiObject>): boolean {
  if (!next || controllerOf(next)) return false;
  return !old || !!controllerOf(old) || !equal(old.metadata.labels, next.metadata.labels);
}

export type Claim<T> = {
  /** What the owner controls, or will once `actions` are done. */
  claimed: T[];
  /** Adopts orphans that the selector matches, releases what it does not match any more. */
  actions: Action[];
};

/**
 * Sorts `objects`, which are the owner's own and orphans, by whether `isWanted` (its selector matches). An owner
 * that is being deleted adopts nothing, and neither is anything that is being deleted adopted.
 */
export function claim<T extends ApiObject>(
  objects: readonly T[],
  options: {
    resource: Resource<T>;
    owner: ApiObject;
    ownerResource: Resource;
    isWanted: (object: T) => boolean;
    finalizers?: readonly string[];
  },
): Claim<T> {
  const { owner, ownerResource, isWanted } = options;
  const claimed: T[] = [];
  const adopted: T[] = [];
  const released: T[] = [];
  const isOwnerDeleted = owner.metadata.deletionTimestamp !== undefined;
  for (const object of objects) {
    const controller = controllerOf(object);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (isWanted(object)) claimed.push(object);
      else if (!isOwnerDeleted) released.push(object);
    } else if (!isOwnerDeleted && !object.metadata.deletionTimestamp && isWanted(object)) {
      adopted.push(object);
    }
  }
  const confirm: Action = {
    do: "confirm",
    resource: ownerResource as Resource<ApiObject>,
    ref: { namespace: owner.metadata.namespace, name: owner.metadata.name ?? "" },
    uid: owner.metadata.uid ?? "",
  };
  return {
    claimed: [...claimed, ...adopted],
    actions: [
      ...(adopted.length > 0 ? [confirm] : []),
      ...adopted.map((object) => adopt(object, options)),
      ...released.map((object) => release(object, options)),
    ],
  };
}

type ClaimOptions = {
  resource: Resource;
  owner: ApiObject;
  ownerResource: Resource;
  finalizers?: readonly string[];
};

function adopt(object: ApiObject, options: ClaimOptions): Action {
  const { owner, ownerResource, finalizers } = options;
  const metadata = {
    ownerReferences: [controllerReference(ownerResource, owner)],
    uid: object.metadata.uid,
    ...(finalizers ? { finalizers } : {}),
  };
  return patch(object, options.resource, metadata);
}

function release(object: ApiObject, options: ClaimOptions): Action {
  const { owner, finalizers } = options;
  const metadata = {
    ownerReferences: [{ $patch: "delete", uid: owner.metadata.uid }],
    uid: object.metadata.uid,
    ...(finalizers ? { "$deleteFromPrimitiveList/finalizers": finalizers } : {}),
  };
  return { ...patch(object, options.resource, metadata), isOptional: true };
}

function patch(object: ApiObject, resource: Resource, metadata: unknown) {
  const { namespace, name } = object.metadata;
  return {
    do: "patch",
    resource: resource as Resource<ApiObject>,
    ref: { namespace, name: name ?? "" },
    type: "strategic",
    patch: { metadata },
  } as const;
}
