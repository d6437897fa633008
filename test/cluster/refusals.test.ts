// What kube-apiserver v1.37 says of objects that break a rule, one row for each rule that once was different here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardedServer } from "../kit/guarded-server.ts";

type Json = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: answers of all kinds
type Any = any;

type Row = {
  /** `POST /path`, or `PUT` of a changed object that was made first. */
  readonly do: string;
  readonly body: Json;
  /** For PUT: what is laid over the object; absent: the request is the creation itself. */
  readonly change?: (object: Any) => void;
  /** `field: message` of each cause; none: the object is taken. */
  readonly told: readonly string[];
  readonly generation?: number;
  readonly warning?: string;
};

const long = "b".repeat(254);
const template = {
  metadata: { labels: { a: "b" } },
  spec: { containers: [{ name: "c", image: "i" }] },
};
const controller = (metadata: Json) => ({
  metadata,
  spec: { replicas: 0, selector: { a: "b" }, template },
});
const space = "/api/v1/namespaces/default";
const policies = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";
const webhooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const webhook = (clientConfig: Json) => ({
  metadata: { name: "w" },
  webhooks: [
    { name: "w.example.com", sideEffects: "None", admissionReviewVersions: ["v1"], clientConfig },
  ],
});
const noName =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const rows: readonly Row[] = [
  {
    do: `POST ${space}/replicationcontrollers`,
    body: controller({ name: long }),
    told: [`metadata.name: Invalid value: "${long}": must be no more than 253 bytes`],
  },
  {
    do: `POST ${space}/replicationcontrollers`,
    body: controller({ name: "a", generateName: "a/b" }),
    told: [`metadata.generateName: Invalid value: "a/b": may not contain '/'`],
  },
  {
    do: `PUT ${space}/pods`,
    body: { metadata: { name: "p" }, spec: template.spec },
    change: ({ metadata }) => {
      metadata.generateName = "Bad_";
    },
    told: [`metadata.generateName: Invalid value: "Bad_": ${noName}`],
  },
  {
    do: `PUT ${space}/resourcequotas`,
    body: { metadata: { name: "q" }, spec: { hard: { pods: "1" }, scopes: ["BestEffort"] } },
    change: ({ spec }) => {
      spec.scopes = [];
    },
    told: ["spec.scopes: Invalid value: []: field is immutable"],
  },
  {
    do: `PUT ${space}/resourcequotas`,
    body: { metadata: { name: "q" }, spec: { hard: { pods: "1" }, scopes: ["BestEffort"] } },
    change: ({ spec }) => {
      delete spec.scopes;
    },
    told: ["spec.scopes: Invalid value: null: field is immutable"],
  },
  {
    do: "PUT /apis/networking.k8s.io/v1/servicecidrs",
    body: { metadata: { name: "s" }, spec: { cidrs: ["10.200.0.0/24"] } },
    change: ({ spec }) => {
      spec.cidrs = [];
    },
    told: ["spec.cidrs: Invalid value: []: field is immutable"],
  },
  {
    do: "PUT /apis/apps/v1/namespaces/default/statefulsets",
    body: {
      metadata: { name: "s" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: "b" } },
        template,
        volumeClaimTemplates: [
          {
            metadata: { name: "v" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    },
    change: ({ spec }) => {
      spec.volumeClaimTemplates = [];
    },
    told: ["spec.volumeClaimTemplates: Invalid value: []: field is immutable"],
  },
  {
    do: `PUT ${policies}`,
    body: { metadata: { name: "n" }, spec: { podSelector: {} } },
    change: ({ spec }) => {
      spec.podSelector.matchExpressions = [];
    },
    told: [],
    generation: 2,
  },
  {
    do: `PUT ${policies}`,
    body: { metadata: { name: "n" }, spec: { podSelector: {} } },
    change: ({ metadata }) => {
      metadata.labels = { a: "b" };
    },
    told: [],
    generation: 1,
  },
  {
    do: `POST ${webhooks}`,
    body: webhook({ url: "10%" }),
    told: [
      'webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "10%": invalid URL escape "%"; desired format: https://host[/path]',
    ],
  },
  {
    do: `POST ${webhooks}`,
    body: webhook({ url: "1a:b" }),
    told: [
      'webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "1a:b": first path segment in URL cannot contain colon; desired format: https://host[/path]',
    ],
  },
  {
    do: `POST ${webhooks}`,
    body: webhook({ service: { namespace: "a", name: "b", path: "å" } }),
    told: [
      "webhooks[0].clientConfig.service.path: Invalid value: \"å\": must start with a '/'",
      `webhooks[0].clientConfig.service.path: Invalid value: "å": segment[0]: ${noName}`,
    ],
  },
  {
    do: "POST /apis/resource.k8s.io/v1/resourceslices",
    body: {
      metadata: { name: "r" },
      spec: {
        driver: "A.example.com",
        pool: { name: "p", resourceSliceCount: 1 },
        allNodes: true,
        devices: [],
      },
    },
    told: [],
    warning:
      'spec.driver: driver names should be lowercase; "A.example.com" contains uppercase characters',
  },
];

const told = (body: Any): string[] =>
  ((body.details?.causes ?? []) as Any[]).map(({ field, message }) => `${field}: ${message}`);

for (const row of rows) {
  const [verb, path] = row.do.split(" ") as [string, string];
  const tells = row.told[0]?.slice(0, 90) ?? row.warning ?? `generation ${row.generation}`;
  test(`${verb} of ${path.split("/").at(-1)}: ${tells}`, async () => {
    const api = guardedServer();
    await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });
    await api.done(`POST ${space}/serviceaccounts`, { metadata: { name: "default" } });
    let [what, body]: [string, Any] = [`POST ${path}`, row.body];
    if (row.change) {
      body = await api.done(what, body);
      row.change(body);
      // The server itself may have counted meanwhile.
      delete body.metadata.resourceVersion;
      what = `PUT ${path}/${body.metadata.name}`;
    }
    const answer = await api.ask(what, body);
    assert.deepEqual(told(answer.body), row.told, answer.text);
    assert.equal(answer.status >= 400, row.told.length > 0, answer.body.message);
    if (row.generation !== undefined) assert.equal(answer.body.metadata.generation, row.generation);
    if (row.warning !== undefined)
      assert.ok(String(answer.headers["warning"]).includes(row.warning.replaceAll('"', '\\"')));
  });
}

test("where tokens are checked, only the documents' own types are offered", async () => {
  const api = guardedServer();
  const rows: [path: string, accept: string, status: number][] = [
    ["/openid/v1/jwks", "application/json", 406],
    ["/openid/v1/jwks", "application/*", 406],
    ["/openid/v1/jwks", "application/json, application/jwk-set+json", 200],
    ["/openid/v1/jwks", "*/*;q=0.1", 200],
    ["/.well-known/openid-configuration", "application/json;q=0.5", 200],
    ["/.well-known/openid-configuration", "application/jwk-set+json", 406],
  ];
  for (const [path, accept, status] of rows) {
    const answer = await api.ask(`GET ${path}`, undefined, { accept });
    assert.equal(answer.status, status, `${path} ${accept}`);
    if (status === 406) assert.match(answer.body.message, /^406: Not Acceptable\n\nAvailable/);
  }
});

test("a check that is asked for alone is plain text, and readiness has checks of its own", async () => {
  const api = guardedServer();
  const one = await api.ask("GET /livez/etcd");
  assert.deepEqual([one.status, one.text], [200, "ok"]);
  assert.equal(one.headers["x-content-type-options"], undefined);
  const ready = await api.ask("GET /readyz?verbose");
  assert.match(ready.text, /\[\+\]etcd ok\n\[\+\]etcd-readiness ok\n/);
  assert.match(ready.text, /\[\+\]shutdown ok\nreadyz check passed\n$/);
  assert.equal((await api.ask("GET /livez/etcd-readiness")).status, 404);
});

const maps = `${space}/configmaps`;
const apply = { "content-type": "application/apply-patch+yaml" };
const merge = { "content-type": "application/merge-patch+json" };
const strategic = { "content-type": "application/strategic-merge-patch+json" };

test("what an applied object says in a text of its own form is looked at when all else is merged", async () => {
  const api = guardedServer();
  await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });
  const rows: [path: string, body: Json, message: string][] = [
    [
      maps,
      { apiVersion: "v1", kind: "ConfigMap", binaryData: { a: "%%" } },
      "(/x; /v1, Kind=ConfigMap) to proper version: unable to convert unstructured object to /v1, Kind=ConfigMap: error decoding from json: illegal base64 data at input byte 0",
    ],
    [
      `${space}/limitranges`,
      {
        apiVersion: "v1",
        kind: "LimitRange",
        spec: { limits: [{ type: "Container", default: { cpu: "abc" } }] },
      },
      "(/x; /v1, Kind=LimitRange) to proper version: unable to convert unstructured object to /v1, Kind=LimitRange: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      "/apis/coordination.k8s.io/v1/namespaces/default/leases",
      { apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec: { renewTime: "bad" } },
      '(/x; coordination.k8s.io/v1, Kind=Lease) to proper version: unable to convert unstructured object to coordination.k8s.io/v1, Kind=Lease: parsing time "bad" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "bad" as "2006"',
    ],
  ];
  for (const [path, body, message] of rows) {
    const object = { ...body, metadata: { name: "x" } };
    const answer = await api.ask(`PATCH ${path}/x?fieldManager=m`, object, apply);
    assert.equal(answer.status, 500, answer.text);
    assert.equal(answer.body.message, `failed to convert new object ${message}`);
    assert.equal(answer.body.reason, undefined);
  }
});

test("how something is to be deleted", async () => {
  const api = guardedServer();
  const odd = await api.ask(`DELETE ${maps}/x`, { kind: "Foo" });
  assert.match(odd.body.message, /^no kind "Foo" is registered for version "meta.k8s.io\/v1" in/);
  const unsafe = "ignoreStoreReadErrorWithClusterBreakingPotential";
  const many = await api.ask(`DELETE ${maps}`, { [unsafe]: true });
  const why = "is not allowed with DELETECOLLECTION, try again after removing the option";
  assert.deepEqual(told(many.body), [`${unsafe}: Invalid value: true: ${why}`]);
});

test("what is on its way out warns those whom it answers, and nobody else", async () => {
  const api = guardedServer();
  const rows: [what: string, accept: string, status: number, warns: boolean][] = [
    ["GET /api/v1/namespaces/default/endpoints", "application/json", 200, true],
    ["GET /api/v1/namespaces/default/endpoints/x", "application/json", 404, true],
    ["GET /api/v1/namespaces/default/endpoints/x/status", "application/json", 404, false],
    ["GET /api/v1/namespaces/default/endpoints", "text/html", 406, false],
    ["PATCH /api/v1/namespaces/default/endpoints", "application/json", 405, false],
  ];
  for (const [what, accept, status, warns] of rows) {
    const { status: code, headers } = await api.ask(what, undefined, { accept });
    assert.deepEqual([code, headers["warning"] !== undefined], [status, warns], what);
  }
});

test("a strategic patch puts items into an empty list without asking for their keys", async () => {
  const api = guardedServer();
  const nodes = "/apis/storage.k8s.io/v1/csinodes";
  await api.done(`POST ${nodes}`, { metadata: { name: "n" }, spec: { drivers: [] } });
  const answer = await api.ask(`PATCH ${nodes}/n`, { spec: { drivers: [{}] } }, strategic);
  assert.deepEqual(told(answer.body), [
    "spec.drivers[0].name: Required value",
    "spec.drivers[0].nodeID: Required value",
  ]);
});

test("an empty list that a patch writes is told from none", async () => {
  const api = guardedServer();
  await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });
  const quota = { metadata: { name: "q" }, spec: { scopes: ["BestEffort"] } };
  await api.done(`POST ${space}/resourcequotas`, quota);
  for (const headers of [merge, strategic]) {
    const body = { spec: { scopes: [] } };
    const answer = await api.ask(`PATCH ${space}/resourcequotas/q`, body, headers);
    assert.deepEqual(told(answer.body), ["spec.scopes: Invalid value: []: field is immutable"]);
  }
  const configuration = await api.done(`POST ${webhooks}`, { metadata: { name: "w" } });
  assert.equal(configuration.metadata.generation, 1);
  const emptied = await api.done(`PATCH ${webhooks}/w`, { webhooks: [] }, merge);
  assert.equal(emptied.metadata.generation, 2);
  const policy = { metadata: { name: "n" }, spec: { podSelector: {} } };
  await api.done(`POST ${policies}`, policy);
  const applied = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "n" },
    spec: { podSelector: { matchExpressions: [] } },
  };
  const path = `PATCH ${policies}/n?fieldManager=m&force=true&dryRun=All`;
  assert.equal((await api.done(path, applied, apply)).metadata.generation, 2);
});
