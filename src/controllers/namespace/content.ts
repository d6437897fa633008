// Deleting all that is in a namespace, kind by kind, and telling what remains.
import type { Client } from "../../client/client.ts";
import type { ApiObject } from "../../schema/kind.ts";
import type { Resource } from "../../schema/resource.ts";
import { pods } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { Discovery, Served } from "../served/discovery.ts";

export type Remains = {
  /** Number of objects that are left, by kind: `pods.`, `deployments.apps`. */
  counts: Map<string, number>;
  /** Number of objects that have each finalizer. */
  finalizers: Map<string, number>;
  /** Why something could not be deleted or listed. */
  failures: string[];
};

/** Pods go before all else, so that what they use is there until they have ended. */
export async function deleteContent(
  client: Client,
  namespace: string,
  { served }: Discovery,
): Promise<Remains> {
  const remains: Remains = { counts: new Map(), finalizers: new Map(), failures: [] };
  const kinds = served.filter(
    ({ resource, verbs, isPreferred }) =>
      isPreferred && resource.scope === "Namespaced" && verbs.has("delete"),
  );
  const isPods = ({ resource }: Served): boolean =>
    resource.group === "" && resource.plural === pods.plural;
  for (const kind of kinds.filter(isPods)) await deleteKind(client, namespace, kind, remains);
  if (remains.counts.size > 0) return remains;
  const others = kinds.filter((kind) => !isPods(kind));
  await Promise.all(others.map((kind) => deleteKind(client, namespace, kind, remains)));
  return remains;
}

async function deleteKind(
  client: Client,
  namespace: string,
  { resource, verbs }: Served,
  remains: Remains,
): Promise<void> {
  try {
    if (!verbs.has("list")) return;
    if (verbs.has("deletecollection"))
      await client.deleteCollection(resource, { namespace, propagation: "Background" });
    else await deleteEach(client, namespace, resource);
    note(resource, await list(client, namespace, resource), remains);
  } catch (error) {
    // The kind itself has gone, or cannot do this: nothing of it is left.
    if (error instanceof StatusError && (error.code === 404 || error.code === 405)) return;
    remains.failures.push(error instanceof Error ? error.message : String(error));
  }
}

async function deleteEach(
  client: Client,
  namespace: string,
  resource: Resource<ApiObject>,
): Promise<void> {
  for (const { metadata } of await list(client, namespace, resource)) {
    const ref = { namespace, name: metadata.name! };
    await client.delete(resource, ref, { propagation: "Background" }).catch((error) => {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
    });
  }
}

const list = async (
  client: Client,
  namespace: string,
  resource: Resource<ApiObject>,
): Promise<readonly ApiObject[]> =>
  (await client.list(resource, { namespace, metadataOnly: true })).items;

function note(resource: Resource, left: readonly ApiObject[], remains: Remains): void {
  if (left.length === 0) return;
  remains.counts.set(`${resource.plural}.${resource.group}`, left.length);
  for (const { metadata } of left)
    for (const finalizer of metadata.finalizers ?? [])
      remains.finalizers.set(finalizer, (remains.finalizers.get(finalizer) ?? 0) + 1);
}
