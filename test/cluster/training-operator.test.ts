// The example's operator in a whole cluster: its own rights, the Job controller, simulated workers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { configMaps, events, jobs, pods } from "coxswain/client";
import { startCluster, type TestCluster } from "coxswain/testing";
import { parseAllDocuments } from "yaml";
import { trainingOperator } from "../../examples/model-training-operator/operator.ts";
import { type Training, trainings } from "../../examples/model-training-operator/training.ts";
import { customResource } from "../../src/sdk/custom-resource.ts";

const namespace = "default";
const account = "system:serviceaccount:model-training:model-training-operator";
const identity = {
  user: account,
  groups: [
    "system:serviceaccounts",
    "system:serviceaccounts:model-training",
    "system:authenticated",
  ],
};

/** What `kubectl apply -f` of both files does. */
async function install({ client }: TestCluster): Promise<void> {
  for (const file of ["model-training-crd.yaml", "model-training-operator/deploy.yaml"]) {
    const text = readFileSync(`examples/${file}`, "utf8");
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS();
      const [group, version] = object.apiVersion.includes("/")
        ? object.apiVersion.split("/")
        : ["", object.apiVersion];
      const plural = `${object.kind.toLowerCase()}s`;
      const scope = object.metadata.namespace ? "Namespaced" : "Cluster";
      const resource = customResource({ group, version, kind: object.kind, plural, scope });
      await client.create(resource, object);
    }
  }
}

async function start(): Promise<AsyncDisposableStack & { cluster: TestCluster }> {
  const stack = new AsyncDisposableStack();
  const cluster = stack.use(await startCluster({ clock: "virtual", simulatedNodes: 2 }));
  await install(cluster);
  await cluster.client.create(configMaps, { metadata: { name: "samples", namespace }, data: {} });
  const lease = { namespace: "model-training", name: "model-training-operator" };
  const { clock, random } = cluster;
  const client = cluster.clientFor(identity);
  stack.use(trainingOperator.start({ client, clock, random, leader: { lease, identity: "a" } }));
  return Object.assign(stack, { cluster });
}

/** Workers run for `seconds` and end with `code`. */
const training = (name: string, seconds: number, code: number): Training =>
  ({
    metadata: {
      name,
      namespace,
      annotations: {
        "simulation.coxswain.dev/run-seconds": String(seconds),
        "simulation.coxswain.dev/exit-code": String(code),
      },
    },
    spec: {
      algorithmName: "regression",
      trainingImage: "train:1",
      inputData: [{ name: "samples", source: "configmap://samples" }],
      replicas: 2,
      failureRetries: 2,
    },
  }) as unknown as Training;

const untilPhase = async (cluster: TestCluster, name: string, phase: string): Promise<Training> => {
  const read = () => cluster.client.get(trainings, { namespace, name });
  await cluster.until(async () => (await read()).status?.phase === phase, 600_000);
  return read();
};

const told = async ({ client }: TestCluster): Promise<string[]> =>
  (await client.list(events, { namespace })).items
    .filter((event) => event.involvedObject.kind === "ModelTrainingJob")
    .map((event) => event.reason ?? "");

test("a training runs on all its workers and succeeds", async () => {
  await using running = await start();
  const { cluster } = running;
  await cluster.client.create(trainings, training("good", 20, 0));
  const during = await untilPhase(cluster, "good", "Running");
  assert.equal(during.status?.progress, "0/2");
  const after = await untilPhase(cluster, "good", "Succeeded");
  assert.deepEqual([after.status?.progress, after.status?.retries], ["2/2", 0]);
  const succeeded = after.status?.conditions?.find((one) => one.type === "Succeeded");
  assert.deepEqual([succeeded?.status, succeeded?.reason], ["True", "JobComplete"]);
  await cluster.until(async () => (await told(cluster)).includes("TrainingSucceeded"));
  assert.deepEqual((await told(cluster)).sort(), ["JobCreated", "TrainingSucceeded"]);
});

test("failed workers are retried up to the bound", async () => {
  await using running = await start();
  const { cluster } = running;
  await cluster.client.create(trainings, training("bad", 5, 1));
  const after = await untilPhase(cluster, "bad", "Failed");
  assert.equal(after.status?.retries, 2);
  const failed = after.status?.conditions?.find((one) => one.type === "Failed");
  assert.deepEqual([failed?.status, failed?.reason], ["True", "BackoffLimitExceeded"]);
  await cluster.until(async () => (await told(cluster)).includes("TrainingFailed"));
  assert.ok((await told(cluster)).includes("WorkerRetried"));
});

test("a job that vanishes is made again, a changed spec starts anew, the end takes all with it", async () => {
  await using running = await start();
  const { cluster } = running;
  const { client } = cluster;
  await client.create(trainings, training("one", 100_000, 0));
  const ref = { namespace, name: "one" };
  const uid = async () => (await client.list(jobs, { namespace })).items.map((j) => j.metadata.uid);
  const another = (before: readonly unknown[]) => async () => {
    const now = await uid();
    return now.length === 1 && now[0] !== before[0];
  };
  await untilPhase(cluster, "one", "Running");
  const first = await uid();
  await client.delete(jobs, ref, { propagation: "Background" });
  await cluster.until(another(first));
  const second = await uid();
  await client.patch(trainings, ref, { spec: { replicas: 3 } }, { type: "merge" });
  await cluster.until(another(second), 300_000);
  await untilPhase(cluster, "one", "Running");
  assert.equal((await client.get(jobs, ref)).spec.completions, 3);
  await client.delete(trainings, ref);
  const isGone = async () =>
    (await uid()).length === 0 && (await client.list(pods, { namespace })).items.length === 0;
  await cluster.until(isGone, 300_000);
});
