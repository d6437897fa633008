import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster } from "../../src/main/testing.ts";
import { clusterRoles } from "../../src/schema/resources.ts";

const rule = (resource: string) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });

const role = (name: string, resources: string[], labels = { part: "of-sum" }) => ({
  metadata: { name, labels },
  rules: resources.map(rule),
});

test("a role that sums others up follows them", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client } = cluster;
  await client.create(clusterRoles, role("b", ["pods", "secrets"]));
  await client.create(clusterRoles, {
    metadata: { name: "sum" },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: "of-sum" } }] },
    rules: [],
  });
  const sum = async (): Promise<string> =>
    ((await client.get(clusterRoles, { name: "sum" })).rules ?? [])
      .map((r) => r.resources!.join())
      .join(" ");
  await cluster.until(async () => (await sum()) === "pods secrets");
  await client.create(clusterRoles, role("a", ["nodes", "pods"]));
  await cluster.until(async () => (await sum()) === "nodes pods secrets");
  await client.delete(clusterRoles, { name: "b" });
  await cluster.until(async () => (await sum()) === "nodes pods");
  await client.patch(
    clusterRoles,
    { name: "a" },
    { metadata: { labels: { part: "of-none" } } },
    { type: "merge" },
  );
  await cluster.until(async () => (await sum()) === "");
});

test("the roles that come with a cluster have the rules of their parts", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client } = cluster;
  await cluster.until(async () => {
    const found = await client.get(clusterRoles, { name: "edit" });
    return (found.rules ?? []).some((r) => r.verbs.includes("create"));
  });
  const view = await client.get(clusterRoles, { name: "view" });
  const secrets = (view.rules ?? []).filter((r) => r.resources?.includes("secrets"));
  assert.deepEqual(secrets, []);
});
