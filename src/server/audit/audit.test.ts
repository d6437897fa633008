import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServer, turn } from "../../../test/kit/api-server.ts";
import { silent } from "../../lib/log.ts";
import { seededRandom } from "../../lib/random.ts";
import { VirtualClock } from "../../lib/virtual-clock.ts";
import { unauthorized } from "../auth/identify.ts";
import { impersonation } from "../auth/impersonate.ts";
import type { Decision } from "../context.ts";
import { makeAudit } from "./audit.ts";
import type { AuditEvent } from "./event.ts";
import { readAuditPolicy } from "./policy.ts";
import { type Backend, batchSink, blockingSink, logBackend, truncated } from "./sinks.ts";

const yes: Decision = { says: "allow", reason: "rule 1" };
const no: Decision = { says: "no opinion", reason: "no rule" };

/** A server whose callers say by a header who they are; `eve` may do nothing. */
function world(rules: string): { server: ApiServer; events: AuditEvent[] } {
  const events: AuditEvent[] = [];
  const text = `{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [${rules}]}`;
  const authorize = ({ user }: { user: string }): Decision => (user === "eve" ? no : yes);
  const impersonate = impersonation(authorize);
  const server = apiServer({
    edge: (core) => ({
      authorizers: [authorize],
      identify({ headers }, attributes) {
        const user = String(headers["user"] ?? "ann");
        if (user === "nobody") throw unauthorized();
        return impersonate(headers, { user, groups: ["dev"] }, attributes);
      },
      audit: makeAudit({
        policy: readAuditPolicy({ path: "policy", bytes: Buffer.from(text) }),
        sinks: [(event) => void events.push(event)],
        clock: core.clock,
        random: core.random,
      }),
    }),
  });
  return { server, events };
}

const shown = (e: AuditEvent): string =>
  `${e.stage} ${e.verb} ${e.responseStatus?.code ?? "-"} ${e.level}`;

const configMap = { metadata: { name: "a" }, data: { secret: "hunter2" } };
const path = "/api/v1/namespaces/x/configmaps";

test("the first rule that fits says how much is written", async () => {
  const rows: [rules: string, what: string, events: string[]][] = [
    ["{level: None}", `POST ${path}`, []],
    [
      "{level: Metadata}",
      `POST ${path}`,
      ["RequestReceived create - Metadata", "ResponseComplete create 201 Metadata"],
    ],
    [
      "{level: Metadata, omitStages: [RequestReceived]}",
      `POST ${path}`,
      ["ResponseComplete create 201 Metadata"],
    ],
    ["{level: Request, verbs: [get]}", `POST ${path}`, []],
    [
      "{level: Request, omitStages: [RequestReceived], users: [ann]}",
      `POST ${path}`,
      ["ResponseComplete create 201 Request"],
    ],
    ["{level: Request, users: [bob]}", `POST ${path}`, []],
    [
      "{level: Request, omitStages: [RequestReceived], userGroups: [a, dev]}",
      `POST ${path}`,
      ["ResponseComplete create 201 Request"],
    ],
    [
      "{level: Metadata, omitStages: [RequestReceived], resources: [{group: '', resources: [configmaps]}]}",
      `GET ${path}`,
      ["ResponseComplete list 200 Metadata"],
    ],
    ["{level: Metadata, resources: [{group: apps}]}", `GET ${path}`, []],
    [
      "{level: Metadata, omitStages: [RequestReceived], resources: [{group: '*', resources: ['*/status']}]}",
      `GET ${path}`,
      [],
    ],
    ["{level: Metadata, namespaces: [z]}", `GET ${path}`, []],
    [
      "{level: Metadata, omitStages: [RequestReceived], namespaces: [x]}",
      `GET ${path}/none`,
      ["ResponseComplete get 404 Metadata"],
    ],
    [
      "{level: Metadata, omitStages: [RequestReceived], nonResourceURLs: ['/health*']}",
      "GET /healthz",
      ["ResponseComplete get 200 Metadata"],
    ],
    ["{level: Metadata, nonResourceURLs: [/metrics]}", "GET /healthz", []],
  ];
  for (const [rules, what, wanted] of rows) {
    const { server, events } = world(rules);
    await server.ask(what, what.startsWith("POST") ? configMap : undefined);
    assert.deepEqual(events.map(shown), wanted, `${rules} ${what}`);
  }
});

test("bodies are written at the level that says so, and at no other", async () => {
  for (const [level, request, response] of [
    ["Metadata", false, false],
    ["Request", true, false],
    ["RequestResponse", true, true],
  ] as const) {
    const { server, events } = world(`{level: ${level}, omitStages: [RequestReceived]}`);
    await server.ask(`POST ${path}`, configMap);
    await server.ask(`PATCH ${path}/a`, { data: { more: "hunter2" } });
    await server.ask(`PUT ${path}/b`, { ...configMap, metadata: { name: "c" } });
    const [created, patched, refused] = events;
    assert.equal(JSON.stringify(events).includes("hunter2"), request, level);
    assert.equal(created?.requestObject !== undefined, request);
    assert.equal(created?.responseObject !== undefined, response);
    assert.deepEqual(created?.objectRef, {
      resource: "configmaps",
      namespace: "x",
      name: "a",
      apiVersion: "v1",
    });
    if (request) assert.deepEqual(patched?.requestObject, { data: { more: "hunter2" } });
    assert.equal(refused?.responseStatus?.reason, "BadRequest");
  }
});

test("what is sent and asked for as protobuf is written as JSON", async () => {
  const { server, events } = world("{level: RequestResponse, omitStages: [RequestReceived]}");
  await server.done(`POST ${path}`, configMap);
  const accept = "application/vnd.kubernetes.protobuf";
  await server.ask(`GET ${path}/a`, undefined, { accept });
  await server.ask(`GET ${path}`, undefined, { accept });
  await server.ask(`GET ${path}/b`, undefined, { accept });
  const [, got, list, missing] = events.map((e) => e.responseObject as Record<string, unknown>);
  assert.deepEqual([got?.["kind"], got?.["data"]], ["ConfigMap", configMap.data]);
  assert.deepEqual([list?.["kind"], list?.["apiVersion"]], ["ConfigMapList", "v1"]);
  const { kind: _, apiVersion: __, ...item } = got ?? {};
  assert.deepEqual(list?.["items"], [item]);
  assert.match(JSON.stringify(list?.["metadata"]), /^{"resourceVersion":"\d+"}$/);
  assert.equal(missing?.["message"], 'configmaps "b" not found');
  assert.equal(events[3]?.responseStatus?.message, 'configmaps "b" not found');
});

test("managed fields are left out where the policy says so", async () => {
  const { server, events } = world(
    "{level: RequestResponse, omitManagedFields: true, omitStages: [RequestReceived]}",
  );
  await server.ask(`POST ${path}`, configMap);
  await server.ask(`GET ${path}`);
  assert.ok(!JSON.stringify(events).includes("managedFields"));
  assert.equal((events[1]!.responseObject as { items: object[] }).items.length, 1);
});

test("who asked, in whose name, and what was decided", async () => {
  const { server, events } = world("{level: Metadata, omitStages: [RequestReceived]}");
  await server.ask("GET /api/v1/pods", undefined, {
    "impersonate-user": "bob",
    "audit-id": "id-1",
  });
  await server.ask("GET /api/v1/pods", undefined, { user: "eve" });
  await server.ask("GET /api/v1/pods", undefined, { user: "eve", "impersonate-user": "bob" });
  await server.ask("GET /api/v1/pods", undefined, {
    user: "nobody",
    "x-forwarded-for": "10.0.0.1, evil\n",
  });
  const [asBob, eve, eveAsBob, nobody] = events;
  assert.equal(asBob?.auditID, "id-1");
  assert.deepEqual(asBob?.user, { username: "ann", groups: ["dev"] });
  assert.deepEqual(asBob?.impersonatedUser, { username: "bob", groups: ["system:authenticated"] });
  assert.equal(asBob?.annotations?.["authorization.k8s.io/decision"], "allow");
  assert.deepEqual(eve?.annotations, {
    "authorization.k8s.io/decision": "forbid",
    "authorization.k8s.io/reason": "no rule",
  });
  assert.equal(shown(eveAsBob!), "ResponseComplete list 403 Metadata");
  assert.deepEqual(eveAsBob?.user, { username: "eve", groups: ["dev"] });
  assert.equal(shown(nobody!), "ResponseStarted list 401 Metadata");
  assert.deepEqual(nobody?.user, {});
  assert.deepEqual(nobody?.sourceIPs, ["10.0.0.1", "192.0.2.9"]);
});

test("a watch is told when it begins and when it ends", async () => {
  const { server, events } = world("{level: RequestResponse}");
  const watching = await server.watch("/api/v1/pods?watch=true");
  const stages = () => events.map((e) => e.stage);
  assert.deepEqual(stages(), ["RequestReceived", "ResponseStarted"]);
  watching.close();
  for (let i = 0; i < 5; i++) await turn();
  assert.deepEqual(stages(), ["RequestReceived", "ResponseStarted", "ResponseComplete"]);
});

const event = (stage: AuditEvent["stage"], requestURI = "/") =>
  ({ kind: "Event", apiVersion: "audit.k8s.io/v1", stage, requestURI, user: {} }) as AuditEvent;

test("batches are kept when they are full or old; what does not fit is dropped", async () => {
  const clock = new VirtualClock({ settle: turn });
  const kept: number[] = [];
  const backend: Backend = {
    async keep(events) {
      kept.push(events.length);
    },
    close: () => Promise.resolve(),
  };
  const parts = { name: "test", clock, log: silent };
  const { sink, close } = batchSink(backend, parts, { bufferSize: 5, maxSize: 3, maxWaitMs: 100 });
  for (let i = 0; i < 4; i++) sink(event("ResponseComplete"));
  await turn();
  assert.deepEqual(kept, [3]);
  await clock.advance(100);
  assert.deepEqual(kept, [3, 1]);
  sink(event("ResponseComplete"));
  await close();
  assert.deepEqual(kept, [3, 1, 1]);
  const small = batchSink(backend, parts, { bufferSize: 2, maxSize: 3, maxWaitMs: 100 });
  for (let i = 0; i < 4; i++) small.sink(event("ResponseComplete"));
  await small.close();
  assert.deepEqual(kept, [3, 1, 1, 2]);
});

test("large events lose their bodies, and what is still too large is lost", async () => {
  const kept: AuditEvent[][] = [];
  const backend: Backend = {
    async keep(events) {
      kept.push([...events]);
    },
    close: () => Promise.resolve(),
  };
  const lost: string[] = [];
  const log = { ...silent, error: (text: string) => void lost.push(text) };
  const limits = { eventBytesMax: 1000, batchBytesMax: 1500 };
  const { keep } = truncated(backend, { name: "log", log }, limits);
  const body = (letters: number) => ({ text: "x".repeat(letters) });
  const of = (level: AuditEvent["level"], more: Partial<AuditEvent>): AuditEvent => ({
    ...event("ResponseComplete"),
    level,
    ...more,
  });
  await keep([
    of("RequestResponse", { requestObject: body(100), responseObject: body(100) }),
    of("RequestResponse", {
      ...{ requestObject: body(10), responseObject: body(2000) },
      annotations: { a: "b" },
    }),
    of("Request", { requestURI: `/${"y".repeat(1000)}` }),
    of("Metadata", { requestURI: `/${"y".repeat(1000)}` }),
    of("Metadata", { requestURI: `/${"y".repeat(700)}` }),
    of("Metadata", { requestURI: `/${"z".repeat(700)}` }),
  ]);
  assert.deepEqual(
    kept.map((batch) => batch.length),
    [3, 1],
  );
  const [small, large] = kept[0]!;
  assert.deepEqual([small?.responseObject, small?.annotations], [body(100), undefined]);
  assert.deepEqual([large?.requestObject, large?.responseObject], [undefined, undefined]);
  assert.deepEqual(large?.annotations, { a: "b", "audit.k8s.io/truncated": "true" });
  assert.deepEqual(lost, ["an audit event was lost", "an audit event was lost"]);
});

test("where events must be kept, a request that cannot be written down does not happen", async () => {
  const broken: Backend = {
    keep: () => Promise.reject(new Error("disk full")),
    close: () => Promise.resolve(),
  };
  for (const [strict, status] of [
    [false, 200],
    [true, 500],
  ] as const) {
    const clock = new VirtualClock({ settle: turn });
    const { sink } = blockingSink(broken, { name: "log", clock, log: silent }, strict);
    const policy = () =>
      ({ level: "Metadata", omitStages: new Set<string>(), omitManagedFields: false }) as const;
    const audit = makeAudit({ policy, sinks: [sink], clock, random: seededRandom(1) });
    const server = apiServer({ edge: { audit } });
    assert.equal((await server.ask("GET /api/v1/pods")).status, status);
  }
});

test("no text of a request makes a second line in the log", async () => {
  for (const format of ["json", "legacy"] as const) {
    let written = "";
    const file = {
      async append(text: string) {
        written += text;
      },
      close: () => Promise.resolve(),
    };
    const odd = '/a?b=\n{"kind":"Event"}\r\u2028<&>';
    await logBackend(file, format).keep([event("ResponseComplete", odd)]);
    assert.equal(written.trimEnd().split(/[\r\n\u2028]/).length, 1, format);
  }
});
