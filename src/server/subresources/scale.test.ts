import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServer } from "../../../test/kit/api-server.ts";

const deployment = "/apis/apps/v1/namespaces/a/deployments/d";

async function withDeployment(): Promise<ApiServer> {
  const api = apiServer();
  const template = {
    metadata: { labels: { a: "b", c: "d" } },
    spec: { containers: [{ name: "c", image: "i" }] },
  };
  const matchExpressions = [{ key: "c", operator: "In", values: ["d", "e"] }];
  await api.done("POST /apis/apps/v1/namespaces/a/deployments?fieldManager=maker", {
    metadata: { name: "d" },
    spec: { replicas: 2, selector: { matchLabels: { a: "b" }, matchExpressions }, template },
  });
  return api;
}

test("the scale of a deployment", async () => {
  const api = await withDeployment();
  await api.done(`PATCH ${deployment}/status`, { status: { replicas: 1 } });
  const { metadata } = await api.done(`GET ${deployment}`);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  assert.deepEqual(await api.done(`GET ${deployment}/scale`), {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: 2 },
    status: { replicas: 1, selector: "a=b,c in (d,e)" },
  });
});

test("to scale is to change the object's replicas, and nothing else", async () => {
  const api = await withDeployment();
  const before = await api.done(`GET ${deployment}`);
  const scale = await api.done(`GET ${deployment}/scale`);
  const put = await api.done(`PUT ${deployment}/scale?fieldManager=scaler`, {
    ...scale,
    spec: { replicas: 5 },
  });
  assert.equal(put.spec.replicas, 5);
  const stale = await api.ask(`PUT ${deployment}/scale`, { ...scale, spec: { replicas: 6 } });
  assert.equal(stale.status, 409);
  await api.done(`PATCH ${deployment}/scale`, { spec: { replicas: 3 } });
  const after = await api.done(`GET ${deployment}`);
  assert.equal(after.spec.replicas, 3);
  assert.equal(after.metadata.generation, before.metadata.generation + 2);
  const { replicas: _a, ...spec } = after.spec;
  const { replicas: _b, ...specBefore } = before.spec;
  assert.deepEqual(spec, specBefore);
  const owners = after.metadata.managedFields.map(
    (m: { manager: string; subresource?: string; fieldsV1: { "f:spec": object } }) =>
      `${m.manager} ${m.subresource ?? ""} ${"f:replicas" in m.fieldsV1["f:spec"]}`,
  );
  assert.deepEqual(owners, ["test scale true", "maker  false"]);
  const none = await api.done(`PATCH ${deployment}/scale`, { spec: { replicas: null } });
  assert.equal(none.spec.replicas, undefined);
  assert.equal(
    (await api.done(`GET ${deployment}`)).spec.replicas,
    0,
    "a scale without replicas is none",
  );
});

test("a scale that cannot be", async () => {
  const api = await withDeployment();
  const rows: [string, object, number, RegExp][] = [
    [
      "PATCH",
      { spec: { replicas: -1 } },
      422,
      /spec.replicas: Invalid value: -1: must be greater than or equal to 0/,
    ],
    ["PUT", { metadata: { name: "e" }, spec: { replicas: 1 } }, 400, /./],
    ["PUT", { metadata: { name: "d", uid: "other" }, spec: {} }, 409, /Precondition failed: UID/],
    ["PATCH", { spec: { replicas: "many" } }, 422, /cannot unmarshal string/],
  ];
  for (const [method, body, status, message] of rows) {
    const answer = await api.ask(`${method} ${deployment}/scale`, body);
    assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.text}`);
    assert.match(answer.body.message, message);
  }
  assert.equal((await api.ask(`GET ${deployment.replace(/d$/, "none")}/scale`)).status, 404);
  assert.equal((await api.ask(`DELETE ${deployment}/scale`)).status, 405);
});

test("an applied scale owns the replicas, and conflicts with who else does", async () => {
  const api = await withDeployment();
  const type = { "content-type": "application/apply-patch+yaml" };
  const body = { apiVersion: "autoscaling/v1", kind: "Scale", spec: { replicas: 4 } };
  const conflict = await api.ask(`PATCH ${deployment}/scale?fieldManager=scaler`, body, type);
  assert.equal(conflict.status, 409);
  assert.match(conflict.body.message, /conflict with "maker".*: \.spec\.replicas/);
  const forced = `PATCH ${deployment}/scale?fieldManager=scaler&force=true`;
  assert.equal((await api.done(forced, body, type)).spec.replicas, 4);
  assert.equal((await api.done(`GET ${deployment}`)).spec.replicas, 4);
  assert.equal(
    (await api.done(`PATCH ${deployment}/scale?fieldManager=scaler`, body, type)).spec.replicas,
    4,
  );
  const metadata = { resourceVersion: "1" };
  const stale = await api.ask(forced, { ...body, metadata, spec: { replicas: 1 } }, type);
  assert.equal(stale.status, 409);
});

test("replicas that nobody owns stay so when they are scaled", async () => {
  const api = apiServer();
  const labels = { a: "b" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  await api.done(
    `PATCH ${deployment}?fieldManager=m`,
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { selector: { matchLabels: labels }, template },
    },
    { "content-type": "application/apply-patch+yaml" },
  );
  const { managedFields } = (await api.done(`GET ${deployment}`)).metadata;
  await api.done(`PATCH ${deployment}/scale`, { spec: { replicas: 7 } });
  const after = await api.done(`GET ${deployment}`);
  assert.equal(after.spec.replicas, 7);
  assert.deepEqual(after.metadata.managedFields, managedFields);
});
