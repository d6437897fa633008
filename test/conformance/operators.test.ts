// Operators with the libraries that others use, unchanged: controller-runtime (Go) and kopf (Python), and ours beside them.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { type Training, trainings } from "../../examples/model-training-operator/training.ts";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import {
  configMaps,
  customResourceDefinitions,
  events,
  jobs,
  pods,
} from "../../src/schema/resources.ts";
import { run } from "../e2e/machine.ts";

const namespace = "default";
const folder = join(import.meta.dirname, "operators");
const made = join(tmpdir(), "cox-operators");
const kopf = "1.45.2";
const client = "37.0.2";

type Prepared = { skip: string } | { command: string; args: string[] };

async function inGo(): Promise<Prepared> {
  mkdirSync(made, { recursive: true });
  const program = join(made, "training-operator-go");
  const build = ["-C", join(folder, "go"), "build", "-o", program, "."];
  const { code, stderr } = await run("go", build, {
    timeoutMs: 900_000,
    env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
  });
  if (code !== 0) return { skip: `cannot build with Go: ${stderr.slice(-300)}` };
  return { command: program, args: [] };
}

async function inPython(): Promise<Prepared> {
  const environment = join(made, `kopf-${kopf}`);
  if (!existsSync(join(environment, "ready"))) {
    mkdirSync(made, { recursive: true });
    const venv = await run("python3", ["-m", "venv", environment]);
    if (venv.code !== 0) return { skip: `needs python3 with venv: ${venv.stderr.slice(0, 200)}` };
    const wanted = [`kopf==${kopf}`, `kubernetes==${client}`];
    const pip = await run(join(environment, "bin/pip"), ["install", "-q", ...wanted], {
      timeoutMs: 300_000,
    });
    if (pip.code !== 0) return { skip: `cannot install kopf ${kopf}: ${pip.stderr.slice(-200)}` };
    writeFileSync(join(environment, "ready"), "");
  }
  const script = join(folder, "python/operator.py");
  return { command: join(environment, "bin/kopf"), args: ["run", "--all-namespaces", script] };
}

const inTypeScript = async (): Promise<Prepared> => ({
  command: process.execPath,
  args: [join(import.meta.dirname, "../../examples/model-training-operator/main.ts")],
});

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
      failureRetries: 1,
      livenessProbe: { periodSeconds: 7 },
    },
  }) as unknown as Training;

const waitMs = 90_000;

async function prove(cluster: TestCluster): Promise<void> {
  const { client } = cluster;
  const status = async (name: string) => (await client.get(trainings, { namespace, name })).status;
  await client.create(trainings, training("good", 3, 0));
  await client.create(trainings, training("bad", 1, 1));
  await cluster.until(async () => (await status("good"))?.phase === "Succeeded", waitMs);
  await cluster.until(async () => (await status("good"))?.progress === "2/2", waitMs);
  const succeeded = (await status("good"))?.conditions?.find((one) => one.type === "Succeeded");
  assert.equal(succeeded?.status, "True");
  const job = await client.get(jobs, { namespace, name: "good" });
  assert.deepEqual([job.spec.completions, job.spec.backoffLimit], [2, 1]);
  const [container] = job.spec.template.spec.containers;
  assert.equal(container?.image, "train:1");
  assert.equal(container?.livenessProbe?.periodSeconds, 7);
  const path = container?.env?.find((one) => one.name === "INPUT_SAMPLES_PATH")?.value;
  assert.equal(path, container?.volumeMounts?.find((one) => one.name === "input-0")?.mountPath);
  assert.equal(job.metadata.ownerReferences?.[0]?.kind, "ModelTrainingJob");
  await cluster.until(async () => (await status("bad"))?.phase === "Failed", waitMs);
  await cluster.until(async () => (await status("bad"))?.retries === 1, waitMs);
  const told = async () => (await client.list(events, { namespace })).items.map((e) => e.reason);
  await cluster.until(async () => (await told()).includes("JobCreated"), waitMs);
  await client.delete(trainings, { namespace, name: "good" });
  await client.delete(trainings, { namespace, name: "bad" });
  const isGone = async () =>
    (await client.list(jobs)).items.length + (await client.list(pods)).items.length === 0;
  await cluster.until(isGone, waitMs);
  assert.deepEqual((await client.list(trainings)).items, []);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

const all = { "controller-runtime": inGo, kopf: inPython, "coxswain/sdk": inTypeScript };

for (const [name, prepare] of Object.entries(all)) {
  test(`the training operator with ${name} works`, async (t) => {
    const prepared = await prepare();
    if ("skip" in prepared) return t.skip(prepared.skip);
    await using cluster = await startCluster({ simulatedNodes: 2 });
    const definition = parse(readFileSync("examples/model-training-crd.yaml", "utf8"));
    await cluster.client.create(customResourceDefinitions, definition);
    await cluster.client.create(configMaps, { metadata: { name: "samples", namespace }, data: {} });
    const home = mkdtempSync(join(tmpdir(), "cox-operator-"));
    const kubeconfig = join(home, "kubeconfig");
    writeFileSync(kubeconfig, await cluster.kubeconfig());
    const child = spawn(prepared.command, prepared.args, {
      env: { ...process.env, KUBECONFIG: kubeconfig, HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (bytes) => {
        output = (output + bytes).slice(-20_000);
      });
    try {
      await prove(cluster);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${output}`, { cause: error });
    } finally {
      await end(child);
      rmSync(home, { recursive: true, force: true });
    }
  });
}
