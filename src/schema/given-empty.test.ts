import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../test/kit/api-server.ts";

test("an empty list that is written out has an owner where it is always there, and is stored as none", async () => {
  const api = apiServer();
  const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles";
  const slices = "/apis/discovery.k8s.io/v1/namespaces/a/endpointslices";
  const slice = { addressType: "IPv4" };
  const rows: [string, object, object | undefined][] = [
    [roles, { rules: [] }, { "f:rules": {} }],
    [roles, { rules: null }, undefined],
    [roles, {}, undefined],
    [
      "/api/v1/namespaces/a/limitranges",
      { spec: { limits: [] } },
      { "f:spec": { "f:limits": {} } },
    ],
    [
      slices,
      { ...slice, endpoints: [], ports: [] },
      { "f:addressType": {}, "f:endpoints": {}, "f:ports": {} },
    ],
    [slices, slice, { "f:addressType": {} }],
    // Left out where it is empty, so that there is nothing to own.
    ["/api/v1/namespaces/a/configmaps", { data: {} }, undefined],
  ];
  for (const [i, [path, body, owned]] of rows.entries()) {
    const metadata = { name: `n${i}` };
    const made = await api.done(`POST ${path}`, { ...body, metadata });
    assert.deepEqual(made.metadata.managedFields?.[0].fieldsV1, owned, JSON.stringify(body));
    const shown = await api.done(`GET ${path}/n${i}`);
    if (path === roles) assert.equal(shown.rules, null);
  }
});

test("who changes something else does not come to own the empty list", async () => {
  const api = apiServer();
  const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles";
  await api.done(`POST ${path}?fieldManager=maker`, {
    metadata: { name: "r", labels: { own: "1" } },
  });
  const patch = { metadata: { labels: { a: "b" } } };
  const type = { "content-type": "application/merge-patch+json" };
  await api.done(`PATCH ${path}/r?fieldManager=other`, patch, type);
  const { metadata } = await api.done(`GET ${path}/r`);
  assert.deepEqual(
    metadata.managedFields.map((entry: { fieldsV1: object }) => entry.fieldsV1),
    [
      { "f:metadata": { "f:labels": { ".": {}, "f:own": {} } } },
      { "f:metadata": { "f:labels": { "f:a": {} } } },
    ],
  );
});

test("what upstream tells of fields that are written out with nothing in them", async () => {
  const api = apiServer();
  const containers = [{ name: "c", image: "i" }];
  const spec = { selector: { matchLabels: { a: "b" } } };
  const rows: [string, object, RegExp][] = [
    [
      "/apis/apps/v1/namespaces/a/deployments",
      { spec: { ...spec, template: { metadata: { labels: {} }, spec: { containers } } } },
      /template.metadata.labels: Invalid value: {}: `selector` does not match/,
    ],
    [
      "/apis/apps/v1/namespaces/a/deployments",
      { spec: { ...spec, template: { spec: { containers } } } },
      /template.metadata.labels: Invalid value: null: `selector` does not match/,
    ],
    [
      "/apis/resource.k8s.io/v1/namespaces/a/resourceclaimtemplates",
      { spec: { metadata: { finalizers: [] }, spec: {} } },
      /spec.metadata.finalizers: Forbidden: cannot be set/,
    ],
  ];
  for (const [path, body, told] of rows) {
    const { status, body: answer } = await api.ask(`POST ${path}`, {
      ...body,
      metadata: { name: "n" },
    });
    assert.equal(status, 422, path);
    assert.match(answer.message, told);
  }
});

test("a status that is sent back as it was read owns none of its empty lists", async () => {
  const api = apiServer();
  const path = "/apis/autoscaling/v2/namespaces/a/horizontalpodautoscalers";
  const target = { apiVersion: "apps/v1", kind: "Deployment" };
  const spec = { maxReplicas: 2, scaleTargetRef: { ...target, name: "d" } };
  await api.done(`POST ${path}`, { metadata: { name: "h" }, spec });
  const read = await api.done(`GET ${path}/h`);
  assert.equal(read.status.currentMetrics, null);
  const { metadata } = await api.done(`PUT ${path}/h/status`, read);
  assert.equal(metadata.managedFields.length, 1);
});

test("an object of a map that is null is one with nothing in it", async () => {
  const api = apiServer();
  const spec = {
    driver: "a.b",
    nodeName: "n",
    pool: { name: "p", generation: 1, resourceSliceCount: 1 },
    devices: [{ name: "d", attributes: { x: null }, capacity: { mem: null } }],
  };
  const slice = { metadata: { name: "s" }, spec };
  const { status, body } = await api.ask("POST /apis/resource.k8s.io/v1/resourceslices", slice);
  assert.equal(status, 422);
  assert.match(body.message, /attributes\[x\]: Invalid value: "": must specify one of: /);
});

test("bytes that are null are none", async () => {
  const api = apiServer();
  const map = { metadata: { name: "m" }, binaryData: { a: null } };
  const made = await api.done("POST /api/v1/namespaces/a/configmaps", map);
  assert.deepEqual(made.binaryData, { a: "" });
});

test("a default that is left out again has no owner", async () => {
  const api = apiServer();
  const template = {
    metadata: { labels: { a: "b" } },
    spec: { containers: [{ name: "c", image: "i" }] },
  };
  const body = { metadata: { name: "r" }, spec: { template } };
  const made = await api.done("POST /api/v1/namespaces/a/replicationcontrollers", body);
  const owned = Object.keys(made.metadata.managedFields[0].fieldsV1["f:spec"]);
  assert.deepEqual(owned, ["f:replicas", "f:selector", "f:template"]);
});
