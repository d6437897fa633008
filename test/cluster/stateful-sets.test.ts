import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import {
  controllerRevisions,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from "../../src/schema/resources.ts";
import type { StatefulSet, StatefulSetSpec } from "../../src/schema/types/apps-v1.ts";
import { listed, namespace, template, told } from "../kit/workloads.ts";

const ref = { namespace, name: "db" };

const statefulSet = (spec: Partial<StatefulSetSpec> = {}): StatefulSet => ({
  metadata: ref,
  spec: {
    replicas: 3,
    serviceName: "db",
    selector: { matchLabels: { app: "db" } },
    template: template("db"),
    ...spec,
  },
});

async function isSettled({ client }: TestCluster): Promise<boolean> {
  const { metadata, spec, status } = await client.get(statefulSets, ref);
  const count = spec.replicas ?? 0;
  return (
    status?.observedGeneration === metadata.generation &&
    status?.replicas === count &&
    (status.readyReplicas ?? 0) === count &&
    (status.updatedReplicas ?? 0) === count
  );
}

async function start(spec: Partial<StatefulSetSpec> = {}): Promise<TestCluster> {
  const cluster = await startCluster({ clock: "virtual", simulatedNodes: 2 });
  await cluster.client.create(statefulSets, statefulSet(spec));
  return cluster;
}

async function change({ client }: TestCluster, spec: Partial<StatefulSetSpec>): Promise<void> {
  await client.patch(statefulSets, ref, { spec }, { type: "merge" });
}

const names = async (cluster: TestCluster): Promise<(string | undefined)[]> =>
  (await listed(cluster, pods)).map((p) => p.metadata.name);

/** Writes down what comes and goes. */
async function recorded(cluster: TestCluster): Promise<string[]> {
  const log: string[] = [];
  const cache = await cluster.cache(pods);
  cache.onChange(({ old, next }) => {
    const name = (next ?? old)?.metadata.name;
    const isReady = next?.status?.conditions?.some(
      (c) => c.type === "Ready" && c.status === "True",
    );
    const was = old?.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
    if (!old) log.push(`+${name}`);
    else if (!next) log.push(`-${name}`);
    else if (isReady && !was) log.push(`${name} ready`);
  });
  return log;
}

test("pods come one after the other, each when the one before it is ready", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 2 });
  const log = await recorded(cluster);
  await cluster.client.create(statefulSets, statefulSet());
  await cluster.until(() => isSettled(cluster));
  assert.deepEqual(log, ["+db-0", "db-0 ready", "+db-1", "db-1 ready", "+db-2", "db-2 ready"]);
  const [pod] = await listed(cluster, pods);
  assert.deepEqual([pod?.spec.hostname, pod?.spec.subdomain], ["db-0", "db"]);
  assert.equal(pod?.metadata.labels?.["statefulset.kubernetes.io/pod-name"], "db-0");
  assert.equal(pod?.metadata.labels?.["apps.kubernetes.io/pod-index"], "0");
  assert.deepEqual(
    (await told(cluster, "StatefulSet", "db"))[0],
    "SuccessfulCreate: Create Pod db-0 in StatefulSet db successful",
  );
});

test("Parallel: all come at once", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 2 });
  const log = await recorded(cluster);
  await cluster.client.create(statefulSets, statefulSet({ podManagementPolicy: "Parallel" }));
  await cluster.until(() => isSettled(cluster));
  assert.deepEqual(log.slice(0, 3), ["+db-0", "+db-1", "+db-2"]);
});

test("an update goes from the highest ordinal down; scaling down too", async () => {
  await using cluster = await start();
  await cluster.until(() => isSettled(cluster));
  const log = await recorded(cluster);
  log.length = 0;
  await change(cluster, { template: template("db", undefined, "app:2") });
  await cluster.until(() => isSettled(cluster));
  assert.deepEqual(
    log.filter((line) => line.startsWith("-")),
    ["-db-2", "-db-1", "-db-0"],
  );
  assert.equal((await listed(cluster, controllerRevisions)).length, 2);
  const { status } = await cluster.client.get(statefulSets, ref);
  assert.equal(status?.currentRevision, status?.updateRevision);
  log.length = 0;
  await change(cluster, { replicas: 1 });
  await cluster.until(() => isSettled(cluster));
  assert.deepEqual(log, ["-db-2", "-db-1"]);
});

test("a partition holds the lower ordinals back", async () => {
  await using cluster = await start();
  await cluster.until(() => isSettled(cluster));
  const updateStrategy = { type: "RollingUpdate" as const, rollingUpdate: { partition: 2 } };
  await change(cluster, { updateStrategy, template: template("db", undefined, "app:2") });
  await cluster.clock.advance(30_000);
  const images = async () => (await listed(cluster, pods)).map((p) => p.spec.containers[0]?.image);
  assert.deepEqual(await images(), ["app:1", "app:1", "app:2"]);
  await cluster.client.delete(pods, { namespace, name: "db-0" });
  await cluster.clock.advance(60_000);
  assert.deepEqual(await images(), ["app:1", "app:1", "app:2"], "it comes back as it was");
});

test("each pod has its claims, which stay when it goes unless the policy says otherwise", async () => {
  const claim = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce" as const], resources: { requests: { storage: "1Gi" } } },
  };
  await using cluster = await start({
    replicas: 2,
    podManagementPolicy: "Parallel",
    volumeClaimTemplates: [claim],
    persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Retain" },
  });
  const claims = async () =>
    (await listed(cluster, persistentVolumeClaims)).map((c) => c.metadata.name);
  await cluster.until(async () => (await names(cluster)).length === 2);
  assert.deepEqual(await claims(), ["data-db-0", "data-db-1"]);
  const [pod] = await listed(cluster, pods);
  assert.deepEqual(pod?.spec.volumes?.[0], {
    name: "data",
    persistentVolumeClaim: { claimName: "data-db-0" },
  });
  await change(cluster, { replicas: 1 });
  await cluster.until(async () => (await claims()).length === 1, 120_000);
  await cluster.client.delete(statefulSets, ref);
  await cluster.until(async () => (await names(cluster)).length === 0, 120_000);
  assert.deepEqual(await claims(), ["data-db-0"]);
});
