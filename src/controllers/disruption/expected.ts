// How many pods those that control the pods of a budget are meant to have.

import type { Cache } from "../../client/cache.ts";
import type { Client } from "../../client/client.ts";
import { isNotFound } from "../../client/refusal.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { groupOf } from "../../schema/resource.ts";
import {
  deployments,
  replicaSets,
  replicationControllers,
  statefulSets,
} from "../../schema/resources.ts";
import type { Scale } from "../../schema/types/autoscaling-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { OwnerReference } from "../../schema/types/meta-v1.ts";
import { controllerOf } from "../owner.ts";
import type { Parts } from "../parts.ts";
import type { Objects } from "../served/objects.ts";

export type Expected = {
  count: number;
  /** Pods that nothing controls; they do not count. */
  unmanaged: readonly string[];
};

/** Replicas that a controller is meant to have; undefined when there is none of this UID. */
export type ScaleOf = (owner: OwnerReference, namespace: string) => Promise<number | undefined>;

/** Throws when a pod's controller is not to be found. */
export async function expectedOf(pods: readonly Pod[], scaleOf: ScaleOf): Promise<Expected> {
  const scales = new Map<string, number>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const { name = "", namespace = "" } = pod.metadata;
    const owner = controllerOf(pod);
    if (!owner) unmanaged.push(name);
    else if (!scales.has(owner.uid)) {
      const scale = await scaleOf(owner, namespace);
      if (scale === undefined) throw new Error(`found no controllers for pod ${quoted(name)}`);
      scales.set(owner.uid, scale);
    }
  }
  const count = [...scales.values()].reduce((sum, scale) => sum + scale, 0);
  return { count, unmanaged };
}

const quoted = (text: string): string => JSON.stringify(text);

/** Asks the caches for the kinds that are known to scale, and the server about all others. */
export function scalesBy(parts: Pick<Parts, "caches" | "client" | "objects">): {
  scaleOf: ScaleOf;
  reads: Cache[];
} {
  const { caches, client } = parts;
  const sets = caches.of(replicaSets);
  const deploymentCache = caches.of(deployments);
  const stateful = caches.of(statefulSets);
  const classic = caches.of(replicationControllers);

  async function scaleOf(owner: OwnerReference, namespace: string): Promise<number | undefined> {
    const found = known(owner, namespace);
    return found
      ? (found.spec?.replicas ?? 1)
      : scaleFromServer(client, parts.objects(), owner, namespace);
  }

  function known(owner: OwnerReference, namespace: string): Scaled | undefined {
    const ref = { namespace, name: owner.name };
    const kind = `${owner.kind}.${groupOf(owner.apiVersion)}`;
    if (kind === "ReplicationController.") return sameUid(classic.get(ref), owner);
    if (kind === "StatefulSet.apps") return sameUid(stateful.get(ref), owner);
    if (kind !== "ReplicaSet.apps" && kind !== "ReplicaSet.extensions") return undefined;
    const set = sameUid(sets.get(ref), owner);
    const above = set && controllerOf(set);
    if (above?.kind !== "Deployment") return set;
    return sameUid(deploymentCache.get({ namespace, name: above.name }), above);
  }

  return { scaleOf, reads: [sets, deploymentCache, stateful, classic] };
}

type Scaled = ApiObject & { spec?: { replicas?: number } };

const sameUid = <T extends ApiObject>(object: T | undefined, owner: OwnerReference) =>
  object?.metadata.uid === owner.uid ? object : undefined;

async function scaleFromServer(
  client: Client,
  objects: Objects,
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string,
): Promise<number | undefined> {
  await objects.synced;
  const served = objects.find(apiVersion, kind);
  if (!served) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
  const { resource, subresources } = served;
  const ref = { namespace, name };
  try {
    const scale = await client.get<ApiObject, Scale>(resource, ref, { subresource: "scale" });
    return scale.metadata?.uid === uid ? (scale.spec?.replicas ?? 0) : undefined;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const { plural, group } = resource;
    if (!subresources.has("scale"))
      throw new Error(
        `${group === "" ? plural : `${plural}.${group}`} does not implement the scale subresource`,
      );
    return undefined;
  }
}
