import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../../test/kit/api-server.ts";

const maps = "/api/v1/namespaces/a/configmaps";
const pods = "/api/v1/namespaces/a/pods";
const types = {
  json: { "content-type": "application/json-patch+json" },
  merge: { "content-type": "application/merge-patch+json" },
  strategic: { "content-type": "application/strategic-merge-patch+json" },
  apply: { "content-type": "application/apply-patch+yaml" },
};

test("each kind of patch changes by its own rules", async () => {
  const api = apiServer();
  const pod = {
    metadata: { name: "p", labels: { keep: "1", drop: "1" } },
    spec: { containers: [{ name: "c", image: "i" }], tolerations: [] },
  };
  await api.done(`POST ${pods}`, pod);
  const byJson = await api.done(
    `PATCH ${pods}/p`,
    [
      { op: "test", path: "/spec/containers/0/image", value: "i" },
      { op: "replace", path: "/spec/containers/0/image", value: "j" },
      { op: "add", path: "/metadata/labels/a~1b", value: "2" },
      { op: "remove", path: "/metadata/labels/drop" },
    ],
    types.json,
  );
  assert.equal(byJson.spec.containers[0].image, "j");
  assert.deepEqual(byJson.metadata.labels, { keep: "1", "a/b": "2" });
  const byMerge = await api.done(
    `PATCH ${pods}/p`,
    { metadata: { labels: { keep: null, m: "3" } } },
    types.merge,
  );
  assert.deepEqual(byMerge.metadata.labels, { "a/b": "2", m: "3" });
  const byStrategic = await api.done(
    `PATCH ${pods}/p`,
    { spec: { containers: [{ name: "c", image: "k" }] } },
    types.strategic,
  );
  assert.equal(byStrategic.spec.containers[0].image, "k");
  assert.equal(
    byStrategic.spec.containers[0].imagePullPolicy,
    "Always",
    "merged by name, not replaced",
  );
});

test("a patch that cannot be is refused as upstream refuses it", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "x" }, data: { a: "1" } });
  const rows: [Record<string, string>, unknown, number, RegExp][] = [
    [{ "content-type": "application/json" }, {}, 415, /415: Unsupported Media Type/],
    [
      types.json,
      [{ op: "test", path: "/data/a", value: "2" }],
      422,
      /testing value \/data\/a failed|the server rejected our request/,
    ],
    [types.json, [{ op: "remove", path: "/data/zzz" }], 422, /./],
    [types.json, "{}", 400, /cannot unmarshal object into Go value/],
    [types.merge, "[", 400, /./],
    [types.merge, { metadata: { name: "y" } }, 400, /does not match the name on the URL/],
    [types.merge, { metadata: { resourceVersion: "1" } }, 409, /the object has been modified/],
    [types.merge, { data: { a: 5 } }, 422, /patch: Invalid value: .*cannot unmarshal number/],
    [types.strategic, { data: { $patch: "unknown" } }, 500, /unknown patch type: unknown/],
    [types.strategic, { data: { $patch: 5 } }, 500, /unknown patch type: %!s\(int64=5\) in map/],
    [types.strategic, { data: { a: 5 } }, 422, /: cannot convert int64 to string$/],
    [types.strategic, { data: { a: {} } }, 422, /: unrecognized type: string$/],
    [types.strategic, { data: [] }, 422, /: cannot restore map from slice$/],
    [types.strategic, { metadata: "x" }, 422, /: cannot restore struct from: string$/],
    [types.strategic, { metadata: { finalizers: "x" } }, 422, /cannot restore slice from string$/],
    [types.strategic, { metadata: { creationTimestamp: 5 } }, 422, /into Go value of type string$/],
    [
      types.strategic,
      { binaryData: { a: "%" } },
      422,
      /: error decoding from json: illegal base64/,
    ],
    [
      types.merge,
      '{"data":{"a":1e400}}',
      400,
      /unmarshal number 1e400 into Go value of type float/,
    ],
    [
      types.merge,
      { apiVersion: null },
      400,
      /the name of the object \(x based on URL\) was undeterm/,
    ],
    [types.merge, { data: { a: 5, b: "<" } }, 422, /\\u003c/],
    [
      { "content-type": "application/merge-patch+json, application/json" },
      {},
      415,
      /the body of the request was in an unknown format - accepted media types include/,
    ],
  ];
  for (const [headers, body, status, message] of rows) {
    const answer = await api.ask(`PATCH ${maps}/x`, body, headers);
    const shown = `${headers["content-type"]} ${JSON.stringify(body)} → ${answer.text}`;
    assert.equal(answer.status, status, shown);
    assert.match(answer.body.message, message, shown);
  }
  assert.deepEqual((await api.done(`GET ${maps}/x`)).data, { a: "1" });
  assert.equal((await api.ask(`PATCH ${maps}/none`, {}, types.merge)).status, 404);
  const forced = await api.ask(`PATCH ${maps}/x?force=true`, {}, types.merge);
  assert.match(forced.body.message, /may not be specified for non-apply patch/);
});

test("a patch with the version it was made from holds only for that one", async () => {
  const api = apiServer();
  const first = await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const { resourceVersion } = first.metadata;
  await api.done(`PATCH ${maps}/x`, { metadata: { resourceVersion }, data: { a: "1" } });
  const again = await api.ask(`PATCH ${maps}/x`, {
    metadata: { resourceVersion },
    data: { a: "2" },
  });
  assert.equal(again.status, 409);
});

test("apply makes, keeps what others own, tells of conflicts and takes by force", async () => {
  const api = apiServer();
  const apply = (manager: string, data: object, more = "") =>
    api.ask(
      `PATCH ${maps}/x?fieldManager=${manager}${more}`,
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data },
      types.apply,
    );
  assert.equal((await apply("one", { a: "1", b: "1" })).status, 201);
  assert.deepEqual((await apply("two", { c: "2" })).body.data, { a: "1", b: "1", c: "2" });
  const conflict = await apply("two", { a: "2", c: "2" });
  assert.equal(conflict.status, 409);
  assert.equal(conflict.body.message, 'Apply failed with 1 conflict: conflict with "one": .data.a');
  assert.deepEqual(conflict.body.details.causes, [
    { reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.a" },
  ]);
  const taken = await apply("two", { a: "2", c: "2" }, "&force=true");
  assert.deepEqual(taken.body.data, { a: "2", b: "1", c: "2" });
  assert.deepEqual((await apply("one", { b: "1" })).body.data, { a: "2", b: "1", c: "2" });
  assert.deepEqual(
    (await apply("one", {})).body.data,
    { a: "2", c: "2" },
    "what nobody wants goes",
  );
  const before = (await api.done(`GET ${maps}/x`)).metadata.resourceVersion;
  await api.clock.advance(3000);
  const same = await apply("two", { a: "2", c: "2" });
  assert.equal(same.body.metadata.resourceVersion, before, "the same again is no change");
});

test("applying what is stored in other words changes nothing", async () => {
  const api = apiServer();
  const limits = { cpu: "1000m" };
  const containers = [{ name: "c", image: "i", resources: { limits } }];
  const body = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers } };
  const apply = () => api.done(`PATCH ${pods}/p?fieldManager=m`, body, types.apply);
  const first = await apply();
  assert.equal(first.spec.containers[0].resources.limits.cpu, "1");
  await api.clock.advance(2000);
  assert.deepEqual(await apply(), first);
});

test("apply wants a manager, a name and a kind", async () => {
  const api = apiServer();
  const rows: [string, object | string, number, RegExp][] = [
    [
      `${maps}/x`,
      { apiVersion: "v1", kind: "ConfigMap" },
      422,
      /fieldManager: Required value: is required for apply patch/,
    ],
    [`${maps}/x?fieldManager=m`, { kind: "ConfigMap" }, 400, /./],
    [`${maps}/x?fieldManager=m`, { apiVersion: "v1", kind: "Secret" }, 400, /./],
    [
      `${maps}/x?fieldManager=m`,
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "y" } },
      400,
      /does not match the name on the URL/,
    ],
    [`${maps}/x?fieldManager=m`, "a: [", 400, /error encoding patch: yaml/],
    [
      `${maps}/x?fieldManager=m`,
      { apiVersion: "v1", kind: "ConfigMap", metadata: { managedFields: [{}] } },
      400,
      /metadata.managedFields must be nil/,
    ],
  ];
  for (const [path, body, status, message] of rows) {
    const answer = await api.ask(`PATCH ${path}`, body, types.apply);
    const shown = `${JSON.stringify(body)} → ${answer.text}`;
    assert.equal(answer.status, status, shown);
    assert.match(answer.body.message, message, shown);
  }
  const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  k: v\n";
  assert.deepEqual((await api.done(`PATCH ${maps}/x?fieldManager=m`, yaml, types.apply)).data, {
    k: "v",
  });
});

test("a strategic patch is restored into the type it changes", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const typed = { apiVersion: "v9", kind: "Secret", data: { a: "1" } };
  const same = await api.done(`PATCH ${maps}/x`, typed, types.strategic);
  assert.deepEqual([same.apiVersion, same.kind, same.data], ["v1", "ConfigMap", { a: "1" }]);
  const path = "/apis/apps/v1/namespaces/a/deployments";
  const labels = { a: "b" };
  const pod = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { selector: { matchLabels: labels }, template: pod };
  await api.done(`POST ${path}`, { metadata: { name: "d" }, spec });
  const cut = await api.done(
    `PATCH ${path}/d`,
    { spec: { replicas: 2 ** 32 + 3 } },
    types.strategic,
  );
  assert.equal(cut.spec.replicas, 3);
});

test("what is not stored keeps its link", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const linked = { metadata: { selfLink: "y" } };
  const dry = await api.done(`PATCH ${maps}/x?dryRun=All`, linked, types.merge);
  assert.equal(dry.metadata.selfLink, "y");
  const wet = await api.done(`PATCH ${maps}/x`, linked, types.merge);
  assert.equal(wet.metadata.selfLink, undefined);
});

test("what stands twice in an applied body is told by lines, after all else", async () => {
  const api = apiServer();
  const body = '{"apiVersion":"v1","kind":"ConfigMap",\n"metadata":{"name":"x","name":"x"}}';
  const path = `PATCH ${maps}/x?fieldManager=m`;
  const strict = await api.ask(`${path}&fieldValidation=Strict`, body, types.apply);
  assert.equal(
    strict.body.message,
    "error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:\n" +
      '  line 2: key "name" already set in map',
  );
  assert.equal((await api.ask(path, body, types.apply)).status, 201);
});
