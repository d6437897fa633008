import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import {
  configMaps,
  customResourceDefinitions,
  deployments,
  podDisruptionBudgets,
  pods,
} from "../../src/schema/resources.ts";
import type { StatusError } from "../../src/schema/status-error.ts";
import type { PodDisruptionBudgetSpec } from "../../src/schema/types/policy-v1.ts";
import { deployment, listed, namespace, template, told } from "../kit/workloads.ts";

const ref = { namespace, name: "web" };

async function start(spec: PodDisruptionBudgetSpec, replicas = 4): Promise<TestCluster> {
  const cluster = await startCluster({ clock: "virtual", simulatedNodes: 2 });
  const { client } = cluster;
  await client.create(podDisruptionBudgets, {
    metadata: { name: "web", namespace },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  });
  if (replicas > 0) {
    await client.create(deployments, deployment("web", { replicas }));
    await cluster.until(async () => (await status(cluster))?.currentHealthy === replicas);
  }
  return cluster;
}

const status = async ({ client }: TestCluster) =>
  (await client.get(podDisruptionBudgets, ref)).status;

const condition = async (cluster: TestCluster) => (await status(cluster))?.conditions?.[0];

async function evict({ client }: TestCluster, name: string): Promise<StatusError | undefined> {
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  return client.post(pods, { namespace, name }, "eviction", body).then(
    () => undefined,
    (error: StatusError) => error,
  );
}

const counts = async (cluster: TestCluster) => {
  const s = await status(cluster);
  return [s?.expectedPods, s?.desiredHealthy, s?.currentHealthy, s?.disruptionsAllowed];
};

test("maxUnavailable counts what the Deployment wants, and lets one pod go at a time", async () => {
  await using cluster = await start({ maxUnavailable: "25%" });
  await cluster.until(async () => (await status(cluster))?.disruptionsAllowed === 1);
  assert.deepEqual(await counts(cluster), [4, 3, 4, 1]);
  const names = (await listed(cluster, pods)).map((pod) => pod.metadata.name!);
  assert.equal(await evict(cluster, names[0]!), undefined);
  const second = await evict(cluster, names[1]!);
  assert.equal(second?.code, 429);
  await cluster.until(async () => (await status(cluster))?.disruptionsAllowed === 1);
  assert.equal((await status(cluster))?.disruptedPods, undefined);
  assert.equal((await condition(cluster))?.reason, "SufficientPods");
});

test("minAvailable as a number counts the pods that are there", async () => {
  await using cluster = await start({ minAvailable: 4 });
  assert.deepEqual(await counts(cluster), [4, 4, 4, 0]);
  const { reason, status: state } = (await condition(cluster))!;
  assert.deepEqual([reason, state], ["InsufficientPods", "False"]);
});

test("a pod that may go and does not counts again after two minutes", async () => {
  await using cluster = await start({ minAvailable: 3 });
  const { client } = cluster;
  const name = (await listed(cluster, pods))[0]!.metadata.name!;
  const budget = await client.get(podDisruptionBudgets, ref);
  const now = new Date(cluster.clock.now()).toISOString().replace(/\.\d+Z/, "Z");
  await client.update(
    podDisruptionBudgets,
    {
      ...budget,
      status: { ...budget.status!, disruptionsAllowed: 0, disruptedPods: { [name]: now } },
    },
    { subresource: "status" },
  );
  await cluster.clock.advance(119_000);
  assert.deepEqual(await counts(cluster), [4, 3, 3, 0]);
  await cluster.clock.advance(3_000);
  assert.deepEqual(await counts(cluster), [4, 3, 4, 1]);
  assert.equal(
    (await told(cluster, "Pod", name)).at(-1),
    "NotDeleted: Pod was expected by PDB default/web to be deleted but it wasn't",
  );
});

test("pods that nobody controls are told of", async () => {
  await using cluster = await start({ maxUnavailable: 1 }, 0);
  const { spec } = template("web");
  const metadata = { name: "alone", namespace, labels: { app: "web" } };
  await cluster.client.create(pods, { metadata, spec: spec! });
  await cluster.until(async () =>
    (await told(cluster, "PodDisruptionBudget", "web")).some((said) => said.startsWith("Unman")),
  );
  const said = await told(cluster, "PodDisruptionBudget", "web");
  assert.ok(said.includes("NoPods: No matching pods found"));
  assert.match(
    said.find((text) => text.startsWith("Unman"))!,
    /\(selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: web,\},MatchExpressions:\[\]LabelSelectorRequirement\{\},\}\)/,
  );
  assert.deepEqual(await counts(cluster), [0, 0, 1, 0]);
});

const owned = (kind: string, apiVersion: string, uid: string) => ({
  metadata: {
    name: "owned",
    namespace,
    labels: { app: "web" },
    ownerReferences: [{ apiVersion, kind, name: "fleet", uid, controller: true }],
  },
  spec: template("web").spec!,
});

test("a custom resource that scales is asked for its scale", async () => {
  await using cluster = await start({ maxUnavailable: 1 }, 0);
  const { client } = cluster;
  await client.create(customResourceDefinitions, fleetDefinition);
  const path = `/apis/example.com/v1/namespaces/${namespace}/fleets`;
  const body = {
    apiVersion: "example.com/v1",
    kind: "Fleet",
    metadata: { name: "fleet" },
    spec: { replicas: 3 },
  };
  let uid = "";
  await cluster.until(async () => {
    const answer = await client.send({ method: "POST", path, body });
    const made = answer.body.is === "object" ? answer.body.object : undefined;
    uid = (made as { metadata?: { uid?: string } })?.metadata?.uid ?? "";
    return answer.status === 201;
  });
  await client.create(pods, owned("Fleet", "example.com/v1", uid));
  await cluster.until(async () => (await status(cluster))?.currentHealthy === 1);
  assert.deepEqual(await counts(cluster), [3, 2, 1, 0]);
});

const fleetDefinition = {
  metadata: { name: "fleets.example.com" },
  spec: {
    group: "example.com",
    names: { kind: "Fleet", plural: "fleets" },
    scope: "Namespaced" as const,
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
        subresources: {
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
      },
    ],
  },
};

test("a controller that does not scale makes the budget fail safe", async () => {
  await using cluster = await start({ maxUnavailable: 1 }, 0);
  const { client } = cluster;
  const owner = await client.create(configMaps, { metadata: { name: "fleet", namespace } });
  await client.create(pods, owned("ConfigMap", "v1", owner.metadata.uid!));
  await cluster.until(async () => (await condition(cluster))?.reason === "SyncFailed");
  const { message } = (await condition(cluster))!;
  assert.equal(message, "configmaps does not implement the scale subresource");
  assert.ok(
    (await told(cluster, "PodDisruptionBudget", "web")).includes(
      `CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: ${message}`,
    ),
  );
});

test("a stale mark of eviction is taken back", async () => {
  await using cluster = await start({ minAvailable: 1 });
  const { client } = cluster;
  const pod = (await listed(cluster, pods))[0]!;
  const mark = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastTransitionTime: new Date(cluster.clock.now()).toISOString().replace(/\.\d+Z/, "Z"),
  };
  const conditions = [...(pod.status?.conditions ?? []), mark];
  const marked = { ...pod, status: { ...pod.status, conditions } };
  await client.update(pods, marked, { subresource: "status" });
  const state = async () =>
    (await client.get(pods, { namespace, name: pod.metadata.name! })).status?.conditions?.find(
      (c) => c.type === "DisruptionTarget",
    )?.status;
  await cluster.clock.advance(110_000);
  assert.equal(await state(), "True");
  await cluster.clock.advance(20_000);
  assert.equal(await state(), "False");
});
