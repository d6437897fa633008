import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../test/kit/api-server.ts";

const rows: { what: string; body?: object; status: number; message?: RegExp; warns?: boolean }[] = [
  // What is only ever created has no paths with names.
  { what: "GET /apis/authentication.k8s.io/v1/tokenreviews/x", status: 404 },
  { what: "DELETE /api/v1/namespaces/a/bindings/x", status: 404 },
  { what: "GET /apis/authentication.k8s.io/v1/tokenreviews", status: 405 },
  { what: "PUT /api/v1/namespaces/a/configmaps", body: {}, status: 405 },
  {
    what: "POST /api/v1/namespaces/a/bindings",
    body: {},
    status: 500,
    message: /^target.name: Required value$/,
  },
  {
    what: "POST /api/v1/namespaces/a/bindings",
    body: { target: { kind: "Rock" } },
    status: 500,
    message: /^\[target.kind: Unsupported value: "Rock": .*, target.name: Required value\]$/,
  },
  {
    what: "GET /apis/resource.k8s.io/v1/resourceslices?fieldSelector=a%3Db",
    status: 400,
    message: /^field label not supported for resource.k8s.io\/v1, Kind=ResourceSlice: a$/,
  },
  // Nothing is said of a kind to one who may do nothing with it.
  { what: "POST /api/v1/namespaces/a/endpoints/x", body: {}, status: 405, warns: false },
  { what: "DELETE /api/v1/componentstatuses/x", status: 405, warns: false },
  { what: "GET /api/v1/namespaces/a/endpoints", status: 200, warns: true },
  { what: "GET /api/v1/namespaces/a/endpoints/x", status: 404, warns: true },
  {
    what: "GET /api/v1/componentstatuses/x",
    status: 404,
    message: /^componentstatus "x" not found$/,
    warns: true,
  },
  {
    what: "POST /apis/events.k8s.io/v1/namespaces/a/events",
    body: {},
    status: 422,
    message: /^Event "" is invalid: /,
  },
];

for (const { what, body, status, message, warns = false } of rows)
  test(`${what} is answered with ${status}${warns ? " and a warning" : ""}`, async () => {
    const answer = await apiServer().ask(what, body);
    assert.equal(answer.status, status, answer.text);
    if (message !== undefined) assert.match(answer.body.message, message);
    assert.equal(answer.headers["warning"] !== undefined, warns);
  });

test("the store's health is shown under the name that clients know", async () => {
  const api = apiServer();
  const { items } = await api.done("GET /api/v1/componentstatuses");
  assert.deepEqual(
    items.map(({ metadata }: { metadata: object }) => metadata),
    [{ name: "etcd-0" }],
  );
  const { conditions } = await api.done("GET /api/v1/componentstatuses/etcd-0");
  assert.deepEqual(conditions, [{ type: "Healthy", status: "True", message: "ok" }]);
});

test("a LimitRange without a name gets a number as its name", async () => {
  const { metadata } = await apiServer().done("POST /api/v1/namespaces/a/limitranges", {});
  assert.match(metadata.name, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});
