import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../../test/kit/api-server.ts";
import type { Admission } from "../context.ts";

const maps = "/api/v1/namespaces/a/configmaps";
const pods = "/api/v1/namespaces/a/pods";
const pod = (name: string, more: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: "c", image: "i" }] },
  ...more,
});

test("what is created has what the server gives it, and is what is read afterwards", async () => {
  const api = apiServer();
  const created = await api.done(`POST ${pods}?fieldManager=m`, pod("p"));
  const { uid, creationTimestamp, resourceVersion, managedFields } = created.metadata;
  assert.match(uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(creationTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(resourceVersion, String(api.store.revision()));
  assert.equal(created.metadata.generation, 1);
  assert.equal(created.metadata.namespace, "a");
  assert.equal(created.spec.restartPolicy, "Always");
  assert.equal(created.status.phase, "Pending");
  assert.deepEqual(managedFields, [
    {
      manager: "m",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:spec": {
          "f:containers": {
            'k:{"name":"c"}': {
              ".": {},
              "f:image": {},
              "f:imagePullPolicy": {},
              "f:name": {},
              "f:resources": {},
              "f:terminationMessagePath": {},
              "f:terminationMessagePolicy": {},
            },
          },
          "f:dnsPolicy": {},
          "f:enableServiceLinks": {},
          "f:restartPolicy": {},
          "f:schedulerName": {},
          "f:securityContext": {},
          "f:terminationGracePeriodSeconds": {},
        },
      },
    },
  ]);
  assert.deepEqual(await api.done(`GET ${pods}/p`), created);
  assert.deepEqual((await api.done(`GET ${pods}`)).items[0].metadata.uid, uid);
});

test("what the caller may not set is not taken from him", async () => {
  const api = apiServer();
  const metadata = {
    name: "x",
    uid: "mine",
    creationTimestamp: "2001-01-01T00:00:00Z",
    deletionTimestamp: "2001-01-01T00:00:00Z",
    deletionGracePeriodSeconds: 5,
    generation: 9,
    selfLink: "/x",
  };
  const created = (await api.done(`POST ${maps}`, { metadata })).metadata;
  assert.notEqual(created.uid, "mine");
  assert.equal(created.creationTimestamp, "2026-01-01T00:00:00Z");
  for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"])
    assert.equal(created[field], undefined, field);
  const status = { phase: "Running", podIP: "1.2.3.4" };
  assert.equal((await api.done(`POST ${pods}`, pod("p", { status }))).status.phase, "Pending");
});

test("a request that cannot be is refused as upstream refuses it", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "taken" } });
  const rows: [string, unknown, number, string, RegExp][] = [
    [
      maps,
      { metadata: { name: "taken" } },
      409,
      "AlreadyExists",
      /^configmaps "taken" already exists$/,
    ],
    [
      maps,
      { metadata: { name: "x", resourceVersion: "1" } },
      500,
      "",
      /resourceVersion should not be set on objects to be created/,
    ],
    [
      maps,
      { metadata: { name: "x", namespace: "b" } },
      400,
      "BadRequest",
      /does not match the namespace sent on the request/,
    ],
    [maps, { metadata: {} }, 422, "Invalid", /name or generateName is required/],
    [maps, { metadata: { name: "X" } }, 422, "Invalid", /a lowercase RFC 1123 subdomain/],
    [
      maps,
      { kind: "Secret", apiVersion: "v1", metadata: { name: "x" } },
      400,
      "BadRequest",
      /cannot be handled as a ConfigMap/,
    ],
    [
      maps,
      { metadata: { name: "x", labels: { "a b": "c" } } },
      422,
      "Invalid",
      /metadata.labels: Invalid value/,
    ],
    [
      maps,
      { metadata: { name: "x", annotations: { a: "x".repeat(1 << 18) } } },
      422,
      "Invalid",
      /Too long: may not be more than 262144 bytes/,
    ],
    [
      maps,
      { metadata: { name: "x", finalizers: ["simple"] } },
      422,
      "Invalid",
      /name is neither a standard finalizer name nor is it fully qualified/,
    ],
    [maps, "{", 400, "BadRequest", /unexpected end of JSON input|EOF/],
    [
      maps,
      { metadata: { name: "x" }, data: { k: 1 } },
      400,
      "BadRequest",
      /cannot unmarshal number into/,
    ],
    [
      pods,
      { metadata: { name: "x" }, spec: {} },
      422,
      "Invalid",
      /spec.containers: Required value/,
    ],
    [
      `${maps}?dryRun=Some`,
      { metadata: { name: "x" } },
      422,
      "Invalid",
      /dryRun: Unsupported value: \["Some"\]/,
    ],
    [
      `${maps}?fieldManager=${"m".repeat(129)}`,
      { metadata: { name: "x" } },
      422,
      "Invalid",
      /fieldManager: Too long/,
    ],
    [
      "/api/v1/configmaps",
      { metadata: { name: "x" } },
      405,
      "MethodNotAllowed",
      /not allow this method/,
    ],
    [`${maps}/x`, { metadata: { name: "x" } }, 405, "MethodNotAllowed", /not allow this method/],
    [
      "/api/v1/namespaces/a/nothings",
      { metadata: { name: "x" } },
      404,
      "NotFound",
      /could not find the requested resource/,
    ],
  ];
  for (const [path, body, status, reason, message] of rows) {
    const answer = await api.ask(`POST ${path}`, body);
    const shown = `${path} ${JSON.stringify(body).slice(0, 80)} → ${answer.text.slice(0, 300)}`;
    assert.equal(answer.status, status, shown);
    assert.equal(answer.body.reason ?? "", reason, shown);
    assert.match(answer.body.message, message, shown);
    assert.equal(answer.body.kind, "Status");
  }
  assert.equal((await api.done(`GET ${maps}`)).items.length, 1, "nothing was stored");
});

test("generated names are drawn until one is free", async () => {
  const api = apiServer();
  const names = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const { metadata } = await api.done(`POST ${maps}`, { metadata: { generateName: "x-" } });
    assert.match(metadata.name, /^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.equal(metadata.generateName, "x-");
    names.add(metadata.name);
  }
  assert.equal(names.size, 50);
  const long = await api.done(`POST ${maps}`, { metadata: { generateName: "y".repeat(100) } });
  assert.equal(long.metadata.name.length, 63, "cut, so that the suffix fits");
});

test("a dry run answers as if, and nothing is stored", async () => {
  const api = apiServer();
  const before = api.store.revision();
  const answer = await api.ask(`POST ${maps}?dryRun=All`, { metadata: { name: "x" } });
  assert.equal(answer.status, 201);
  assert.ok(answer.body.metadata.uid);
  assert.equal(answer.body.metadata.resourceVersion, undefined);
  assert.equal(api.store.revision(), before);
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const taken = await api.ask(`POST ${maps}?dryRun=All`, { metadata: { name: "x" } });
  assert.equal(taken.status, 409);
});

test("fields that nobody knows: refused, warned of, or passed over", async () => {
  const api = apiServer();
  const body = '{"metadata":{"name":"NAME","labels":{"a":"1","a":"2"}},"data":{},"extra":1}';
  const rows: [string, number, string[] | undefined][] = [
    ["Strict", 400, undefined],
    [
      "Warn",
      201,
      ['299 - "unknown field \\"extra\\""', '299 - "duplicate field \\"metadata.labels.a\\""'],
    ],
    [
      "",
      201,
      ['299 - "unknown field \\"extra\\""', '299 - "duplicate field \\"metadata.labels.a\\""'],
    ],
    ["Ignore", 201, undefined],
  ];
  for (const [i, [validation, status, warnings]] of rows.entries()) {
    const query = validation === "" ? "" : `?fieldValidation=${validation}`;
    const answer = await api.ask(`POST ${maps}${query}`, body.replace("NAME", `x${i}`));
    assert.equal(answer.status, status, validation);
    assert.deepEqual(
      [...((answer.headers["warning"] as string[] | undefined) ?? [])].sort(),
      [...(warnings ?? [])].sort(),
      validation,
    );
    if (status === 201) assert.equal(answer.body.metadata.labels.a, "2", "the last one counts");
    else assert.match(answer.body.message, /strict decoding error: .*unknown field "extra"/);
  }
});

test("YAML is read, and given on request", async () => {
  const api = apiServer();
  const yaml = "metadata:\n  name: x\ndata:\n  k: |\n    two\n    lines\n";
  const created = await api.done(`POST ${maps}`, yaml, { "content-type": "application/yaml" });
  assert.equal(created.data.k, "two\nlines\n");
  const shown = await api.ask(`GET ${maps}/x`, undefined, { accept: "application/yaml" });
  assert.match(shown.text, /^apiVersion: v1\ndata:\n {2}k: \|\n {4}two\n/);
});

test("admission may change what is stored, and refuse it; what it changes is defaulted and checked", async () => {
  let validated = 0;
  const marks: Admission = {
    name: "marks",
    handles: (_attributes, { operation }) => operation === "CREATE",
    mutate(_context, { object }) {
      object!.metadata.labels = { ...object!.metadata.labels, marked: "yes" };
      if (object!.metadata.name === "broken") object!.metadata.labels["a b"] = "";
    },
    validate(_context, { object }) {
      assert.equal(object!.metadata.labels?.["marked"], "yes");
      assert.ok(object!.metadata.uid, "what is validated is complete");
      validated++;
    },
  };
  const api = apiServer({ edge: { admissions: [marks] } });
  const created = await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  assert.deepEqual(created.metadata.labels, { marked: "yes" });
  assert.equal(validated, 1);
  assert.equal((await api.ask(`POST ${maps}`, { metadata: { name: "broken" } })).status, 422);
});

test("an object too large for the store is refused", async () => {
  const api = apiServer();
  const data = { k: "x".repeat(1 << 20) };
  const annotations = { a: "y".repeat(200_000) };
  const spec = pod("p").spec;
  const env = Array.from({ length: 400 }, (_, i) => ({ name: `V${i}`, value: "v".repeat(4000) }));
  const containers = [{ ...spec.containers[0], env }];
  const answer = await api.ask(`POST ${pods}`, {
    metadata: { name: "p", annotations },
    spec: { containers },
  });
  assert.equal(answer.status, 413, answer.body.message);
  assert.equal(answer.body.reason, "RequestEntityTooLarge");
  assert.equal((await api.ask(`POST ${maps}`, { metadata: { name: "x" }, data })).status, 201);
});

test("a body without a readable type is nothing", async () => {
  const api = apiServer();
  const rows: [body: string, message: RegExp][] = [
    [
      "[]",
      /^the object provided is unrecognized .* cannot unmarshal array into Go value of type struct/,
    ],
    ["5", /cannot unmarshal number into Go value of type struct .* \(35\)$/],
    ['{"apiVersion":1}', /cannot unmarshal number into Go struct field .apiVersion of type string/],
    ['{"apiVersion":"a/b/c"}', /: unexpected GroupVersion string: a\/b\/c \(/],
  ];
  for (const [body, message] of rows) {
    const answer = await api.ask(`POST ${maps}`, body);
    assert.equal(answer.status, 400, answer.text);
    assert.match(answer.body.message, message);
  }
});
