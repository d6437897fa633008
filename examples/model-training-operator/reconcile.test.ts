import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "coxswain/client";
import type { Action } from "coxswain/sdk";
import { jobFor, jobNameOf } from "./job.ts";
import { reconcile } from "./reconcile.ts";
import type { Training, TrainingSpec, TrainingStatus } from "./training.ts";

const nowMs = Date.UTC(2026, 0, 1);

const training = (spec: Partial<TrainingSpec> = {}, status?: TrainingStatus): Training => ({
  metadata: { name: "digits", namespace: "ml", uid: "u1", generation: 1 },
  spec: {
    algorithmName: "regression",
    trainingImage: "train:1",
    inputData: [{ name: "samples", source: "pvc://data", format: "csv" }],
    failureRetries: 3,
    replicas: 2,
    livenessProbe: { periodSeconds: 10 },
    dataEncryption: { enabled: false, algorithm: "AES-256-GCM" },
    ...spec,
  },
  ...(status && { status }),
});

const job = (status: Job["status"], generation = "1"): Job => {
  const made = jobFor(training());
  const metadata = { ...made.metadata, uid: "j1" };
  metadata.annotations = { "ml.example.com/generation": generation };
  return { ...made, metadata, ...(status && { status }) };
};

const statusIn = (actions: readonly Action[]): TrainingStatus => {
  const found = actions.find((one) => one.do === "setStatus");
  assert.ok(found?.do === "setStatus");
  const { status } = found;
  return (typeof status === "function" ? status(undefined, []) : status) as TrainingStatus;
};

const done = (actions: readonly Action[]): string[] =>
  actions.map((one) => (one.do === "event" ? `event ${one.reason}` : one.do));

const ended = (type: string, reason: string) => ({
  conditions: [{ type, status: "True", reason, message: "why" }],
});

type Row = { jobs: Job[]; status?: TrainingStatus; does: string[]; phase: string; shows?: string };

const rows: Record<string, Row> = {
  "a new training gets its job": { jobs: [], does: ["create", "setStatus"], phase: "Pending" },
  "a job without workers waits": { jobs: [job({})], does: ["setStatus"], phase: "Pending" },
  "ready workers run": {
    jobs: [job({ active: 2, ready: 1 })],
    does: ["setStatus"],
    phase: "Running",
    shows: "0/2, 0 retries",
  },
  "a retry is told once": {
    jobs: [job({ active: 1, failed: 1, succeeded: 1 })],
    status: { phase: "Running", retries: 0 },
    does: ["setStatus", "event WorkerRetried"],
    phase: "Running",
    shows: "1/2, 1 retries",
  },
  "a retry that was told is not told again": {
    jobs: [job({ active: 1, failed: 1, succeeded: 1 })],
    status: { phase: "Running", retries: 1 },
    does: ["setStatus"],
    phase: "Running",
  },
  "an end is told": {
    jobs: [job({ succeeded: 2, ...ended("Complete", "CompletionsReached") })],
    status: { phase: "Running" },
    does: ["setStatus", "event TrainingSucceeded"],
    phase: "Succeeded",
    shows: "2/2, 0 retries",
  },
  "after the last retry a training has failed": {
    jobs: [job({ failed: 4, ...ended("Failed", "BackoffLimitExceeded") })],
    status: { phase: "Running", retries: 3 },
    does: ["setStatus", "event TrainingFailed"],
    phase: "Failed",
    shows: "0/2, 3 retries",
  },
  "a job of an older spec makes room": {
    jobs: [job({ active: 2 }, "0")],
    does: ["delete", "setStatus"],
    phase: "Pending",
  },
};

for (const [name, { jobs, status, does, phase, shows }] of Object.entries(rows)) {
  test(`training: ${name}`, () => {
    const actions = reconcile({ training: training({}, status), jobs, nowMs });
    assert.deepEqual(done(actions), does);
    const told = statusIn(actions);
    assert.equal(told.phase, phase);
    if (shows !== undefined) assert.equal(`${told.progress}, ${told.retries} retries`, shows);
  });
}

test("training: what is written once is not written again", () => {
  const jobs = [job({ failed: 1, active: 1 })];
  const first = statusIn(reconcile({ training: training(), jobs, nowMs }));
  const again = reconcile({ training: training({}, first), jobs, nowMs: nowMs + 5000 });
  assert.deepEqual(statusIn(again), first);
  assert.deepEqual(done(again), ["setStatus"]);
});

test("training: a job that the API refuses is told in the status", () => {
  const [create, status] = reconcile({ training: training(), jobs: [], nowMs });
  assert.ok(create && status?.do === "setStatus" && typeof status.status === "function");
  const error = new Error('jobs.batch "digits" already exists');
  const told = status.status({ action: create, error }, []) as TrainingStatus;
  assert.equal(told.conditions?.[0]?.reason, "JobNotCreated");
  assert.match(told.conditions?.[0]?.message ?? "", /already exists/);
});

test("the job: image, workers, retries, probe, owner", () => {
  const { metadata, spec } = jobFor(training());
  const [owner] = metadata.ownerReferences ?? [];
  assert.deepEqual([owner?.kind, owner?.uid, owner?.controller], ["ModelTrainingJob", "u1", true]);
  assert.deepEqual([spec.completions, spec.parallelism, spec.backoffLimit], [2, 2, 3]);
  const [container] = spec.template.spec.containers;
  assert.equal(container?.image, "train:1");
  assert.equal(container?.livenessProbe?.periodSeconds, 10);
});

test("the job: input data are volumes and environment", () => {
  const inputData = [
    { name: "samples", source: "pvc://data", format: "csv" },
    { name: "labels", source: "configmap://labels", format: "json" },
    { name: "far away", source: "https://example.com/a.csv", format: "csv" },
  ];
  const { volumes, containers } = jobFor(training({ inputData })).spec.template.spec;
  assert.deepEqual(volumes?.slice(1), [
    { name: "input-0", persistentVolumeClaim: { claimName: "data", readOnly: true } },
    { name: "input-1", configMap: { name: "labels" } },
    { name: "input-2", emptyDir: {} },
  ]);
  const mounts = containers[0]?.volumeMounts?.map((m) => `${m.mountPath} ${m.readOnly ?? false}`);
  assert.deepEqual(mounts, [
    "/heartbeat false",
    "/data/samples true",
    "/data/labels true",
    "/data/2 false",
  ]);
  const env = new Map(containers[0]?.env?.map((one) => [one.name, one.value]));
  assert.equal(env.get("INPUT_FAR_AWAY_SOURCE"), "https://example.com/a.csv");
  assert.equal(env.get("INPUT_SAMPLES_PATH"), "/data/samples");
  assert.equal(JSON.parse(env.get("INPUT_DATA") ?? "").length, 3);
});

test("the job: encryption brings its key", () => {
  const dataEncryption = { enabled: true, algorithm: "AES-128-GCM", keySecretName: "key" };
  const { volumes, containers } = jobFor(training({ dataEncryption })).spec.template.spec;
  assert.deepEqual(volumes?.at(-1), { name: "key", secret: { secretName: "key" } });
  const env = new Map(containers[0]?.env?.map((one) => [one.name, one.value]));
  assert.equal(env.get("DATA_ENCRYPTION_ALGORITHM"), "AES-128-GCM");
  assert.equal(env.get("DATA_ENCRYPTION_KEY_FOLDER"), "/encryption");
});

test("the job's name fits into a label", () => {
  const name = "n".repeat(200);
  const long = { ...training(), metadata: { name, uid: "12345678-9" } };
  assert.equal(jobNameOf(long).length, 63);
  assert.match(jobNameOf(long), /-12345678$/);
  assert.equal(
    jobNameOf({ ...training(), metadata: { name: "a.b", uid: "12345678-9" } }),
    "a-b-12345678",
  );
});
