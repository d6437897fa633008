// The scale of what an autoscaler names, whatever its kind.
import type { Client } from "../../client/client.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { groupOf, type Resource } from "../../schema/resource.ts";
import type { Scale } from "../../schema/types/autoscaling-v1.ts";
import type { HorizontalPodAutoscaler } from "../../schema/types/autoscaling-v2.ts";
import type { Objects } from "../served/objects.ts";

export type Target = { scale: Scale; resource: Resource<ApiObject> };

/** Throws when there is no such kind, or no such object. */
export async function findTarget(
  client: Client,
  objects: Objects,
  { metadata, spec }: HorizontalPodAutoscaler,
): Promise<Target> {
  const { apiVersion = "", kind, name } = spec.scaleTargetRef;
  await objects.synced;
  const resource = objects.find(apiVersion, kind)?.resource;
  if (!resource) throw new Error(`no matches for kind "${kind}" in group "${groupOf(apiVersion)}"`);
  const ref = { namespace: metadata.namespace, name };
  const options = { subresource: "scale" };
  return { resource, scale: await client.get<ApiObject, Scale>(resource, ref, options) };
}

/** `renew` is asked once when somebody else has written meanwhile. */
export async function resize(
  client: Client,
  { scale, resource }: Target,
  replicas: number,
  renew: () => Promise<Target>,
): Promise<void> {
  const put = (old: Scale): Promise<ApiObject> => {
    const next: ApiObject & Scale = { ...old, spec: { ...old.spec, replicas } };
    return client.update<ApiObject>(resource, next, { subresource: "scale" });
  };
  try {
    await put(scale);
  } catch {
    await put((await renew()).scale);
  }
}
