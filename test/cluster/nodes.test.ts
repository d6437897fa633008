import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import { daemonSets, deployments, jobs, nodes, pods } from "../../src/schema/resources.ts";
import { printTime } from "../../src/schema/time.ts";
import type { Node, Pod } from "../../src/schema/types/core-v1.ts";
import { deployment, job, listed, namespace, template, told } from "../kit/workloads.ts";

const start = (): Promise<TestCluster> => startCluster({ clock: "virtual", simulatedNodes: 2 });

/** A node that has said once that it is ready, and whose agent then falls silent. */
async function silentNode({ client, clock }: TestCluster, name: string): Promise<void> {
  await client.create(nodes, { metadata: { name, labels: { silent: "yes" } }, spec: {} });
  const time = printTime(clock.now());
  const conditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
    type,
    status: type === "Ready" ? "True" : "False",
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  }));
  const capacity = { cpu: "32", memory: "256Gi", pods: "110" };
  const status = { conditions, capacity, allocatable: capacity };
  await client.patch(nodes, { name }, { status }, { type: "merge", subresource: "status" });
}

const readyOf = (node: Node): string =>
  node.status?.conditions
    ?.filter((c) => c.type === "Ready")
    .map((c) => `${c.status} ${c.reason}: ${c.message}`)
    .join() ?? "";

const taintsOf = (node: Node): string[] =>
  (node.spec?.taints ?? []).map((t) => `${t.key}:${t.effect}`).sort();

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

const onSilent = (pod: Pod): boolean => pod.spec.nodeName === "silent";

/** Marks the pod as running, as the agent of its node would have. */
async function asRunning({ client }: TestCluster, { metadata }: Pod): Promise<void> {
  const ref = { namespace, name: metadata.name! };
  const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  await client.patch(pods, ref, { status }, { type: "strategic", subresource: "status" });
}

test("a node that falls silent is unknown after 50 s, tainted, and its pods are not ready", async () => {
  await using cluster = await start();
  await silentNode(cluster, "silent");
  await cluster.client.create(pods, {
    metadata: { name: "p", namespace },
    spec: { ...template("p").spec, nodeName: "silent" },
  });
  await asRunning(cluster, await cluster.client.get(pods, { namespace, name: "p" }));
  const node = () => cluster.client.get(nodes, { name: "silent" });
  await cluster.clock.advance(49_000);
  assert.match(readyOf(await node()), /^True/);
  await cluster.clock.advance(3_000);
  assert.equal(
    readyOf(await node()),
    "Unknown NodeStatusUnknown: Kubelet stopped posting node status.",
  );
  await cluster.clock.advance(1_000);
  assert.deepEqual(taintsOf(await node()), [
    "node.kubernetes.io/unreachable:NoExecute",
    "node.kubernetes.io/unreachable:NoSchedule",
  ]);
  const pod = await cluster.client.get(pods, { namespace, name: "p" });
  assert.equal(pod.status?.conditions?.find((c) => c.type === "Ready")?.status, "False");
  assert.deepEqual(await told(cluster, "Pod", "p"), ["NodeNotReady: Node is not ready"]);
});

test("a node that lives is left alone for a day", async () => {
  await using cluster = await start();
  await cluster.clock.advance(60_000);
  const before = await cluster.client.get(nodes, { name: "simulated-0" });
  await cluster.clock.advance(3_600_000);
  const after = await cluster.client.get(nodes, { name: "simulated-0" });
  assert.match(readyOf(after), /^True/);
  assert.deepEqual(taintsOf(after), []);
  assert.equal(after.spec?.podCIDR, before.spec?.podCIDR);
});

test("pods of a lost node are made again elsewhere after five minutes", async () => {
  await using cluster = await start();
  await silentNode(cluster, "silent");
  const bound = template("web");
  bound.spec.affinity = {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, preference: { matchExpressions: [{ key: "silent", operator: "Exists" }] } },
      ],
    },
  };
  await cluster.client.create(deployments, deployment("web", { replicas: 1, template: bound }));
  await cluster.until(async () => (await listed(cluster, pods)).some(onSilent));
  for (const pod of await listed(cluster, pods)) await asRunning(cluster, pod);
  await cluster.clock.advance(340_000);
  assert.equal((await listed(cluster, pods)).length, 1);
  await cluster.clock.advance(60_000);
  const all = await listed(cluster, pods);
  const lost = all.find(onSilent);
  assert.ok(lost?.metadata.deletionTimestamp, "it waits for its node");
  const condition = lost.status?.conditions?.find((c) => c.type === "DisruptionTarget");
  assert.equal(condition?.reason, "DeletionByTaintManager");
  assert.equal(all.find((p) => !onSilent(p))?.status?.phase, "Running");
  await cluster.client.delete(nodes, { name: "silent" });
  await cluster.until(async () => !(await listed(cluster, pods)).some(onSilent));
});

test("a job's pod that is lost with its node is made again elsewhere", async () => {
  await using cluster = await start();
  await silentNode(cluster, "silent");
  const made = job("j", "sleep 5");
  made.spec.template.spec.tolerations = [
    {
      key: "node.kubernetes.io/unreachable",
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 10,
    },
  ];
  made.spec.template.spec.affinity = {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, preference: { matchExpressions: [{ key: "silent", operator: "Exists" }] } },
      ],
    },
  };
  await cluster.client.create(jobs, made);
  await cluster.until(async () => (await listed(cluster, pods)).some(onSilent));
  for (const pod of await listed(cluster, pods)) await asRunning(cluster, pod);
  const status = async () => (await cluster.client.get(jobs, { namespace, name: "j" })).status;
  await cluster.until(async () => (await status())?.succeeded === 1, 200_000);
  assert.equal((await status())?.failed, 1);
});

test("a daemon runs on every node, also on those that come later", async () => {
  await using cluster = await start();
  await cluster.client.create(daemonSets, {
    metadata: { name: "d", namespace },
    spec: { selector: { matchLabels: { app: "d" } }, template: template("d") },
  });
  const status = async () =>
    (await cluster.client.get(daemonSets, { namespace, name: "d" })).status;
  await cluster.until(async () => (await status())?.numberReady === 2);
  await silentNode(cluster, "silent");
  await cluster.until(async () => (await listed(cluster, pods)).some(onSilent));
  assert.equal((await status())?.desiredNumberScheduled, 3);
  await cluster.client.delete(nodes, { name: "silent" });
  await cluster.until(async () => (await listed(cluster, pods)).length === 2, 120_000);
  assert.equal((await status())?.desiredNumberScheduled, 2);
});

test("a daemon's new template replaces one pod after the other", async () => {
  await using cluster = await start();
  const ref = { namespace, name: "d" };
  await cluster.client.create(daemonSets, {
    metadata: ref,
    spec: { selector: { matchLabels: { app: "d" } }, template: template("d") },
  });
  const status = async () => (await cluster.client.get(daemonSets, ref)).status;
  await cluster.until(async () => (await status())?.numberReady === 2);
  let fewest = 2;
  const cache = await cluster.cache(pods);
  cache.onChange(() => {
    const serving = cache
      .list(namespace)
      .filter((p) => isReady(p) && !p.metadata.deletionTimestamp);
    fewest = Math.min(fewest, serving.length);
  });
  const spec = { template: template("d", undefined, "app:2") };
  await cluster.client.patch(daemonSets, ref, { spec }, { type: "merge" });
  await cluster.until(async () => {
    const now = await status();
    const isSeen = now?.observedGeneration === 2;
    return isSeen && now.updatedNumberScheduled === 2 && now.numberAvailable === 2;
  });
  assert.equal(fewest, 1);
  assert.deepEqual(
    (await listed(cluster, pods)).map((p) => p.spec.containers[0]?.image),
    ["app:2", "app:2"],
  );
});

test("a node that was called unknown and lives says so at once", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 1 });
  const cache = await cluster.cache(nodes);
  const ready = () =>
    cache.get({ name: "simulated-0" })?.status?.conditions?.find((c) => c.type === "Ready");
  await cluster.until(() => ready()?.status === "True");
  const unknown = { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" };
  await cluster.client.patch(
    nodes,
    { name: "simulated-0" },
    { status: { conditions: [unknown] } },
    { type: "strategic", subresource: "status" },
  );
  await cluster.until(() => ready()?.status === "Unknown");
  await cluster.until(() => ready()?.status === "True", 15_000);
});

test("every node hears how long its agent may keep what it has read", async () => {
  await using cluster = await start();
  const ttls = async () =>
    (await listed(cluster, nodes)).map(
      ({ metadata }) => metadata.annotations?.["node.alpha.kubernetes.io/ttl"],
    );
  await cluster.clock.advance(5_000);
  assert.deepEqual(await ttls(), ["0", "0"]);
});
