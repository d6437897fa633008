// Answers of kube-apiserver v1.37 to sequences of requests, one row for each rule that once was different here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look at answers of all kinds
type Answer = { readonly status: number; readonly body: any };

const types: Readonly<Record<string, string>> = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  jsonpatch: "application/json-patch+json",
};

/** `what`: "PATCH /path?query"; `type`: of the body, JSON when absent. */
async function ask(cluster: TestCluster, what: string, body?: unknown, type = ""): Promise<Answer> {
  const [method = "", url = ""] = what.split(" ");
  const [path = "", query = ""] = url.split("?");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await cluster.api({
    method,
    path,
    query,
    headers: { accept: "application/json", "content-type": types[type] ?? "application/json" },
    body: async () => new TextEncoder().encode(body === undefined ? "" : text),
    identity: { user: "admin", groups: ["system:masters"] },
    peer: { address: "127.0.0.1" },
    signal: new AbortController().signal,
  });
  assert.equal(response.body.is, "bytes");
  const chunks = response.body.is === "bytes" ? response.body.chunks : [];
  const answer = Buffer.concat(chunks as Uint8Array[]).toString();
  return { status: response.status, body: answer === "" ? undefined : JSON.parse(answer) };
}

const group = "peer.example.com";
const things = `/apis/${group}/v1/namespaces/default/things`;
const thing = (spec: unknown, version = "v1") => ({
  apiVersion: `${group}/${version}`,
  kind: "Thing",
  metadata: { name: "a" },
  ...(spec !== undefined && { spec }),
});

/** A cluster with the kind Thing in two versions, which has all kinds of fields and a scale. */
async function withThings(): Promise<TestCluster> {
  const cluster = await startCluster({ controllers: false });
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          size: { type: "integer" },
          replicas: { type: "integer" },
          map: { type: "object", additionalProperties: { type: "string" } },
        },
      },
      status: { type: "object", properties: { replicas: { type: "integer" } } },
    },
  };
  const version = (name: string, storage: boolean) => ({
    name,
    storage,
    served: true,
    schema: { openAPIV3Schema: schema },
    subresources: {
      scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
    },
  });
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const made = await ask(cluster, `POST ${path}`, {
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [version("v1", true), version("v2", false)],
    },
  });
  assert.equal(made.status, 201);
  await cluster.until(async () => (await ask(cluster, `GET ${things}`)).status === 200);
  return cluster;
}

test("nulls that an apply leaves offend the schema", async () => {
  await using cluster = await withThings();
  const apply = (spec: unknown, manager = "m") =>
    ask(cluster, `PATCH ${things}/a?fieldManager=${manager}`, thing(spec), "apply");
  const given = await apply({ map: { x: null } });
  assert.deepEqual([given.status, given.body.details.causes[0].field], [422, "spec.map.x"]);
  assert.equal((await apply({ size: 1 })).status, 201);
  assert.equal((await apply({}, "other")).status, 200);
  // Nothing is left of the spec that somebody still owns.
  const left = await apply({});
  assert.equal(left.status, 422);
  assert.equal(
    left.body.details.causes[0].message,
    'Invalid value: "null": spec in body must be of type object: "null"',
  );
});

test("what was applied in another version is applied anew", async () => {
  await using cluster = await withThings();
  const apply = (spec: unknown, version: string) =>
    ask(
      cluster,
      `PATCH ${things.replace("v1", version)}/a?fieldManager=m`,
      thing(spec, version),
      "apply",
    );
  assert.equal((await apply({ size: 1, replicas: 2 }, "v1")).status, 201);
  const { status, body } = await apply({ size: 3 }, "v2");
  assert.deepEqual([status, body.apiVersion, body.spec], [200, `${group}/v2`, { size: 3 }]);
});

test("a custom resource without replicas gets them by its scale", async () => {
  await using cluster = await withThings();
  await ask(cluster, `POST ${things}`, thing({ size: 1 }));
  const scale = `${things}/a/scale`;
  const none = await ask(cluster, `GET ${scale}`);
  assert.match(none.body.message, /the spec replicas field ".spec.replicas" does not exist$/);
  const empty = await ask(cluster, `PATCH ${scale}`, {}, "merge");
  assert.deepEqual(
    [empty.status, empty.body.message],
    [400, 'the spec replicas field ".spec.replicas" cannot be empty'],
  );
  const applied = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" } };
  const refused = await ask(cluster, `PATCH ${scale}?fieldManager=m`, applied, "apply");
  assert.match(refused.body.message, /request to convert CR to an invalid group\/version/);
  const scaled = await ask(cluster, `PATCH ${scale}`, { spec: { replicas: 5 } }, "merge");
  assert.deepEqual([scaled.status, scaled.body.spec], [200, { replicas: 5 }]);
});

test("parts of custom resources answer as upstream's handler of them", async () => {
  await using cluster = await withThings();
  await ask(cluster, `POST ${things}`, thing({ replicas: 1 }));
  const scale = {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "a" },
    spec: { replicas: 3 },
  };
  const put = await ask(cluster, `PUT ${things}/a/scale`, scale);
  assert.deepEqual([put.status, put.body.spec], [200, { replicas: 3 }], "no version means any");
  const rows: [what: string, body: unknown, type: string, status: number, message: RegExp][] = [
    [
      "PUT",
      { ...scale, spec: { replicas: -5 } },
      "",
      422,
      /\.spec\.replicas: .*non-negative integer$/,
    ],
    [
      "PATCH",
      {},
      "strategic",
      415,
      /application\/merge-patch\+json, application\/apply-patch\+yaml$/,
    ],
    [
      "POST",
      {},
      "",
      405,
      /^create is not supported on resources of kind "things.peer.example.com"$/,
    ],
  ];
  for (const [method, body, type, status, message] of rows) {
    const answer = await ask(cluster, `${method} ${things}/a/scale`, body, type);
    assert.equal(answer.status, status, answer.body.message);
    assert.match(answer.body.message, message);
  }
  const odd = await ask(cluster, `PATCH ${things}/a`, {});
  assert.match(odd.body.message, /^the body of the request was in an unknown format/);
});
