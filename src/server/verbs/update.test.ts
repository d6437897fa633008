import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../../test/kit/api-server.ts";
import type { Admission } from "../context.ts";

const maps = "/api/v1/namespaces/a/configmaps";
const deployments = "/apis/apps/v1/namespaces/a/deployments";
const deployment = (replicas: number, more: object = {}) => ({
  metadata: { name: "d" },
  spec: {
    replicas,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    },
  },
  ...more,
});

test("an update replaces what the version names, and nothing else", async () => {
  const api = apiServer();
  const first = await api.done(`POST ${maps}`, { metadata: { name: "x" }, data: { a: "1" } });
  const second = await api.done(`PUT ${maps}/x`, { ...first, data: { b: "2" } });
  assert.deepEqual(second.data, { b: "2" });
  assert.equal(second.metadata.uid, first.metadata.uid);
  assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
  const stale = await api.ask(`PUT ${maps}/x`, { ...first, data: { c: "3" } });
  assert.equal(stale.status, 409);
  assert.equal(stale.body.reason, "Conflict");
  assert.equal(
    stale.body.message,
    'Operation cannot be fulfilled on configmaps "x": the object has been modified; ' +
      "please apply your changes to the latest version and try again",
  );
  const { resourceVersion: _, ...metadata } = first.metadata;
  const forced = await api.done(`PUT ${maps}/x`, { ...first, metadata, data: { d: "4" } });
  assert.deepEqual(forced.data, { d: "4" }, "without a version, whatever is there is replaced");
});

test("an update that changes nothing is not a new version, and wakes nobody", async () => {
  const api = apiServer();
  await api.done(`POST ${deployments}?fieldManager=m`, deployment(1));
  const first = await api.done(`GET ${deployments}/d`);
  const watching = await api.watch(
    `${deployments}?watch=1&resourceVersion=${first.metadata.resourceVersion}`,
  );
  await api.clock.advance(5000);
  assert.deepEqual(await api.done(`PUT ${deployments}/d?fieldManager=m`, first), first);
  const patched = await api.done(`PATCH ${deployments}/d?fieldManager=m`, {
    spec: { replicas: 1 },
  });
  assert.deepEqual(patched, first);
  assert.deepEqual(await watching.seen(), []);
  watching.close();
});

test("of many writers at once that name a version, exactly one gets its way", async () => {
  const api = apiServer();
  const first = await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      api.ask(`PUT ${maps}/x`, { ...first, data: { winner: String(i) } }),
    ),
  );
  const winners = answers.filter(({ status }) => status === 200);
  assert.equal(winners.length, 1);
  assert.ok(answers.every(({ status }) => status === 200 || status === 409));
  assert.deepEqual((await api.done(`GET ${maps}/x`)).data, winners[0]?.body.data);
});

test("of many patches at once without a version, all get their way", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  await Promise.all(
    Array.from({ length: 30 }, (_, i) => api.done(`PATCH ${maps}/x`, { data: { [`k${i}`]: "v" } })),
  );
  assert.equal(Object.keys((await api.done(`GET ${maps}/x`)).data).length, 30);
});

test("metadata that never changes, and what counts generations", async () => {
  const api = apiServer();
  const first = await api.done(`POST ${deployments}`, deployment(1));
  const rows: [string, object, number, RegExp][] = [
    [
      "uid",
      { uid: "other" },
      409,
      /Precondition failed: UID in precondition: other, UID in object meta: /,
    ],
    [
      "name",
      { name: "e" },
      400,
      /the name of the object \(e\) does not match the name on the URL \(d\)/,
    ],
    ["namespace", { namespace: "b" }, 400, /does not match the namespace sent on the request/],
  ];
  for (const [field, change, status, message] of rows) {
    const answer = await api.ask(`PUT ${deployments}/d`, {
      ...first,
      metadata: { ...first.metadata, ...change },
    });
    assert.equal(answer.status, status, `${field}: ${answer.body.message}`);
    assert.match(answer.body.message, message);
  }
  const wishes = { creationTimestamp: "2001-01-01T00:00:00Z", generation: 77, labels: { l: "1" } };
  const labelled = await api.done(`PATCH ${deployments}/d`, { metadata: wishes });
  assert.equal(labelled.metadata.creationTimestamp, first.metadata.creationTimestamp);
  assert.equal(labelled.metadata.generation, 1, "labels are not the specification");
  const scaled = await api.done(`PATCH ${deployments}/d`, { spec: { replicas: 3 } });
  assert.equal(scaled.metadata.generation, 2);
});

test("what has no generation gets none", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const patched = await api.done(`PATCH ${maps}/x`, {
    metadata: { generation: 5, labels: { l: "1" } },
  });
  assert.equal(patched.metadata.generation, undefined);
});

test("status and the rest are written by paths of their own", async () => {
  const api = apiServer();
  await api.done(`POST ${deployments}`, deployment(1));
  const both = { spec: { replicas: 9 }, status: { replicas: 5 }, metadata: { labels: { l: "1" } } };
  const main = await api.done(`PATCH ${deployments}/d`, both);
  assert.deepEqual([main.spec.replicas, main.status.replicas ?? 0], [9, 0]);
  const status = await api.done(`PATCH ${deployments}/d/status`, {
    spec: { replicas: 2 },
    status: { replicas: 5 },
    metadata: { labels: { l: "2" } },
  });
  assert.deepEqual([status.spec.replicas, status.status.replicas], [9, 5]);
  assert.equal(status.metadata.labels.l, "1", "labels are not status");
  assert.equal(status.metadata.generation, main.metadata.generation);
  const owners = status.metadata.managedFields.map((m: { subresource?: string }) => m.subresource);
  assert.deepEqual(owners, [undefined, "status"]);
});

test("kinds that may come to be by an update do, others do not", async () => {
  const api = apiServer();
  const missing = await api.ask(`PUT ${deployments}/d`, deployment(1));
  assert.equal(missing.status, 404);
  assert.equal(missing.body.message, 'deployments.apps "d" not found');
  const lease = { metadata: { name: "l" }, spec: { holderIdentity: "me" } };
  const path = "/apis/coordination.k8s.io/v1/namespaces/a/leases/l";
  const made = await api.ask(`PUT ${path}`, lease);
  assert.equal(made.status, 201);
  const blind = await api.ask(`PUT ${path}`, lease);
  assert.equal(blind.status, 422, "leases are never replaced unseen");
  assert.match(blind.body.message, /metadata.resourceVersion: Invalid value: 0: must be specified/);
  assert.equal((await api.ask(`PUT ${path}`, made.body)).status, 200);
  const wrongUid = { ...lease, metadata: { name: "m", uid: "some" } };
  assert.equal((await api.ask(`PUT ${path.replace(/l$/, "m")}`, wrongUid)).status, 409);
});

test("admission sees the object before and after, and may undo", async () => {
  const seen: unknown[] = [];
  const keeps: Admission = {
    name: "keeps",
    handles: (_attributes, { operation }) => operation === "UPDATE",
    mutate(_context, { object, old }) {
      const [now, before] = [object, old] as { data?: Record<string, string> }[];
      seen.push([before?.data, now?.data]);
      now!.data = { ...now?.data, kept: "yes" };
    },
  };
  const api = apiServer({ edge: { admissions: [keeps] } });
  await api.done(`POST ${maps}`, { metadata: { name: "x" }, data: { a: "1" } });
  const updated = await api.done(`PATCH ${maps}/x`, { data: { a: "2" } });
  assert.deepEqual(updated.data, { a: "2", kept: "yes" });
  assert.deepEqual(seen, [[{ a: "1" }, { a: "2" }]]);
});

test("an immutable map refuses all but its labels", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "x" }, data: { a: "1" }, immutable: true });
  const answer = await api.ask(`PATCH ${maps}/x`, { data: { a: "2" } });
  assert.equal(answer.status, 422);
  assert.match(answer.body.message, /data: Forbidden: field is immutable when `immutable` is set/);
  await api.done(`PATCH ${maps}/x`, { metadata: { labels: { l: "1" } } });
});

test("kinds whose metadata upstream checks by its general rules alone may have finalizers without a domain", async () => {
  const api = apiServer();
  const rows: [string, object, number][] = [
    ["/apis/coordination.k8s.io/v1/namespaces/a/leases", {}, 200],
    ["/apis/policy/v1/namespaces/a/poddisruptionbudgets", {}, 200],
    ["/apis/node.k8s.io/v1/runtimeclasses", { handler: "h" }, 200],
    ["/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", {}, 200],
    ["/api/v1/namespaces/a/configmaps", {}, 422],
  ];
  for (const [path, body, status] of rows) {
    const made = await api.done(`POST ${path}`, { ...body, metadata: { name: "n" } });
    const next = { ...made, metadata: { ...made.metadata, finalizers: ["plain"] } };
    assert.equal((await api.ask(`PUT ${path}/n`, next)).status, status, path);
  }
});

test("a delete names what it asked for and what it found", async () => {
  const api = apiServer();
  await api.done("POST /api/v1/namespaces", { metadata: { name: "n" } });
  const asked = { preconditions: { uid: "other" } };
  const { status, body } = await api.ask("DELETE /api/v1/namespaces/n", asked);
  assert.equal(status, 409);
  assert.match(
    body.message,
    /namespaces "n": Precondition failed: UID in precondition: other, UID in object meta: /,
  );
});
