import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import {
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
  volumeAttributesClasses,
} from "../../src/schema/resources.ts";
import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
} from "../../src/schema/types/core-v1.ts";
import { namespace, template, told } from "../kit/workloads.ts";

const start = (): Promise<TestCluster> => startCluster({ clock: "virtual", simulatedNodes: 1 });

async function volume(
  { client }: TestCluster,
  name: string,
  size: string,
  spec: Partial<PersistentVolumeSpec> = {},
): Promise<void> {
  await client.create(persistentVolumes, {
    metadata: { name },
    spec: {
      capacity: { storage: size },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: `/tmp/${name}` },
      persistentVolumeReclaimPolicy: "Retain",
      ...spec,
    },
  });
}

async function claim(
  { client }: TestCluster,
  name: string,
  size: string,
  spec: Partial<PersistentVolumeClaimSpec> = {},
): Promise<void> {
  const resources = { requests: { storage: size } };
  await client.create(persistentVolumeClaims, {
    metadata: { name, namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources, storageClassName: "", ...spec },
  });
}

const claimOf = ({ client }: TestCluster, name: string) =>
  client.get(persistentVolumeClaims, { namespace, name });
const phaseOf = async ({ client }: TestCluster, name: string): Promise<string | undefined> =>
  (await client.get(persistentVolumes, { name })).status?.phase;

test("a claim takes the smallest volume that is large enough", async () => {
  await using cluster = await start();
  for (const [name, size] of Object.entries({ tiny: "1Gi", fit: "5Gi", huge: "100Gi" }))
    await volume(cluster, name, size);
  await claim(cluster, "data", "3Gi");
  await cluster.until(async () => (await claimOf(cluster, "data")).status?.phase === "Bound");
  const bound = await claimOf(cluster, "data");
  assert.equal(bound.spec.volumeName, "fit");
  assert.deepEqual(bound.status?.capacity, { storage: "5Gi" });
  assert.deepEqual(bound.status?.accessModes, ["ReadWriteOnce"]);
  await cluster.clock.advance(1_000);
  assert.deepEqual(
    await Promise.all(["tiny", "fit", "huge"].map((name) => phaseOf(cluster, name))),
    ["Available", "Bound", "Available"],
  );
});

test("claims that are too large wait, and are bound when a volume comes", async () => {
  await using cluster = await start();
  await volume(cluster, "small", "1Gi");
  await claim(cluster, "data", "3Gi");
  await cluster.clock.advance(5_000);
  assert.equal((await claimOf(cluster, "data")).status?.phase, "Pending");
  assert.deepEqual(await told(cluster, "PersistentVolumeClaim", "data"), [
    "FailedBinding: no persistent volumes available for this claim and no storage class is set",
  ]);
  await volume(cluster, "large", "10Gi");
  await cluster.until(async () => (await claimOf(cluster, "data")).status?.phase === "Bound");
});

test("two claims never get one volume", async () => {
  await using cluster = await start();
  for (const name of ["a", "b", "c"]) await claim(cluster, name, "1Gi");
  for (const name of ["v", "w"]) await volume(cluster, name, "1Gi");
  await cluster.clock.advance(5_000);
  const all = await Promise.all(["a", "b", "c"].map((name) => claimOf(cluster, name)));
  const taken = all.map((c) => c.spec.volumeName).filter((name) => name);
  assert.deepEqual(taken.sort(), ["v", "w"]);
});

test("a released volume stays with Retain, and takes no other claim", async () => {
  await using cluster = await start();
  await volume(cluster, "v", "1Gi");
  await claim(cluster, "data", "1Gi");
  await cluster.until(async () => (await phaseOf(cluster, "v")) === "Bound");
  await cluster.client.delete(persistentVolumeClaims, { namespace, name: "data" });
  await cluster.until(async () => (await phaseOf(cluster, "v")) === "Released");
  await claim(cluster, "next", "1Gi");
  await cluster.clock.advance(5_000);
  assert.equal((await claimOf(cluster, "next")).status?.phase, "Pending");
});

test("a claim that a pod uses is not removed before the pod", async () => {
  await using cluster = await start();
  await volume(cluster, "v", "1Gi");
  await claim(cluster, "data", "1Gi");
  const { spec } = template("p");
  const volumes = [{ name: "d", persistentVolumeClaim: { claimName: "data" } }];
  await cluster.client.create(pods, {
    metadata: { name: "p", namespace },
    spec: { ...spec, volumes },
  });
  await cluster.until(async () => {
    const pod = await cluster.client.get(pods, { namespace, name: "p" });
    return pod.status?.phase === "Running";
  });
  const use = async () => (await claimOf(cluster, "data")).status?.conditions?.[0]?.reason;
  assert.equal(await use(), "PodUsingPVC");
  await cluster.client.delete(persistentVolumeClaims, { namespace, name: "data" });
  await cluster.clock.advance(30_000);
  assert.ok((await claimOf(cluster, "data")).metadata.deletionTimestamp);
  await cluster.client.delete(pods, { namespace, name: "p" });
  await cluster.until(async () => {
    const { items } = await cluster.client.list(persistentVolumeClaims, { namespace });
    return items.length === 0;
  });
});

test("a class with a provisioner elsewhere: the claim says for whom it waits", async () => {
  await using cluster = await start();
  await cluster.client.create(storageClasses, {
    metadata: { name: "fast" },
    provisioner: "example.com/disk",
  });
  await claim(cluster, "data", "1Gi", { storageClassName: "fast" });
  await cluster.until(async () => {
    const { metadata } = await claimOf(cluster, "data");
    return (
      metadata.annotations?.["volume.kubernetes.io/storage-provisioner"] === "example.com/disk"
    );
  });
  // Events are written on their own way.
  await cluster.until(
    async () => (await told(cluster, "PersistentVolumeClaim", "data")).length > 0,
  );
  const [said] = await told(cluster, "PersistentVolumeClaim", "data");
  assert.match(
    said ?? "",
    /^ExternalProvisioning: Waiting for a volume to be created either by the/,
  );
});

test("a class of attributes stays while a claim names it", async () => {
  await using cluster = await start();
  const { client } = cluster;
  const ref = { name: "gold" };
  const find = () => client.get(volumeAttributesClasses, ref).catch(() => undefined);
  await client.create(volumeAttributesClasses, {
    metadata: ref,
    driverName: "disk.example.com",
    parameters: { iops: "100" },
  });
  await cluster.until(async () => (await find())?.metadata.finalizers?.length === 1);
  await claim(cluster, "data", "1Gi", { volumeAttributesClassName: "gold" });
  await client.delete(volumeAttributesClasses, ref);
  await cluster.clock.advance(5_000);
  assert.ok((await find())?.metadata.deletionTimestamp);
  await client.delete(persistentVolumeClaims, { namespace, name: "data" });
  await cluster.until(async () => (await find()) === undefined);
});

/** A class whose volumes are made by hand, and one volume on one node. */
async function localVolume(cluster: TestCluster, name: string, node: string): Promise<void> {
  const { client } = cluster;
  const isThere = (await client.list(storageClasses)).items.some(
    (c) => c.metadata.name === "local",
  );
  if (!isThere)
    await client.create(storageClasses, {
      metadata: { name: "local" },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    });
  const here = { key: "kubernetes.io/hostname", operator: "In" as const, values: [node] };
  await volume(cluster, name, "5Gi", {
    storageClassName: "local",
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
  });
}

const userOf = ({ client }: TestCluster, name: string, claimName: string) =>
  client.create(pods, {
    metadata: { name, namespace },
    spec: {
      ...template("db").spec!,
      volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
    },
  });
const podNamed = ({ client }: TestCluster, name: string) => client.get(pods, { namespace, name });
const isRunning = async (cluster: TestCluster, name: string): Promise<boolean> =>
  (await podNamed(cluster, name)).status?.phase === "Running";

test("pods go where the local volumes are that their claims can have", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 3 });
  const nodeNames = (await cluster.client.list(nodes)).items.map((n) => n.metadata.name!);
  const [, second = "", third = ""] = nodeNames.sort();
  await localVolume(cluster, "on-third", third);
  for (const name of ["one", "two"]) {
    await claim(cluster, name, "1Gi", { storageClassName: "local" });
    await userOf(cluster, `uses-${name}`, name);
  }
  const placed = async () =>
    (await Promise.all(["uses-one", "uses-two"].map((name) => podNamed(cluster, name)))).filter(
      (pod) => pod.status?.phase === "Running",
    );
  await cluster.until(async () => (await placed()).length === 1);
  assert.equal((await placed())[0]?.spec.nodeName, third);
  await cluster.clock.advance(5_000);
  const waiting = (await placed())[0]?.metadata.name === "uses-one" ? "uses-two" : "uses-one";
  const condition = (await podNamed(cluster, waiting)).status?.conditions?.find(
    (c) => c.type === "PodScheduled",
  );
  assert.equal(
    condition?.message,
    "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind. " +
      "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
  );
  await localVolume(cluster, "on-second", second);
  await cluster.until(() => isRunning(cluster, waiting));
  assert.equal((await podNamed(cluster, waiting)).spec.nodeName, second);
});

test("a claim for one pod alone keeps the second pod waiting until the first has gone", async () => {
  await using cluster = await start();
  await volume(cluster, "alone", "1Gi", { accessModes: ["ReadWriteOncePod"] });
  await claim(cluster, "data", "1Gi", { accessModes: ["ReadWriteOncePod"] });
  await userOf(cluster, "first", "data");
  await cluster.until(() => isRunning(cluster, "first"));
  await userOf(cluster, "second", "data");
  await cluster.clock.advance(5_000);
  const told = (await podNamed(cluster, "second")).status?.conditions?.[0]?.message ?? "";
  assert.match(told, /ReadWriteOncePod access mode already in-use by another pod/);
  await cluster.client.delete(pods, { namespace, name: "first" });
  await cluster.until(() => isRunning(cluster, "second"));
});

test("an ephemeral volume gets a claim that ends with its pod", async () => {
  await using cluster = await start();
  const { client } = cluster;
  const claimSpec: PersistentVolumeClaimSpec = {
    accessModes: ["ReadWriteOnce"],
    storageClassName: "",
    resources: { requests: { storage: "1Gi" } },
  };
  const ephemeral = {
    volumeClaimTemplate: { metadata: { labels: { of: "scratch" } }, spec: claimSpec },
  };
  const { spec } = template("a");
  await client.create(pods, {
    metadata: { name: "a", namespace },
    spec: { ...spec!, volumes: [{ name: "scratch", ephemeral }] },
  });
  const find = () => claimOf(cluster, "a-scratch").catch(() => undefined);
  await cluster.until(async () => (await find()) !== undefined);
  const made = await claimOf(cluster, "a-scratch");
  assert.equal(made.metadata.labels?.["of"], "scratch");
  assert.equal(made.metadata.ownerReferences?.[0]?.name, "a");
  await client.delete(pods, { namespace, name: "a" }, { graceSeconds: 0 });
  await cluster.until(async () => (await find()) === undefined);
});
