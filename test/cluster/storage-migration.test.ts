// StorageVersionMigration at work: all objects of a resource are written anew, and its definition forgets old versions.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiObject } from "../../src/schema/kind.ts";
import type { Resource } from "../../src/schema/resource.ts";
import {
  configMaps,
  customResourceDefinitions,
  storageVersionMigrations,
} from "../../src/schema/resources.ts";
import type { CustomResourceDefinition } from "../../src/schema/types/apiextensions-v1.ts";
import type { StorageVersionMigration } from "../../src/schema/types/storagemigration-v1.ts";
import { startCluster, type TestCluster } from "../../src/sdk/testing.ts";

const ships: Resource<ApiObject> = {
  group: "example.com",
  version: "v1",
  kind: "Ship",
  plural: "ships",
  scope: "Namespaced",
  type: "",
};

const definition = (storage: "v1" | "v2"): CustomResourceDefinition => ({
  metadata: { name: "ships.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "ships", kind: "Ship" },
    versions: ["v1", "v2"].map((name) => ({
      name,
      served: true,
      storage: name === storage,
      schema: { openAPIV3Schema: { type: "object" } },
    })),
  },
});

const migrationOf = (name: string, resource: string, group = ""): StorageVersionMigration => ({
  metadata: { name },
  spec: { resource: { resource, group } },
});

async function ended(cluster: TestCluster, name: string): Promise<StorageVersionMigration> {
  const cache = await cluster.cache(storageVersionMigrations);
  const running = (): boolean =>
    cache
      .get({ name })
      ?.status?.conditions?.some((c) => c.type === "Running" && c.status === "False") ?? false;
  await cluster.until(running, 120_000);
  return cluster.client.get(storageVersionMigrations, { name });
}

const told = ({ status }: StorageVersionMigration): string[] =>
  (status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`);

test("objects stored in an old version are written anew, once, and the definition forgets it", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client } = cluster;
  await client.create(customResourceDefinitions, definition("v1"));
  const kinds = await cluster.cache(customResourceDefinitions);
  const name = "ships.example.com";
  await cluster.until(
    () =>
      kinds
        .get({ name })
        ?.status?.conditions?.some((c) => c.type === "Established" && c.status === "True") ?? false,
  );
  const before = [];
  for (const ship of ["a", "b", "c"])
    before.push(await client.create(ships, { metadata: { name: ship, namespace: "default" } }));
  const { metadata } = await client.get(customResourceDefinitions, { name });
  const { resourceVersion = "" } = metadata;
  await client.update(customResourceDefinitions, {
    ...definition("v2"),
    metadata: { name, resourceVersion },
  });
  const versions = () => kinds.get({ name })?.status?.storedVersions;
  await cluster.until(() => versions()?.length === 2);

  await client.create(storageVersionMigrations, migrationOf("m", "ships", "example.com"));
  const migration = await ended(cluster, "m");
  assert.deepEqual(told(migration), [
    "Running=False MigrationCompleted: Migration completed",
    "Succeeded=True StorageVersionMigrationSucceeded: Migration completed",
  ]);
  for (const ship of before) {
    const { name: own = "", namespace = "", resourceVersion: old } = ship.metadata;
    const after = await client.get(ships, { name: own, namespace });
    assert.notEqual(after.metadata.resourceVersion, old);
  }
  const { status } = await client.get(customResourceDefinitions, { name });
  assert.deepEqual(status?.storedVersions, ["v2"]);
  const mark = status?.conditions?.find(({ type }) => type === "StorageMigrating");
  assert.equal(`${mark?.status} ${mark?.reason}`, "False MigrationSucceeded");
});

test("nothing is written where the stored version is the present one", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client } = cluster;
  const made = await client.create(configMaps, { metadata: { name: "a", namespace: "default" } });
  await client.create(storageVersionMigrations, migrationOf("m", "configmaps"));
  const migration = await ended(cluster, "m");
  assert.match(told(migration).join(), /Succeeded=True/);
  const after = await client.get(configMaps, { name: "a", namespace: "default" });
  assert.equal(after.metadata.resourceVersion, made.metadata.resourceVersion);
});

test("a resource that nobody serves fails after a minute, one that cannot be changed at once", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client } = cluster;
  await client.create(storageVersionMigrations, migrationOf("m1", "nothings", "example.com"));
  await client.create(
    storageVersionMigrations,
    migrationOf("m2", "selfsubjectreviews", "authentication.k8s.io"),
  );
  const reason = "Failed=True StorageVersionMigrationFailed:";
  assert.ok(
    told(await ended(cluster, "m1")).includes(`${reason} resource does not exist in discovery`),
  );
  const full = '"authentication.k8s.io/v1, Resource=selfsubjectreviews"';
  assert.ok(
    told(await ended(cluster, "m2")).includes(
      `${reason} resource ${full} does not support discovery operations: [update patch list]`,
    ),
  );
});
