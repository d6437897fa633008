import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { now, ownedBy, pod, secondsAgo, statusOf, words } from "../../../test/kit/controllers.ts";
import type { Action } from "../../control/action.ts";
import type { Job, JobSpec, JobStatus } from "../../schema/types/batch-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { FailureMemory, noFailures, remainingMs } from "./backoff.ts";
import { indexKey, trackingFinalizer } from "./job-pods.ts";
import { newlyEnded } from "./pass.ts";
import { reconcile } from "./reconcile.ts";

type Options = Partial<Omit<JobSpec, "template">> & {
  status?: JobStatus;
  deleted?: boolean;
  restartPolicy?: "Never" | "OnFailure";
};

function job({ status, deleted, restartPolicy = "Never", ...spec }: Options = {}): Job {
  return {
    metadata: {
      name: "j",
      namespace: "default",
      uid: "j",
      resourceVersion: "1",
      ...(deleted ? { deletionTimestamp: secondsAgo(0) } : {}),
    },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      selector: { matchLabels: { app: "a" } },
      template: {
        metadata: { labels: { app: "a" } },
        spec: { restartPolicy, containers: [{ name: "c", image: "i" }] },
      },
      ...spec,
    },
    ...(status ? { status } : {}),
  };
}

type Phase = "Pending" | "Running" | "Succeeded" | "Failed";
type PodOptions = {
  index?: number;
  tracked?: boolean;
  deleted?: boolean;
  exit?: number;
  failures?: number;
};

function own(name: string, phase: Phase, options: PodOptions = {}): Pod {
  const { index, tracked = true, deleted = false, exit, failures } = options;
  const made = pod(name, {
    phase,
    deleted,
    owner: ownedBy("Job", "j", "batch/v1"),
    ...(tracked ? { finalizers: [trackingFinalizer] } : {}),
    annotations: {
      ...(index === undefined ? {} : { [indexKey]: String(index) }),
      ...(failures === undefined
        ? {}
        : { "batch.kubernetes.io/job-index-failure-count": String(failures) }),
    },
  });
  if (exit !== undefined)
    made.status!.containerStatuses = [
      {
        name: "c",
        ready: false,
        restartCount: 0,
        image: "i",
        imageID: "",
        state: { terminated: { exitCode: exit, finishedAt: secondsAgo(1000) } },
      },
    ];
  return made;
}

const run = (object: Job, pods: Pod[] = [], failures = noFailures, at = now): Action[] =>
  reconcile({ job: object, pods, failures, now: at });

const started = {
  startTime: secondsAgo(60),
  ready: 0,
  terminating: 0,
  uncountedTerminatedPods: {},
};
const indexed = { completionMode: "Indexed" as const, completions: 3, parallelism: 3 };

const rows: { why: string; job: Job; pods: Pod[]; does: string[] }[] = [
  { why: "a pod is made", job: job(), pods: [], does: ["setStatus", "create Pod"] },
  {
    why: "no more than parallelism",
    job: job({ parallelism: 2, completions: 5 }),
    pods: [],
    does: ["setStatus", "create Pod", "create Pod"],
  },
  {
    why: "no more than is left to complete",
    job: job({ parallelism: 3, completions: 5, status: { ...started, succeeded: 4 } }),
    pods: [],
    does: ["setStatus", "create Pod"],
  },
  {
    why: "a pod that has succeeded is noted first, then let go of",
    job: job({ status: started }),
    pods: [own("a", "Succeeded")],
    does: ["setStatus", "patch a"],
  },
  {
    why: "beyond the limit the job fails, and what runs is removed",
    job: job({ parallelism: 2, completions: 2, backoffLimit: 0, status: started }),
    pods: [own("a", "Failed"), own("b", "Running")],
    does: ["setStatus", "patch a", "patch b", "delete b"],
  },
  {
    why: "suspended: what runs is let go of uncounted",
    job: job({ suspend: true, status: started }),
    pods: [own("a", "Running")],
    does: ["setStatus", "patch a", "delete a"],
  },
  {
    why: "an index that is there twice loses the pod that is least far",
    job: job({ ...indexed, status: started }),
    pods: [0, 1, 2]
      .map((i) => own(`p${i}`, "Running", { index: i }))
      .concat(own("x", "Pending", { index: 1 })),
    does: ["setStatus", "patch x", "delete x"],
  },
  {
    why: "a job that is being deleted makes nothing and holds no pod back",
    job: job({ deleted: true, status: started }),
    pods: [own("a", "Running")],
    does: ["setStatus", "patch a"],
  },
  {
    why: "a deadline is waited for",
    job: job({ activeDeadlineSeconds: 100, status: started }),
    pods: [own("a", "Running")],
    does: ["setStatus", "again 40000"],
  },
  {
    why: "a finished job is left alone",
    job: job({ status: { conditions: [{ type: "Failed", status: "True" }] } }),
    pods: [own("a", "Running")],
    does: [],
  },
  {
    why: "a job of another controller is left alone",
    job: job({ managedBy: "example.com/other" }),
    pods: [],
    does: [],
  },
];

for (const row of rows)
  test(row.why, () => assert.deepEqual(words(run(row.job, row.pods)), row.does));

const conditions = (actions: Action[]) =>
  (statusOf<JobStatus>(actions).conditions ?? []).map((c) => `${c.type} ${c.reason}`);

test("success is told in two steps, the counters follow the finalizers", () => {
  const first = run(job({ status: started }), [own("a", "Succeeded")]);
  const noted = statusOf<JobStatus>(first);
  assert.deepEqual(conditions(first), ["SuccessCriteriaMet CompletionsReached"]);
  assert.deepEqual(noted.uncountedTerminatedPods, { succeeded: ["a"] });
  assert.equal(noted.succeeded, undefined);
  const second = run(job({ status: noted }), [own("a", "Succeeded", { tracked: false })]);
  assert.deepEqual(words(second), ["setStatus"]);
  const { conditions: _, ...counts } = statusOf<JobStatus>(second);
  assert.deepEqual(conditions(second), [
    "SuccessCriteriaMet CompletionsReached",
    "Complete CompletionsReached",
  ]);
  assert.deepEqual(counts, {
    startTime: started.startTime,
    completionTime: secondsAgo(0),
    succeeded: 1,
    uncountedTerminatedPods: {},
    ready: 0,
    terminating: 0,
  });
  const report = second[0]?.do === "setStatus" ? second[0].report?.done : undefined;
  assert.equal(`${report?.reason}: ${report?.message(undefined)}`, "Completed: Job completed");
});

test("failure waits for the last pod, then says why", () => {
  const failing = job({ backoffLimit: 0, status: started });
  const first = run(failing, [own("a", "Failed")]);
  assert.deepEqual(conditions(first), ["FailureTarget BackoffLimitExceeded"]);
  const status = statusOf<JobStatus>(first);
  const leaving = run(job({ backoffLimit: 0, status }), [
    own("a", "Failed", { tracked: false }),
    own("b", "Running", { tracked: false, deleted: true }),
  ]);
  assert.deepEqual(conditions(leaving), ["FailureTarget BackoffLimitExceeded"]);
  const second = run(job({ backoffLimit: 0, status: statusOf(leaving) }), [
    own("a", "Failed", { tracked: false }),
  ]);
  assert.deepEqual(conditions(second), [
    "FailureTarget BackoffLimitExceeded",
    "Failed BackoffLimitExceeded",
  ]);
  assert.equal(statusOf<JobStatus>(second).failed, 1);
  assert.equal(
    statusOf<JobStatus>(second).conditions?.[1]?.message,
    "Job has reached the specified backoff limit",
  );
});

const ends: { why: string; job: Job; pods: Pod[]; ends: string[] }[] = [
  {
    why: "a deadline that has passed",
    job: job({ activeDeadlineSeconds: 60, status: started }),
    pods: [own("a", "Running")],
    ends: ["FailureTarget DeadlineExceeded"],
  },
  {
    why: "restarts of containers count with OnFailure",
    job: job({ restartPolicy: "OnFailure", backoffLimit: 1, status: started }),
    pods: [withRestarts(own("a", "Running"), 1)],
    ends: ["FailureTarget BackoffLimitExceeded"],
  },
  {
    why: "a failure that the policy makes final",
    job: job({ status: started, podFailurePolicy: policy("FailJob") }),
    pods: [own("a", "Failed", { exit: 42 })],
    ends: ["FailureTarget PodFailurePolicy"],
  },
  {
    why: "a failure that the policy ignores",
    job: job({ backoffLimit: 0, status: started, podFailurePolicy: policy("Ignore") }),
    pods: [own("a", "Failed", { exit: 42 })],
    ends: [],
  },
  {
    why: "an index out of tries while others are open",
    job: job({ ...indexed, backoffLimitPerIndex: 0, backoffLimit: 99, status: started }),
    pods: [own("a", "Failed", { index: 0, failures: 0 })],
    ends: [],
  },
  {
    why: "all indexes settled, one of them failed",
    job: job({
      ...indexed,
      backoffLimitPerIndex: 0,
      backoffLimit: 99,
      status: { ...started, completedIndexes: "1,2", succeeded: 2 },
    }),
    pods: [own("a", "Failed", { index: 0, failures: 0 })],
    ends: ["FailureTarget FailedIndexes"],
  },
  {
    why: "too many indexes failed",
    job: job({
      ...indexed,
      backoffLimitPerIndex: 0,
      maxFailedIndexes: 0,
      backoffLimit: 99,
      status: started,
    }),
    pods: [own("a", "Failed", { index: 0, failures: 0 })],
    ends: ["FailureTarget MaxFailedIndexesExceeded"],
  },
  {
    why: "a success policy that is met",
    job: job({
      ...indexed,
      successPolicy: { rules: [{ succeededIndexes: "0,2", succeededCount: 1 }] },
      status: started,
    }),
    pods: [own("a", "Succeeded", { index: 2 }), own("b", "Running", { index: 0 })],
    ends: ["SuccessCriteriaMet SuccessPolicy"],
  },
];
for (const row of ends)
  test(`the end: ${row.why}`, () => assert.deepEqual(conditions(run(row.job, row.pods)), row.ends));

function withRestarts(made: Pod, restartCount: number): Pod {
  made.status!.containerStatuses = [
    { name: "c", ready: true, restartCount, image: "i", imageID: "" },
  ];
  return made;
}

function policy(action: "FailJob" | "Ignore"): NonNullable<JobSpec["podFailurePolicy"]> {
  return { rules: [{ action, onExitCodes: { operator: "In", values: [42] } }] };
}

test("the policy's message names container, pod, code and rule", () => {
  const actions = run(job({ status: started, podFailurePolicy: policy("FailJob") }), [
    own("a", "Failed", { exit: 42 }),
  ]);
  assert.equal(
    statusOf<JobStatus>(actions).conditions?.[0]?.message,
    "Container c for pod default/a failed with exit code 42 matching FailJob rule at index 0",
  );
});

test("an indexed pod carries its index in label, annotation, host name, name and variable", () => {
  const made = run(job(indexed)).find((a) => a.do === "create")?.object as Pod;
  assert.equal(made.metadata.generateName, "j-0-");
  assert.equal(made.metadata.labels?.[indexKey], "0");
  assert.equal(made.metadata.annotations?.[indexKey], "0");
  assert.equal(made.spec.hostname, "j-0");
  assert.deepEqual(made.metadata.finalizers, [trackingFinalizer]);
  assert.deepEqual(made.spec.containers[0]?.env, [
    {
      name: "JOB_COMPLETION_INDEX",
      valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } },
    },
  ]);
});

test("the successor of an index takes over its failures before the failed pod is let go of", () => {
  const tries = { ...indexed, completions: 1, backoffLimitPerIndex: 3, backoffLimit: 99 };
  const failed = own("a", "Failed", { index: 0, failures: 1, exit: 1 });
  const actions = run(job({ ...tries, status: started }), [failed]);
  assert.deepEqual(words(actions), ["setStatus", "create Pod"]);
  const made = actions.find((a) => a.do === "create")?.object as Pod;
  assert.equal(made.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"], "2");
  const next = own("b", "Running", { index: 0, failures: 2 });
  assert.deepEqual(words(run(job({ ...tries, status: started }), [failed, next])), [
    "setStatus",
    "patch a",
  ]);
});

test("suspending and resuming set the condition, the start time and an event", () => {
  const suspended = run(job({ suspend: true, status: started }));
  assert.deepEqual(conditions(suspended), ["Suspended JobSuspended"]);
  assert.equal(statusOf<JobStatus>(suspended).startTime, undefined);
  const resumed = run(job({ status: statusOf(suspended) }));
  assert.deepEqual(conditions(resumed), ["Suspended JobResumed"]);
  assert.equal(statusOf<JobStatus>(resumed).startTime, secondsAgo(0));
});

const waits: [number, number][] = [
  [0, 0],
  [1, 10_000],
  [2, 20_000],
  [6, 320_000],
  [7, 600_000],
  [50, 600_000],
];
for (const [count, ms] of waits)
  test(`after ${count} failures in a row a pod waits ${ms / 1000} s`, () => {
    assert.equal(remainingMs({ count, lastMs: now }, now), ms);
    assert.equal(remainingMs({ count, lastMs: now - 5000 }, now), Math.max(ms - 5000, 0));
  });

test("failures are remembered once each, and a later success forgets them", () => {
  const memory = new FailureMemory();
  const a = own("a", "Failed", { exit: 1 });
  assert.equal(memory.see("j", [], [a]).count, 1);
  assert.equal(memory.see("j", [], [a]).count, 1);
  assert.equal(memory.see("j", [], [a, own("b", "Failed", { exit: 1 })]).count, 2);
  const won = own("c", "Succeeded");
  won.status!.conditions![0]!.lastTransitionTime = secondsAgo(1);
  assert.equal(memory.see("j", [won], []).count, 0);
});

/** Lets a Job run to its end: the server does what is asked, pods end as `fate` says. */
function live(start: Job, fate: () => Phase): { job: Job; made: number; finished: boolean } {
  let current = start;
  let pods: Pod[] = [];
  let made = 0;
  let at = now;
  const memory = new FailureMemory();
  for (let pass = 0; pass < 300; pass++) {
    at += 1_000_000;
    const { succeeded, failed } = newlyEnded(current, pods);
    const failures = memory.see("j", succeeded, failed);
    const actions = reconcile({ job: current, pods, failures, now: at });
    if (actions.length === 0) return { job: current, made, finished: true };
    for (const action of actions) {
      if (action.do === "setStatus") current = { ...current, status: statusOf(actions) };
      else if (action.do === "create") pods.push(bornOf(action.object as Pod, made++));
      else if (action.do === "delete")
        pods = pods.filter((p) => p.metadata.name !== action.ref.name);
      else if (action.do === "patch")
        pods = pods.map((p) => (p.metadata.name === action.ref.name ? untracked(p) : p));
    }
    pods = pods.map((p) => (p.status?.phase === "Running" ? ended(p, fate()) : p));
  }
  return { job: current, made, finished: false };
}

const bornOf = (object: Pod, n: number): Pod => ({
  ...object,
  metadata: { ...object.metadata, name: `p${n}`, uid: `p${n}`, creationTimestamp: secondsAgo(0) },
  status: { phase: "Running" },
});
const untracked = (p: Pod): Pod => ({ ...p, metadata: { ...p.metadata, finalizers: [] } });
const ended = (p: Pod, phase: Phase): Pod => ({ ...p, status: { ...p.status, phase } });

test("every job ends with exact counts, whatever its pods do", () => {
  const options = fc.record({
    completions: fc.integer({ min: 1, max: 6 }),
    parallelism: fc.integer({ min: 1, max: 4 }),
    backoffLimit: fc.nat(4),
    isIndexed: fc.boolean(),
    fates: fc.infiniteStream(fc.constantFrom<Phase>("Running", "Succeeded", "Succeeded", "Failed")),
  });
  fc.assert(
    fc.property(options, ({ completions, parallelism, backoffLimit, isIndexed, fates }) => {
      const counts = { succeeded: 0, failed: 0 };
      const fate = (): Phase => {
        const phase = fates.next().value ?? "Succeeded";
        if (phase === "Succeeded") counts.succeeded++;
        if (phase === "Failed") counts.failed++;
        return phase;
      };
      const completionMode = isIndexed ? ("Indexed" as const) : ("NonIndexed" as const);
      const spec = { completions, parallelism, backoffLimit, completionMode };
      const { job: last, finished } = live(job(spec), fate);
      assert.ok(finished, "it comes to rest");
      const status = last.status!;
      assert.deepEqual(status.uncountedTerminatedPods, {});
      const end = status.conditions?.at(-1)?.type;
      if (end === "Complete") {
        assert.ok(counts.failed <= backoffLimit);
        assert.equal(status.succeeded, completions);
        assert.equal(status.failed ?? 0, counts.failed);
      } else {
        assert.equal(end, "Failed");
        assert.ok((status.failed ?? 0) > backoffLimit);
        assert.ok((status.failed ?? 0) >= counts.failed);
      }
    }),
    { numRuns: 100 },
  );
});
