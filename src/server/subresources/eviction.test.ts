import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServer } from "../../../test/kit/api-server.ts";

const pods = "/api/v1/namespaces/a/pods";
const budgets = "/apis/policy/v1/namespaces/a/poddisruptionbudgets";
const ready = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };

async function withPod(api: ApiServer, name: string, status: object = ready): Promise<void> {
  await api.done(`POST ${pods}`, {
    metadata: { name, labels: { app: "x" } },
    spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] },
  });
  await api.done(`PATCH ${pods}/${name}/status`, { status });
}

async function withBudget(
  api: ApiServer,
  status: object,
  spec: object = {},
  name = "b",
): Promise<void> {
  const selector = { matchLabels: { app: "x" } };
  await api.done(`POST ${budgets}`, {
    metadata: { name },
    spec: { minAvailable: 1, selector, ...spec },
  });
  await api.done(`PATCH ${budgets}/${name}/status`, {
    status: { observedGeneration: 1, ...status },
  });
}

const evict = (api: ApiServer, name: string, more: object = {}, query = "") =>
  api.ask(`POST ${pods}/${name}/eviction${query}`, {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name },
    ...more,
  });

test("without a budget, an eviction is a delete that says why", async () => {
  const api = apiServer();
  await withPod(api, "p");
  const answer = await evict(api, "p");
  assert.deepEqual([answer.status, answer.body.status], [201, "Success"]);
  const { metadata, status } = await api.done(`GET ${pods}/p`);
  assert.equal(metadata.deletionTimestamp, "2026-01-01T00:00:30Z");
  assert.deepEqual(
    status.conditions.find(({ type }: { type: string }) => type === "DisruptionTarget"),
    {
      type: "DisruptionTarget",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: "2026-01-01T00:00:00Z",
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    },
  );
  await withPod(api, "q");
  await evict(api, "q", { deleteOptions: { gracePeriodSeconds: 0 } });
  assert.equal((await api.ask(`GET ${pods}/q`)).status, 404);
  assert.equal((await evict(api, "none")).status, 404);
  assert.equal((await evict(api, "q", { metadata: { name: "other" } })).status, 400);
});

test("a budget is spent, and when it is used up the eviction has to wait", async () => {
  const api = apiServer();
  await withPod(api, "p");
  await withPod(api, "q");
  await withBudget(api, { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 });
  assert.equal((await evict(api, "p", {}, "?dryRun=All")).status, 201);
  assert.equal((await api.done(`GET ${budgets}/b`)).status.disruptionsAllowed, 1, "only as if");
  assert.equal((await evict(api, "p")).status, 201);
  const { status } = await api.done(`GET ${budgets}/b`);
  assert.equal(status.disruptionsAllowed, 0);
  assert.deepEqual(status.disruptedPods, { p: "2026-01-01T00:00:00Z" });
  const refused = await evict(api, "q");
  assert.equal(refused.status, 429);
  assert.equal(refused.body.reason, "TooManyRequests");
  assert.equal(
    refused.body.message,
    "Cannot evict pod as it would violate the pod's disruption budget.",
  );
  assert.equal(refused.body.details.causes[0].reason, "DisruptionBudget");
  assert.equal((await api.done(`GET ${pods}/q`)).metadata.deletionTimestamp, undefined);
});

test("of two evictions at once, one gets the only disruption", async () => {
  const api = apiServer();
  await withPod(api, "p");
  await withPod(api, "q");
  await withBudget(api, { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 });
  const answers = await Promise.all([evict(api, "p"), evict(api, "q")]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 429]);
});

test("pods that count for no budget go", async () => {
  const none = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 };
  const notReady = { phase: "Running", conditions: [{ type: "Ready", status: "False" }] };
  const rows: [string, object, object, object, number][] = [
    ["ready", ready, none, {}, 429],
    ["pending", { phase: "Pending" }, { ...none, currentHealthy: 0 }, {}, 201],
    ["over", { phase: "Failed" }, { ...none, currentHealthy: 0 }, {}, 201],
    ["nothing is desired", notReady, { currentHealthy: 0, desiredHealthy: 0 }, {}, 429],
    ["not ready, enough others", notReady, none, {}, 201],
    ["not ready, too few others", notReady, { ...none, currentHealthy: 0 }, {}, 429],
    [
      "not ready, always",
      notReady,
      { ...none, currentHealthy: 0 },
      { unhealthyPodEvictionPolicy: "AlwaysAllow" },
      201,
    ],
    ["not seen yet", ready, { ...none, disruptionsAllowed: 1, observedGeneration: 0 }, {}, 429],
  ];
  for (const [what, pod, budget, spec, expected] of rows) {
    const api = apiServer();
    await withPod(api, "p", pod);
    await withBudget(api, budget, spec);
    assert.equal((await evict(api, "p")).status, expected, what);
  }
});

test("a pod with two budgets cannot be judged", async () => {
  const api = apiServer();
  await withPod(api, "p");
  for (const name of ["b", "c"]) await withBudget(api, { disruptionsAllowed: 1 }, {}, name);
  const answer = await evict(api, "p");
  assert.equal(answer.status, 500);
  assert.match(answer.body.message, /more than one PodDisruptionBudget/);
});
