import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import {
  configMaps,
  deployments,
  events,
  namespaces,
  pods,
  replicaSets,
} from "../../src/schema/resources.ts";
import type { ConfigMap } from "../../src/schema/types/core-v1.ts";
import type { OwnerReference } from "../../src/schema/types/meta-v1.ts";
import { deployment, listed, namespace } from "../kit/workloads.ts";

const start = (): Promise<TestCluster> => startCluster({ clock: "virtual", simulatedNodes: 1 });

async function withDeployment(): Promise<TestCluster> {
  const cluster = await start();
  await cluster.client.create(deployments, deployment("web"));
  await cluster.until(async () => (await listed(cluster, pods)).length === 3);
  return cluster;
}

const web = { namespace, name: "web" };

test("Background: the owner goes at once, its dependents after it", async () => {
  await using cluster = await withDeployment();
  await cluster.client.delete(deployments, web, { propagation: "Background" });
  assert.equal((await listed(cluster, deployments)).length, 0);
  await cluster.until(async () => (await listed(cluster, pods)).length === 0);
  assert.equal((await listed(cluster, replicaSets)).length, 0);
});

test("Foreground: the owner waits for its dependents, each in turn", async () => {
  await using cluster = await withDeployment();
  const order: string[] = [];
  for (const resource of [deployments, replicaSets, pods]) {
    const cache = await cluster.cache(resource as typeof pods);
    cache.onChange(({ old, next }) => old && !next && order.push(resource.kind));
  }
  await cluster.client.delete(deployments, web, { propagation: "Foreground" });
  await cluster.until(async () => (await listed(cluster, deployments)).length === 0);
  assert.deepEqual(order, ["Pod", "Pod", "Pod", "ReplicaSet", "Deployment"]);
});

test("Orphan: the dependents stay, and belong to nobody", async () => {
  await using cluster = await withDeployment();
  await cluster.client.delete(deployments, web, { propagation: "Orphan" });
  await cluster.until(async () => (await listed(cluster, deployments)).length === 0);
  await cluster.clock.advance(10_000);
  const [set] = await listed(cluster, replicaSets);
  assert.deepEqual(set?.metadata.ownerReferences ?? [], []);
  assert.equal((await listed(cluster, pods)).length, 3);
  const uid = set?.metadata.uid;
  await cluster.client.create(deployments, deployment("web"));
  await cluster.until(async () => {
    const [adopted] = await listed(cluster, replicaSets);
    return adopted?.metadata.uid === uid && adopted?.metadata.ownerReferences?.length === 1;
  });
});

const owner = ({ metadata }: ConfigMap): OwnerReference => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: metadata.name!,
  uid: metadata.uid!,
});

async function map(
  { client }: TestCluster,
  name: string,
  owners: OwnerReference[] = [],
  space = namespace,
): Promise<ConfigMap> {
  const metadata = { name, namespace: space, ownerReferences: owners };
  return client.create(configMaps, { metadata });
}

const mapNames = async (cluster: TestCluster): Promise<string[]> =>
  (await listed(cluster, configMaps))
    .map((m) => m.metadata.name!)
    .filter((name) => name !== "kube-root-ca.crt");

test("an object with two owners stays until the second one goes", async () => {
  await using cluster = await start();
  const [a, b] = [await map(cluster, "a"), await map(cluster, "b")];
  await map(cluster, "child", [owner(a), owner(b)]);
  await cluster.client.delete(configMaps, { namespace, name: "a" });
  await cluster.clock.advance(5_000);
  assert.deepEqual(await mapNames(cluster), ["b", "child"]);
  const child = await cluster.client.get(configMaps, { namespace, name: "child" });
  assert.deepEqual(child.metadata.ownerReferences, [owner(b)]);
  await cluster.client.delete(configMaps, { namespace, name: "b" });
  await cluster.until(async () => (await mapNames(cluster)).length === 0);
});

test("an owner that never was: the object goes", async () => {
  await using cluster = await start();
  await map(cluster, "a", [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "no-such" }]);
  await cluster.until(async () => (await mapNames(cluster)).length === 0);
});

test("an owner in another namespace is none, and that is told", async () => {
  await using cluster = await start();
  await cluster.client.create(namespaces, { metadata: { name: "other" }, spec: {} });
  const foreign = await map(cluster, "foreign", [], "other");
  await cluster.clock.advance(1_000);
  await map(cluster, "a", [owner(foreign)]);
  await cluster.until(async () => (await mapNames(cluster)).length === 0);
  const { items } = await cluster.client.list(events, { namespace });
  assert.ok(items.some((e) => e.reason === "OwnerRefInvalidNamespace"));
});

test("owners in a circle go when they are deleted in the foreground", async () => {
  await using cluster = await start();
  const a = await map(cluster, "a");
  const b = await map(cluster, "b", [{ ...owner(a), blockOwnerDeletion: true }]);
  const ownerReferences = [{ ...owner(b), blockOwnerDeletion: true }];
  const ref = { namespace, name: "a" };
  await cluster.client.patch(configMaps, ref, { metadata: { ownerReferences } }, { type: "merge" });
  await cluster.client.delete(configMaps, ref, { propagation: "Foreground" });
  await cluster.until(async () => (await mapNames(cluster)).length === 0);
});

test("a namespace goes with all that is in it", async () => {
  await using cluster = await start();
  const { client } = cluster;
  await client.create(namespaces, { metadata: { name: "x" }, spec: {} });
  const made = deployment("web");
  await client.create(deployments, { ...made, metadata: { ...made.metadata, namespace: "x" } });
  const podsOfX = async () => (await client.list(pods, { namespace: "x" })).items;
  await cluster.until(async () => (await podsOfX()).some((p) => p.status?.phase === "Running"));
  await client.delete(namespaces, { name: "x" });
  await cluster.until(async () => {
    const { items } = await client.list(namespaces);
    return !items.some((n) => n.metadata.name === "x");
  });
  assert.deepEqual(await podsOfX(), []);
});

test("a namespace says what holds it back", async () => {
  await using cluster = await start();
  const { client } = cluster;
  await client.create(namespaces, { metadata: { name: "x" }, spec: {} });
  const finalizers = ["example.com/wait"];
  await client.create(configMaps, { metadata: { name: "a", namespace: "x", finalizers } });
  await client.delete(namespaces, { name: "x" });
  await cluster.clock.advance(20_000);
  const { status } = await client.get(namespaces, { name: "x" });
  assert.equal(status?.phase, "Terminating");
  const said = status?.conditions?.map((c) => `${c.type} ${c.status} ${c.reason}: ${c.message}`);
  assert.deepEqual(said, [
    "NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered",
    "NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed",
    "NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization",
    "NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances",
    "NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances",
  ]);
  const ref = { namespace: "x", name: "a" };
  await client.patch(configMaps, ref, { metadata: { finalizers: null } }, { type: "merge" });
  await cluster.until(async () => {
    const { items } = await client.list(namespaces);
    return !items.some((n) => n.metadata.name === "x");
  }, 5_000);
});
