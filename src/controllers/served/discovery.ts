// What the server serves now, as it tells itself.
import { objectOf } from "../../client/call.ts";
import type { Client } from "../../client/client.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { apiVersionOf, type Resource } from "../../schema/resource.ts";
import type {
  APIGroupDiscoveryList,
  APIResourceDiscovery,
} from "../../schema/types/apidiscovery-v2.ts";

export type Served = {
  resource: Resource<ApiObject>;
  verbs: ReadonlySet<string>;
  subresources: ReadonlySet<string>;
  /** The version that the server prefers among those of the group that have the resource. */
  isPreferred: boolean;
};

export type Discovery = {
  served: readonly Served[];
  /** Groups and versions whose server did not answer: what they have is not known. */
  unknown: readonly string[];
};

const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Rejects when the server cannot be asked. */
export async function discover(client: Client): Promise<Discovery> {
  const [core, groups] = await Promise.all([page(client, "/api"), page(client, "/apis")]);
  const served: Served[] = [];
  const unknown: string[] = [];
  for (const { metadata, versions = [] } of [...core.items, ...groups.items]) {
    const group = metadata.name ?? "";
    const known = new Set<string>();
    for (const { version, resources = [], freshness } of versions) {
      if (freshness === "Stale") unknown.push(apiVersionOf({ group, version }));
      for (const found of resources) {
        const isPreferred = !known.has(found.resource);
        known.add(found.resource);
        served.push({
          resource: resourceOf(group, version, found),
          verbs: new Set(found.verbs),
          subresources: new Set(found.subresources?.map((s) => s.subresource)),
          isPreferred,
        });
      }
    }
  }
  return { served, unknown };
}

const page = async (client: Client, path: string): Promise<APIGroupDiscoveryList> =>
  (await objectOf(
    await client.send({ method: "GET", path, headers: { accept } }),
  )) as APIGroupDiscoveryList;

const resourceOf = (
  group: string,
  version: string,
  { resource, responseKind, scope }: APIResourceDiscovery,
): Resource<ApiObject> => ({
  group,
  version,
  kind: responseKind?.kind ?? "",
  plural: resource,
  scope: scope === "Namespaced" ? "Namespaced" : "Cluster",
  type: "",
});
