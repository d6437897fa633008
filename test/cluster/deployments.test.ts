import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import { deployments, pods, replicaSets } from "../../src/schema/resources.ts";
import type { DeploymentSpec, ReplicaSet } from "../../src/schema/types/apps-v1.ts";
import type { Pod } from "../../src/schema/types/core-v1.ts";
import { deployment, listed, namespace, template, told } from "../kit/workloads.ts";

const ref = { namespace, name: "web" };

async function settled({ client }: TestCluster): Promise<boolean> {
  const { metadata, spec, status } = await client.get(deployments, ref);
  const count = spec?.replicas ?? 0;
  return (
    status?.observedGeneration === metadata.generation &&
    (status?.updatedReplicas ?? 0) === count &&
    (status?.availableReplicas ?? 0) === count &&
    (status?.replicas ?? 0) === count
  );
}

async function change(cluster: TestCluster, spec: Partial<DeploymentSpec>): Promise<void> {
  await cluster.client.patch(deployments, ref, { spec }, { type: "merge" });
}

const withImage = (image: string): Partial<DeploymentSpec> => ({
  template: template("web", undefined, image),
});

async function start(spec: Partial<DeploymentSpec> = {}): Promise<TestCluster> {
  const cluster = await startCluster({ clock: "virtual", simulatedNodes: 2 });
  await cluster.client.create(deployments, deployment("web", spec));
  await cluster.until(() => settled(cluster));
  return cluster;
}

const sizes = async (cluster: TestCluster): Promise<(number | undefined)[]> =>
  (await listed(cluster, replicaSets)).map((set) => set.spec?.replicas).sort();

test("a rollout replaces the pods within its bounds, and an undo brings the old set back", async () => {
  await using cluster = await start();
  const first = (await listed(cluster, replicaSets))[0]?.metadata.name;
  const podCache = await cluster.cache(pods);
  let most = 0;
  let fewest = Number.POSITIVE_INFINITY;
  podCache.onChange(() => {
    const active = podCache.list(namespace).filter((p) => !p.metadata.deletionTimestamp);
    const isReady = (p: (typeof active)[0]) =>
      p.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
    most = Math.max(most, active.length);
    fewest = Math.min(fewest, active.filter(isReady).length);
  });
  await change(cluster, withImage("app:2"));
  await cluster.until(() => settled(cluster));
  assert.deepEqual([most, fewest], [4, 3]);
  assert.deepEqual(await sizes(cluster), [0, 3]);
  await change(cluster, withImage("app:1"));
  await cluster.until(() => settled(cluster));
  assert.deepEqual(await sizes(cluster), [0, 3]);
  const { metadata } = await cluster.client.get(replicaSets, { namespace, name: first! });
  assert.equal(metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
  assert.equal(metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
});

test("what a rollout does is told in events", async () => {
  await using cluster = await start({ replicas: 1 });
  await change(cluster, withImage("app:2"));
  await cluster.until(() => settled(cluster));
  const [a, b] = (await listed(cluster, replicaSets))
    .toSorted((x, y) => revision(x) - revision(y))
    .map((set) => set.metadata.name);
  assert.deepEqual(await told(cluster, "Deployment", "web"), [
    `ScalingReplicaSet: Scaled up replica set ${a} from 0 to 1`,
    `ScalingReplicaSet: Scaled up replica set ${b} from 0 to 1`,
    `ScalingReplicaSet: Scaled down replica set ${a} from 1 to 0`,
  ]);
});

const revision = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.["deployment.kubernetes.io/revision"]);

test("scaling to 5, to 0 and back", async () => {
  await using cluster = await start();
  for (const replicas of [5, 0, 2]) {
    await change(cluster, { replicas });
    await cluster.until(() => settled(cluster));
    assert.equal((await listed(cluster, pods)).length, replicas);
  }
});

test("Recreate never runs old and new pods together", async () => {
  await using cluster = await start({ strategy: { type: "Recreate" } });
  const podCache = await cluster.cache(pods);
  const mixtures: string[][] = [];
  podCache.onChange(() => {
    const isOver = (p: Pod) => p.status?.phase === "Succeeded" || p.status?.phase === "Failed";
    const running = podCache.list(namespace).filter((p) => !isOver(p));
    const images = new Set(running.map((p) => p.spec.containers[0]?.image ?? ""));
    if (images.size > 1) mixtures.push([...images]);
  });
  await change(cluster, { ...withImage("app:2"), strategy: { type: "Recreate" } });
  await cluster.until(() => settled(cluster));
  assert.deepEqual(mixtures, []);
});

test("a pod that is deleted is replaced", async () => {
  await using cluster = await start();
  const [victim] = await listed(cluster, pods);
  await cluster.client.delete(pods, { namespace, name: victim!.metadata.name! });
  await cluster.until(async () => {
    const names = (await listed(cluster, pods)).map((p) => p.metadata.name);
    return names.length === 3 && !names.includes(victim?.metadata.name);
  });
  await cluster.until(() => settled(cluster));
});

test("a rollout that does not get on is told after its deadline", async () => {
  await using cluster = await start();
  const stuck = template("web");
  stuck.spec.nodeSelector = { nowhere: "to-be-found" };
  await change(cluster, { template: stuck, progressDeadlineSeconds: 60 });
  const condition = async () =>
    (await cluster.client.get(deployments, ref)).status?.conditions?.find(
      (c) => c.type === "Progressing",
    );
  await cluster.until(async () => (await condition())?.status === "False", 120_000);
  assert.equal((await condition())?.reason, "ProgressDeadlineExceeded");
});

test("old sets are kept up to the history limit", async () => {
  await using cluster = await start({ revisionHistoryLimit: 2, replicas: 1 });
  for (const image of ["app:2", "app:3", "app:4", "app:5"]) {
    await change(cluster, withImage(image));
    await cluster.until(() => settled(cluster));
  }
  await cluster.until(async () => (await listed(cluster, replicaSets)).length === 3);
});

test("a paused Deployment waits with a new template until it is resumed", async () => {
  await using cluster = await start();
  await change(cluster, { paused: true, ...withImage("app:2") });
  await cluster.clock.advance(5_000);
  assert.equal((await listed(cluster, replicaSets)).length, 1);
  await change(cluster, { paused: false });
  await cluster.until(() => settled(cluster));
  assert.equal((await listed(cluster, replicaSets)).length, 2);
});

test("once all is done nothing is written any more", async () => {
  await using cluster = await start();
  await cluster.clock.advance(5_000);
  const versions = async () =>
    [...(await listed(cluster, deployments)), ...(await listed(cluster, replicaSets))].map(
      (o) => o.metadata.resourceVersion,
    );
  const before = await versions();
  await cluster.clock.advance(3_600_000);
  assert.deepEqual(await versions(), before);
});
