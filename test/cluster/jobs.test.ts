import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import { cronJobs, jobs, pods } from "../../src/schema/resources.ts";
import type { Job, JobStatus } from "../../src/schema/types/batch-v1.ts";
import { job, listed, namespace, told } from "../kit/workloads.ts";

const start = (): Promise<TestCluster> => startCluster({ clock: "virtual", simulatedNodes: 2 });

const ends = (status: JobStatus | undefined): string[] =>
  (status?.conditions ?? []).filter((c) => c.status === "True").map((c) => `${c.type} ${c.reason}`);

/** Creates the job and waits for its end. */
async function run(cluster: TestCluster, object: Job, limitMs = 3_600_000): Promise<JobStatus> {
  await cluster.client.create(jobs, object);
  const ref = { namespace, name: object.metadata.name! };
  const status = async () => (await cluster.client.get(jobs, ref)).status;
  const isOver = async () => ends(await status()).some((e) => /^(Complete|Failed) /.test(e));
  await cluster.until(isOver, limitMs);
  return (await status())!;
}

test("a job completes, and its pod stays to be read", async () => {
  await using cluster = await start();
  const status = await run(cluster, job("j", "sleep 2"));
  assert.deepEqual(ends(status), [
    "SuccessCriteriaMet CompletionsReached",
    "Complete CompletionsReached",
  ]);
  assert.equal(status.succeeded, 1);
  assert.deepEqual(status.uncountedTerminatedPods, {});
  const [pod] = await listed(cluster, pods);
  assert.deepEqual([pod?.status?.phase, pod?.metadata.finalizers], ["Succeeded", undefined]);
  assert.deepEqual(await told(cluster, "Job", "j"), [
    `SuccessfulCreate: Created pod: ${pod?.metadata.name}`,
    "Completed: Job completed",
  ]);
});

test("completions are worked off with the given parallelism", async () => {
  await using cluster = await start();
  const podCache = await cluster.cache(pods);
  let most = 0;
  podCache.onChange(() => {
    const active = podCache.list().filter((p) => !/Succeeded|Failed/.test(p.status?.phase ?? ""));
    most = Math.max(most, active.length);
  });
  const status = await run(cluster, job("j", "sleep 3", { completions: 7, parallelism: 3 }));
  assert.deepEqual([status.succeeded, most], [7, 3]);
});

test("backoffLimit 0: one failure ends the job, the pod is kept", async () => {
  await using cluster = await start();
  const status = await run(cluster, job("j", "exit 1", { backoffLimit: 0 }));
  assert.deepEqual(ends(status), [
    "FailureTarget BackoffLimitExceeded",
    "Failed BackoffLimitExceeded",
  ]);
  assert.equal(status.failed, 1);
  const [pod] = await listed(cluster, pods);
  assert.equal(pod?.status?.phase, "Failed");
  assert.ok(
    (await told(cluster, "Job", "j")).includes(
      "BackoffLimitExceeded: Job has reached the specified backoff limit",
    ),
  );
});

test("failures are tried again after 10, 20 and 40 seconds", async () => {
  await using cluster = await start();
  const status = await run(cluster, job("j", "exit 1", { backoffLimit: 3 }));
  assert.equal(status.failed, 4);
  const created = (await listed(cluster, pods))
    .map((p) => Date.parse(p.metadata.creationTimestamp!) / 1000)
    .sort();
  const waits = created.slice(1).map((at, i) => at - created[i]!);
  for (const [i, wait] of waits.entries())
    assert.ok(wait >= 10 * 2 ** i && wait <= 10 * 2 ** i + 4, `${waits}`);
});

test("an indexed job runs each index once", async () => {
  await using cluster = await start();
  const spec = { completions: 5, parallelism: 5, completionMode: "Indexed" as const };
  const status = await run(cluster, job("j", "sleep 1", spec));
  assert.equal(status.completedIndexes, "0-4");
  const hosts = (await listed(cluster, pods)).map((p) => p.spec.hostname).sort();
  assert.deepEqual(hosts, ["j-0", "j-1", "j-2", "j-3", "j-4"]);
});

test("a deadline ends what runs", async () => {
  await using cluster = await start();
  const status = await run(cluster, job("j", "sleep 1000", { activeDeadlineSeconds: 20 }));
  assert.deepEqual(ends(status), ["FailureTarget DeadlineExceeded", "Failed DeadlineExceeded"]);
  await cluster.until(async () => (await listed(cluster, pods)).length === 0);
});

test("suspended jobs have no pods; resumed they complete", async () => {
  await using cluster = await start();
  await cluster.client.create(jobs, job("j", "sleep 5", { suspend: true }));
  await cluster.clock.advance(10_000);
  assert.equal((await listed(cluster, pods)).length, 0);
  const ref = { namespace, name: "j" };
  const suspend = async (value: boolean): Promise<void> => {
    await cluster.client.patch(jobs, ref, { spec: { suspend: value } }, { type: "merge" });
  };
  await suspend(false);
  await cluster.until(async () => (await listed(cluster, pods)).length === 1);
  await suspend(true);
  await cluster.until(async () => (await listed(cluster, pods)).length === 0);
  await suspend(false);
  await cluster.until(async () => (await cluster.client.get(jobs, ref)).status?.succeeded === 1);
  const { status } = await cluster.client.get(jobs, ref);
  assert.equal(status?.failed, undefined, "a pod that was suspended has not failed");
});

test("a job goes some time after its end when it says so, with its pods", async () => {
  await using cluster = await start();
  await run(cluster, job("j", "true", { ttlSecondsAfterFinished: 30 }));
  await cluster.clock.advance(25_000);
  assert.equal((await listed(cluster, jobs)).length, 1);
  await cluster.until(async () => (await listed(cluster, jobs)).length === 0);
  assert.equal((await listed(cluster, pods)).length, 0);
});

test("a deleted job lets its pods go", async () => {
  await using cluster = await start();
  await cluster.client.create(jobs, job("j", "sleep 1000"));
  await cluster.until(async () => (await listed(cluster, pods))[0]?.status?.phase === "Running");
  await cluster.client.delete(jobs, { namespace, name: "j" }, { propagation: "Foreground" });
  await cluster.until(async () => (await listed(cluster, jobs)).length === 0);
  assert.equal((await listed(cluster, pods)).length, 0);
});

test("a cron job starts a job each minute and keeps the last ones", async () => {
  await using cluster = await start();
  const { template } = job("c", "sleep 5").spec;
  await cluster.client.create(cronJobs, {
    metadata: { name: "c", namespace },
    spec: {
      schedule: "* * * * *",
      successfulJobsHistoryLimit: 2,
      jobTemplate: { spec: { template } },
    },
  });
  await cluster.clock.advance(5.5 * 60_000);
  const made = (await listed(cluster, jobs)).map((j) => j.metadata.name);
  assert.deepEqual(made, ["c-29453764", "c-29453765"]);
  const { status } = await cluster.client.get(cronJobs, { namespace, name: "c" });
  assert.deepEqual(status, {
    lastScheduleTime: "2026-01-01T00:05:00Z",
    lastSuccessfulTime: (await listed(cluster, jobs)).at(-1)?.status?.completionTime,
  });
  const said = await told(cluster, "CronJob", "c");
  assert.ok(said.includes("SuccessfulCreate: Created job c-29453761"), `${said}`);
  assert.ok(said.includes("SawCompletedJob: Saw completed job: c-29453761, condition: Complete"));
  assert.ok(said.includes("SuccessfulDelete: Deleted job c-29453761"));
});

test("a cron job that forbids a second run waits for the first", async () => {
  await using cluster = await start();
  const { template } = job("c", "sleep 150").spec;
  const concurrencyPolicy = "Forbid" as const;
  await cluster.client.create(cronJobs, {
    metadata: { name: "c", namespace },
    spec: { schedule: "* * * * *", concurrencyPolicy, jobTemplate: { spec: { template } } },
  });
  await cluster.clock.advance(3.2 * 60_000);
  assert.equal((await listed(cluster, jobs)).length, 1);
  assert.ok((await told(cluster, "CronJob", "c")).some((m) => m.startsWith("JobAlreadyActive")));
});
