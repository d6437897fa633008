import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { silent } from "../../src/lib/log.ts";
import { bootstrap } from "../../src/server/bootstrap.ts";
import type { ApiServer } from "../kit/api-server.ts";
import { guardedServer } from "../kit/guarded-server.ts";
import {
  type Asked,
  patching,
  type Reply,
  review,
  strangersBundle,
  until,
  type WebhookServer,
  webhookServer,
} from "../kit/webhook-server.ts";

const base = "/apis/admissionregistration.k8s.io/v1";
const maps = "/api/v1/namespaces/default/configmaps";

async function prepared(): Promise<ApiServer> {
  const api = guardedServer();
  await api.done("POST /api/v1/namespaces", {
    metadata: { name: "default", labels: { team: "a" } },
  });
  return api;
}

const rule = {
  operations: ["*"],
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["configmaps"],
};

type Settings = Record<string, unknown>;

const webhookOf = (hook: WebhookServer, settings: Settings = {}): object => ({
  name: "a.example.com",
  clientConfig: { url: `${hook.url}/check`, caBundle: hook.caBundle },
  rules: [rule],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  ...settings,
});

const configure = (
  api: ApiServer,
  type: "mutating" | "validating",
  webhooks: object[],
  name = "a",
): Promise<unknown> =>
  api.done(`POST ${base}/${type}webhookconfigurations`, { metadata: { name }, webhooks });

const allow = (asked: Asked): Reply => review(asked, { allowed: true });
const map = (name: string, more: object = {}): object => ({ metadata: { name }, ...more });

test("A validating webhook is asked with upstream's review, and its words are the refusal", async () => {
  const api = await prepared();
  await using hook = await webhookServer((asked) =>
    review(asked, {
      allowed: false,
      status: { message: "not like this", code: 418, reason: "Teapot" },
      warnings: ["think again"],
      auditAnnotations: { why: "tea" },
    }),
  );
  await configure(api, "validating", [webhookOf(hook)]);
  const refused = await api.ask(`POST ${maps}?fieldManager=me`, map("m", { data: { a: "1" } }), {
    user: "eve",
    groups: "system:masters",
  });
  assert.equal(refused.status, 418);
  assert.equal(refused.body.reason, "Teapot");
  assert.equal(
    refused.body.message,
    'admission webhook "a.example.com" denied the request: not like this',
  );
  assert.deepEqual(refused.headers["warning"], ['299 - "think again"']);
  const { path, body } = hook.asked[0]!;
  assert.equal(path, "/check?timeout=10s");
  assert.equal(body.apiVersion, "admission.k8s.io/v1");
  const { uid, object, ...request } = body.request;
  assert.match(uid, /^[0-9a-f-]{36}$/);
  assert.equal(object.apiVersion, "v1");
  assert.deepEqual(object.data, { a: "1" });
  assert.deepEqual(request, {
    kind: { group: "", version: "v1", kind: "ConfigMap" },
    resource: { group: "", version: "v1", resource: "configmaps" },
    requestKind: { group: "", version: "v1", kind: "ConfigMap" },
    requestResource: { group: "", version: "v1", resource: "configmaps" },
    name: "m",
    namespace: "default",
    operation: "CREATE",
    userInfo: { username: "eve", groups: ["system:masters", "system:authenticated"] },
    oldObject: null,
    dryRun: false,
    options: {
      kind: "CreateOptions",
      apiVersion: "meta.k8s.io/v1",
      fieldManager: "me",
    },
  });
});

test("A mutating webhook changes the object; defaults follow; the next sees what the last one made", async () => {
  const api = await prepared();
  await using hook = await webhookServer((asked) =>
    asked.path.startsWith("/first")
      ? patching(asked, [{ op: "add", path: "/data", value: { first: "yes" } }])
      : patching(asked, [
          { op: "add", path: "/data/second", value: String(asked.body.request.object.data.first) },
        ]),
  );
  const at = (path: string) => ({ url: `${hook.url}/${path}`, caBundle: hook.caBundle });
  await configure(api, "mutating", [webhookOf(hook, { clientConfig: at("second") })], "b");
  await configure(api, "mutating", [webhookOf(hook, { clientConfig: at("first") })], "a");
  const made = await api.done(`POST ${maps}`, map("m"));
  assert.deepEqual(made.data, { first: "yes", second: "yes" });
});

const failures: { what: string; reply: Reply; message: RegExp }[] = [
  {
    what: "no JSON",
    reply: { status: 200, text: "<html>" },
    message: /couldn't get version\/kind/,
  },
  {
    what: "a redirect",
    reply: { status: 302, headers: { location: "https://127.0.0.1:1/" } },
    message: /status code 302/,
  },
  {
    what: "an error",
    reply: { status: 500, text: "broken" },
    message: /an error on the server \("broken"\) has prevented the request from succeeding/,
  },
  {
    what: "no response",
    reply: { json: { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" } },
    message: /received invalid webhook response: webhook response was absent/,
  },
  {
    what: "another uid",
    reply: {
      json: {
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        response: { uid: "1", allowed: true },
      },
    },
    message: /expected response.uid="[0-9a-f-]+", got "1"/,
  },
  { what: "a lost connection", reply: "drop", message: /EOF/ },
];

for (const { what, reply, message } of failures)
  test(`A webhook that answers with ${what} fails closed or open, as its policy says`, async () => {
    const api = await prepared();
    await using hook = await webhookServer(() => reply);
    await configure(api, "validating", [webhookOf(hook, { failurePolicy: "Ignore" })]);
    assert.equal((await api.ask(`POST ${maps}`, map("open"))).status, 201);
    await configure(api, "validating", [webhookOf(hook)], "b");
    const closed = await api.ask(`POST ${maps}`, map("closed"));
    assert.equal(closed.status, 500);
    assert.match(
      closed.body.message,
      /^Internal error occurred: failed calling webhook "a.example.com": /,
    );
    assert.match(closed.body.message, message);
    // A broken webhook blocks nothing that it is not about.
    await api.done("POST /api/v1/namespaces/default/secrets", map("s"));
  });

test("A webhook that hangs is given up after its timeout", async () => {
  const api = await prepared();
  await using hook = await webhookServer(() => "hang");
  await configure(api, "validating", [webhookOf(hook, { timeoutSeconds: 2 })]);
  const asking = api.ask(`POST ${maps}`, map("m"));
  await until("a question", () => hook.asked.length > 0);
  await api.clock.advance(2000);
  const { status, body } = await asking;
  assert.equal(status, 500);
  assert.equal(
    body.message,
    'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: ' +
      `Post "${hook.url}/check?timeout=2s": context deadline exceeded`,
  );
});

test("Certificates are checked against the bundle; nobody listening is told as such", async () => {
  const api = await prepared();
  await using hook = await webhookServer(allow);
  const url = `${hook.url}/check`;
  await configure(api, "validating", [
    webhookOf(hook, { clientConfig: { url, caBundle: strangersBundle } }),
  ]);
  const distrusted = await api.ask(`POST ${maps}`, map("m"));
  assert.match(
    distrusted.body.message,
    /tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
  );
  await api.done(`DELETE ${base}/validatingwebhookconfigurations/a`);
  await configure(api, "validating", [
    webhookOf(hook, { clientConfig: { url: "https://127.0.0.1:1/", caBundle: hook.caBundle } }),
  ]);
  const closed = await api.ask(`POST ${maps}`, map("m"));
  assert.match(closed.body.message, /dial tcp 127.0.0.1:1: connect: connection refused$/);
  assert.equal(hook.asked.length, 0);
});

const matches: { what: string; settings: Settings; asked: boolean; more?: object }[] = [
  {
    what: "an other operation",
    settings: { rules: [{ ...rule, operations: ["DELETE"] }] },
    asked: false,
  },
  { what: "an other group", settings: { rules: [{ ...rule, apiGroups: ["apps"] }] }, asked: false },
  {
    what: "all subresources of nothing",
    settings: { rules: [{ ...rule, resources: ["*/status"] }] },
    asked: false,
  },
  { what: "everything", settings: { rules: [{ ...rule, resources: ["*/*"] }] }, asked: true },
  {
    what: "cluster-wide objects",
    settings: { rules: [{ ...rule, scope: "Cluster" }] },
    asked: false,
  },
  {
    what: "its namespace",
    settings: { namespaceSelector: { matchLabels: { team: "a" } } },
    asked: true,
  },
  {
    what: "other namespaces",
    settings: { namespaceSelector: { matchLabels: { team: "b" } } },
    asked: false,
  },
  {
    what: "other objects",
    settings: { objectSelector: { matchLabels: { check: "yes" } } },
    asked: false,
  },
  {
    what: "its labels",
    settings: { objectSelector: { matchLabels: { check: "yes" } } },
    asked: true,
    more: { metadata: { name: "m", labels: { check: "yes" } } },
  },
  {
    what: "a condition that holds",
    settings: {
      matchConditions: [
        { name: "c", expression: "request.operation == 'CREATE' && !has(object.data)" },
      ],
    },
    asked: true,
  },
  {
    what: "a condition that does not",
    settings: { matchConditions: [{ name: "c", expression: "object.metadata.name != 'm'" }] },
    asked: false,
  },
];

for (const { what, settings, asked, more } of matches)
  test(`A webhook for ${what} is ${asked ? "" : "not "}asked about a new ConfigMap`, async () => {
    const api = await prepared();
    await using hook = await webhookServer(allow);
    await configure(api, "validating", [webhookOf(hook, settings)]);
    await api.done(`POST ${maps}`, map("m", more));
    assert.equal(hook.asked.length > 0, asked);
  });

test("A condition that fails refuses, or lets pass where failures are ignored", async () => {
  const api = await prepared();
  await using hook = await webhookServer(allow);
  const matchConditions = [{ name: "c", expression: "object.data.missing == 'x'" }];
  await configure(api, "validating", [
    webhookOf(hook, { matchConditions, failurePolicy: "Ignore" }),
  ]);
  await api.done(`POST ${maps}`, map("m"));
  await configure(api, "validating", [webhookOf(hook, { matchConditions })], "b");
  const refused = await api.ask(`POST ${maps}`, map("n"));
  assert.equal(refused.status, 403);
  assert.match(
    refused.body.message,
    /^configmaps "n" is forbidden: expression 'object.data.missing == 'x'' resulted in error: no such key: /,
  );
  assert.equal(hook.asked.length, 0);
});

test("Equivalent rules ask in their own version, exact ones not at all", async () => {
  const api = await prepared();
  await using hook = await webhookServer(allow);
  const rules = [
    {
      operations: ["*"],
      apiGroups: ["autoscaling"],
      apiVersions: ["v1"],
      resources: ["horizontalpodautoscalers"],
    },
  ];
  const body = (name: string) => ({
    metadata: { name },
    spec: {
      maxReplicas: 2,
      scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
    },
  });
  const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
  await configure(api, "validating", [webhookOf(hook, { rules, matchPolicy: "Exact" })], "exact");
  await api.done(`POST ${path}`, body("a"));
  assert.equal(hook.asked.length, 0);
  await configure(api, "validating", [webhookOf(hook, { rules, matchPolicy: "Equivalent" })]);
  await api.done(`POST ${path}`, body("b"));
  const { request } = hook.asked[0]!.body;
  assert.equal(request.kind.version, "v1");
  assert.equal(request.requestKind.version, "v2");
  assert.equal(request.object.apiVersion, "autoscaling/v1");
});

test("A webhook that wants it is asked again after others changed the object", async () => {
  const api = await prepared();
  await using hook = await webhookServer((asked) =>
    asked.path.startsWith("/first")
      ? allow(asked)
      : patching(asked, [{ op: "add", path: "/data", value: { a: "b" } }]),
  );
  const first = { url: `${hook.url}/first`, caBundle: hook.caBundle };
  await configure(api, "mutating", [
    webhookOf(hook, { clientConfig: first, reinvocationPolicy: "IfNeeded" }),
    webhookOf(hook, { name: "b.example.com" }),
  ]);
  await api.done(`POST ${maps}`, map("m"));
  const paths = hook.asked.map(({ path }) => path.split("?")[0]);
  assert.deepEqual(paths, ["/first", "/check", "/first"]);
  assert.deepEqual(hook.asked[2]!.body.request.object.data, { a: "b" });
});

test("A dry run asks only those that have no side effects then", async () => {
  const api = await prepared();
  await using hook = await webhookServer(allow);
  await configure(api, "mutating", [webhookOf(hook, { sideEffects: "NoneOnDryRun" })]);
  assert.equal((await api.ask(`POST ${maps}?dryRun=All`, map("m"))).status, 201);
  assert.equal(hook.asked[0]!.body.request.dryRun, true);
});

test("No webhook is asked about the configuration of admission or about reviews", async () => {
  const api = await prepared();
  await using hook = await webhookServer((asked) => review(asked, { allowed: false }));
  const rules = [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] }];
  await configure(api, "validating", [webhookOf(hook, { rules })]);
  await api.done("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    spec: { nonResourceAttributes: { path: "/", verb: "get" } },
  });
  await api.done(`DELETE ${base}/validatingwebhookconfigurations/a`);
  assert.equal(hook.asked.length, 0);
});

test("A webhook that changes everything changes nothing that it may not", async () => {
  const api = await prepared();
  await using hook = await webhookServer((asked) => {
    const { object } = asked.body.request;
    const patch: object[] = [
      { op: "add", path: "/metadata/uid", value: "0" },
      { op: "add", path: "/metadata/creationTimestamp", value: "1970-01-01T00:00:00Z" },
      { op: "add", path: "/metadata/generation", value: 7 },
      { op: "add", path: "/metadata/selfLink", value: "/x" },
      { op: "add", path: "/metadata/managedFields", value: [{ manager: "x" }] },
      { op: "add", path: "/unknown", value: { a: 1 } },
      { op: "add", path: "/data", value: { changed: "yes" } },
    ];
    return asked.body.request.operation === "CREATE" && object
      ? patching(asked, patch)
      : allow(asked);
  });
  await configure(api, "mutating", [webhookOf(hook)]);
  const made = await api.ask(`POST ${maps}`, map("m"));
  assert.equal(made.status, 201);
  const { metadata, data } = made.body;
  assert.notEqual(metadata.uid, "0");
  assert.notEqual(metadata.creationTimestamp, "1970-01-01T00:00:00Z");
  assert.equal(metadata.selfLink, undefined);
  assert.equal(made.body.unknown, undefined);
  assert.notEqual(metadata.managedFields?.[0]?.manager, "x");
  assert.deepEqual(data, { changed: "yes" });
  assert.match(
    String(made.headers["warning"]),
    /managedFields was in an invalid state after admission/,
  );
});

test("A patch that moves the object or makes another kind of it is refused", async () => {
  const api = await prepared();
  let patch: object[] = [];
  await using hook = await webhookServer((asked) => patching(asked, patch));
  await configure(api, "mutating", [webhookOf(hook)]);
  patch = [{ op: "replace", path: "/metadata/namespace", value: "kube-system" }];
  assert.equal((await api.ask(`POST ${maps}`, map("m"))).status, 400);
  patch = [{ op: "replace", path: "/kind", value: "Secret" }];
  assert.equal((await api.ask(`POST ${maps}`, map("m"))).status, 500);
  patch = [{ op: "remove", path: "/none/such" }];
  assert.equal((await api.ask(`POST ${maps}`, map("m"))).status, 500);
  assert.equal((await api.ask(`GET ${maps}/m`)).status, 404);
});

test("Connections are kept from one question to the next", async () => {
  const api = await prepared();
  await using hook = await webhookServer(allow);
  await configure(api, "validating", [webhookOf(hook)]);
  for (let i = 0; i < 5; i++) await api.done(`POST ${maps}`, map(`m${i}`));
  assert.equal(hook.asked.length, 5);
  assert.equal(hook.connections(), 1);
});

test("A service is found by its endpoints, and must have a certificate of its own name", async () => {
  const api = await prepared();
  await using hook = await webhookServer(allow);
  const service = { namespace: "default", name: "hook", path: "/check", port: hook.port };
  const clientConfig = { service, caBundle: hook.caBundle };
  await configure(api, "validating", [webhookOf(hook, { clientConfig })]);
  const url = `https://hook.default.svc:${hook.port}/check?timeout=10s`;
  const missing = await api.ask(`POST ${maps}`, map("m"));
  assert.equal(
    missing.body.message,
    'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: ' +
      `Post "${url}": service "hook" not found`,
  );
  await api.done("POST /api/v1/namespaces/default/services", {
    metadata: { name: "hook" },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  await api.done(`POST ${maps}`, map("m"));
  assert.equal(hook.asked[0]!.path, "/check?timeout=10s");
  assert.equal(hook.asked[0]!.headers["host"], `hook.default.svc:${hook.port}`);
});

const paths = [
  ...["", "/kind", "/apiVersion", "/metadata", "/data", "/data/a", "/immutable", "/none/such"],
  ...[
    "uid",
    "name",
    "namespace",
    "generation",
    "resourceVersion",
    "creationTimestamp",
    "labels",
  ].map((field) => `/metadata/${field}`),
  ...["deletionTimestamp", "selfLink", "managedFields", "ownerReferences", "finalizers"].map(
    (field) => `/metadata/${field}`,
  ),
];
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.dictionary(fc.constantFrom("name", "a", "uid"), fc.string()),
  fc.array(fc.dictionary(fc.constantFrom("manager", "uid", "kind"), fc.string())),
);
const operation = fc.record({
  op: fc.constantFrom("add", "remove", "replace", "test", "move", "copy"),
  path: fc.constantFrom(...paths),
  from: fc.constantFrom(...paths),
  value,
});

test("Whatever a webhook makes of a change, the object stays the same one, or the change is refused", async () => {
  const api = await prepared();
  let patch: readonly object[] = [];
  await using hook = await webhookServer((asked) => patching(asked, patch));
  const rules = [{ ...rule, operations: ["UPDATE"] }];
  await configure(api, "mutating", [webhookOf(hook, { rules })]);
  let made = 0;
  const property = fc.asyncProperty(fc.array(operation, { maxLength: 4 }), async (operations) => {
    const path = `${maps}/m${++made}`;
    const before = await api.done(`POST ${maps}`, map(`m${made}`, { data: { a: "0" } }));
    patch = operations;
    const next = { metadata: { name: `m${made}` }, data: { a: "1" } };
    const { status } = await api.ask(`PUT ${path}`, next);
    const after = await api.done(`GET ${path}`);
    if (status >= 400) assert.deepEqual(after, before);
    for (const field of ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"])
      assert.equal(after.metadata[field], before.metadata[field]);
    assert.equal(after.kind, "ConfigMap");
    assert.equal((await api.done(`GET ${maps}`)).items.length, made);
  });
  await fc.assert(property, { numRuns: 40 });
});

test("A webhook that is gone does not keep a server from starting, which then does what is due", async () => {
  const api = await prepared();
  await configure(api, "validating", [
    {
      name: "all.example.com",
      clientConfig: { url: "https://127.0.0.1:1/" },
      rules: [{ operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] }],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    },
  ]);
  const stop = await bootstrap(api.server.core, {
    clientAuthorities: "",
    endpoint: { address: "192.0.2.1", port: 6443 },
    manyServers: false,
    serviceCidr: "10.96.0.0/12",
    serviceAddress: "10.96.0.1",
    log: silent,
  });
  assert.equal((await api.ask("GET /api/v1/namespaces/kube-system")).status, 404);
  await api.done(`DELETE ${base}/validatingwebhookconfigurations/a`);
  await until("the namespace", async () => {
    await api.clock.advance(1000);
    return (await api.ask("GET /api/v1/namespaces/kube-system")).status === 200;
  });
  stop();
});

test("Metrics tell what webhooks, plug-ins and phases took, and how they ended", async () => {
  const api = await prepared();
  await using hook = await webhookServer((asked) =>
    asked.path.startsWith("/deny")
      ? review(asked, { allowed: false, status: { code: 418 } })
      : asked.path.startsWith("/broken")
        ? { status: 500 }
        : allow(asked),
  );
  const at = (path: string) => ({ url: `${hook.url}/${path}`, caBundle: hook.caBundle });
  const only = (object: string) => ({ matchLabels: { ask: object } });
  const webhook = (name: string, more: Settings) =>
    webhookOf(hook, {
      name: `${name}.example.com`,
      clientConfig: at(name),
      objectSelector: only(name),
      ...more,
    });
  await configure(api, "mutating", [webhook("fine", {}), webhook("broken", {})]);
  await configure(api, "validating", [
    webhook("deny", {}),
    webhook("broken", { failurePolicy: "Ignore", objectSelector: only("open") }),
  ]);
  for (const [ask, status] of [
    ["fine", 201],
    ["deny", 418],
    ["broken", 500],
    ["open", 201],
  ] as const) {
    const answer = await api.ask(`POST ${maps}`, {
      metadata: { generateName: "m-", labels: { ask } },
    });
    assert.equal(answer.status, status, answer.text);
  }
  const { text } = await api.ask("GET /metrics");
  const lines = new Set(text.split("\n"));
  for (const line of [
    'request_total{code="200",name="fine.example.com",operation="CREATE",rejected="false",type="admit"} 1',
    'request_total{code="418",name="deny.example.com",operation="CREATE",rejected="true",type="validating"} 1',
    'request_total{code="500",name="broken.example.com",operation="CREATE",rejected="true",type="admit"} 1',
    'request_total{code="500",name="broken.example.com",operation="CREATE",rejected="false",type="validating"} 1',
    'rejection_count{error_type="no_error",name="deny.example.com",operation="CREATE",rejection_code="418",type="validating"} 1',
    'rejection_count{error_type="calling_webhook_error",name="broken.example.com",operation="CREATE",rejection_code="500",type="admit"} 1',
    'fail_open_count{name="broken.example.com",type="validating"} 1',
    'admission_duration_seconds_count{name="fine.example.com",operation="CREATE",rejected="false",type="admit"} 1',
  ])
    assert.ok(lines.has(`apiserver_admission_webhook_${line}`), `${line} in ${text}`);
  for (const [family, labels] of [
    [
      "controller",
      'name="MutatingAdmissionWebhook",operation="CREATE",rejected="true",type="admit"',
    ],
    ["step", 'operation="CREATE",rejected="true",type="validate"'],
  ]) {
    const line = `apiserver_admission_${family}_admission_duration_seconds_count{${labels}} 1`;
    assert.ok(lines.has(line), `${line} in ${text}`);
  }
  assert.ok(!text.includes("RBACEscalation"), "no plug-in of upstream");
});
