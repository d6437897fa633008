// API priority and fairness on the whole server: whose requests run, wait and are refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Admission } from "../../src/server/context.ts";
import { keepDangling } from "../../src/server/fairness/dangling.ts";
import { keepFlowControl } from "../../src/server/fairness/keep-objects.ts";
import { type Answer, type ApiServer, apiServer, turn } from "../kit/api-server.ts";

const group = "/apis/flowcontrol.apiserver.k8s.io/v1";
const levelHeader = "x-kubernetes-pf-prioritylevel-uid";
const schemaHeader = "x-kubernetes-pf-flowschema-uid";

/** Creates of ConfigMaps stay under way until they are let go. */
function gate(): { admission: Admission; open: () => void; reached: (n: number) => Promise<void> } {
  const waiting: (() => void)[] = [];
  let come = 0;
  return {
    /** Resolves once `n` have come to the gate. */
    async reached(n) {
      for (let tries = 0; come < n && tries < 1000; tries++) await turn();
      assert.ok(come >= n);
    },
    admission: {
      name: "Gate",
      handles: ({ plural }) => plural === "configmaps",
      mutate: () =>
        new Promise<void>((resolve) => {
          come++;
          waiting.push(resolve);
        }),
    },
    open: () => waiting.shift()?.(),
  };
}

const as = (user: string) => ({ user, groups: [`group-${user}`, "system:authenticated"] });

function serverWith(admissions: Admission[] = []): ApiServer {
  return apiServer({
    edge: {
      admissions,
      identify: ({ headers }) =>
        headers["user"] === undefined
          ? { user: "admin", groups: ["system:masters", "system:authenticated"] }
          : as(headers["user"]),
      authorizers: [() => ({ says: "allow", reason: "" })],
    },
  });
}

const schema = (name: string, level: string, precedence = 500, user = "*") => ({
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    distinguisherMethod: { type: "ByUser" },
    rules: [
      {
        subjects: [{ kind: "User", user: { name: user } }],
        resourceRules: [
          { verbs: ["*"], apiGroups: ["*"], resources: ["configmaps"], namespaces: ["*"] },
        ],
      },
    ],
  },
});

/** One seat for all requests of the level, since another level has nearly all shares. */
async function oneSeat(api: ApiServer, limitResponse: object): Promise<void> {
  const limited = { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, limitResponse };
  await api.done(`POST ${group}/prioritylevelconfigurations`, {
    metadata: { name: "narrow" },
    spec: { type: "Limited", limited },
  });
  await api.done(`POST ${group}/prioritylevelconfigurations`, {
    metadata: { name: "wide" },
    spec: {
      type: "Limited",
      limited: { nominalConcurrencyShares: 100_000, limitResponse: { type: "Reject" } },
    },
  });
  await api.done(`POST ${group}/flowschemas`, schema("narrow", "narrow"));
  await turn();
}

/** Resolves once so many requests of the narrow level run and wait. */
async function until(api: ApiServer, running: number, waiting: number): Promise<void> {
  const labels = 'flow_schema="narrow",priority_level="narrow"';
  const wanted = [
    `apiserver_flowcontrol_current_executing_requests{${labels}} ${running}\n`,
    `apiserver_flowcontrol_current_inqueue_requests{${labels}} ${waiting}\n`,
  ];
  for (let tries = 0; tries < 1000; tries++) {
    const { text } = await api.ask("GET /metrics");
    if (wanted.every((line) => text.includes(line))) return;
    await turn();
  }
  assert.fail(`not ${running} requests run and ${waiting} wait`);
}

const create = (api: ApiServer, name: string, user = "jane"): Promise<Answer> =>
  api.ask("POST /api/v1/namespaces/default/configmaps", { metadata: { name } }, { user });

const queuing = { type: "Queue", queuing: { queues: 4, handSize: 1, queueLengthLimit: 1 } };

test("every answer names the flow schema and the level of its request", async () => {
  const api = serverWith();
  const created = await api.done(`POST ${group}/flowschemas`, schema("mine", "exempt"));
  const level = await api.done(`POST ${group}/prioritylevelconfigurations`, {
    metadata: { name: "exempt" },
    spec: { type: "Exempt" },
  });
  await turn();
  const list = "GET /api/v1/namespaces/default/configmaps";
  const rows = [
    { what: list, user: "jane", schema: created.metadata.uid },
    {
      what: "GET /api/v1/namespaces/default/configmaps/none",
      user: "jane",
      schema: created.metadata.uid,
    },
    // All others are upstream's last ones, which nobody stored here.
    { what: "GET /api/v1/namespaces/default/secrets", user: "jane", schema: "" },
    { what: "GET /version", user: "jane", schema: "" },
  ];
  for (const { what, user, schema: uid } of rows) {
    const { headers } = await api.ask(what, undefined, { user });
    assert.equal(headers[schemaHeader], uid, what);
    assert.equal(headers[levelHeader], uid === "" ? "" : level.metadata.uid, what);
  }
});

test("a request that lasts has no level", async () => {
  const api = serverWith();
  const answer = await api.ask("GET /api/v1/namespaces/default/pods/p/log");
  assert.equal(answer.status, 404);
  assert.equal(answer.headers[levelHeader], undefined);
});

test("a level without queues refuses what finds no seat, with upstream's words", async () => {
  const { admission, open, reached } = gate();
  const api = serverWith([admission]);
  await oneSeat(api, { type: "Reject" });
  const first = create(api, "a");
  await until(api, 1, 0);
  const second = await create(api, "b");
  assert.equal(second.status, 429);
  assert.equal(second.headers["retry-after"], "1");
  assert.equal(second.headers["content-type"], "text/plain; charset=utf-8");
  assert.equal(second.text, "Too many requests, please try again later.\n");
  assert.notEqual(second.headers[levelHeader], undefined);
  await reached(1);
  open();
  assert.equal((await first).status, 201);
  const third = create(api, "c");
  await until(api, 1, 0);
  await reached(2);
  open();
  assert.equal((await third).status, 201);
});

test("a level with queues lets requests wait for a seat", async () => {
  const { admission, open, reached } = gate();
  const api = serverWith([admission]);
  await oneSeat(api, queuing);
  const first = create(api, "a");
  await until(api, 1, 0);
  const second = create(api, "b");
  await until(api, 1, 1);
  // One flow has one queue here, and that is full.
  assert.equal((await create(api, "c")).status, 429);
  await reached(1);
  open();
  assert.equal((await first).status, 201);
  await reached(2);
  open();
  assert.equal((await second).status, 201);
});

test("nobody waits for longer than a quarter of a request's time", async () => {
  const { admission, open, reached } = gate();
  const api = serverWith([admission]);
  await oneSeat(api, queuing);
  const first = create(api, "a");
  await until(api, 1, 0);
  const second = create(api, "b");
  await until(api, 1, 1);
  await api.clock.advance(15_000);
  assert.equal((await second).status, 429);
  await reached(1);
  open();
  assert.equal((await first).status, 201);
});

test("administrators do not wait", async () => {
  const { admission, open, reached } = gate();
  const api = serverWith([admission]);
  await oneSeat(api, { type: "Reject" });
  const first = create(api, "a");
  await until(api, 1, 0);
  assert.equal((await api.ask("GET /api/v1/configmaps")).status, 200);
  await reached(1);
  open();
  await first;
});

test("the objects of flow control are there again when they were deleted or changed", async () => {
  const api = serverWith();
  const stop = await keepFlowControl(api.server.core);
  const names = (list: { items: { metadata: { name: string } }[] }): string[] =>
    list.items.map(({ metadata }) => metadata.name);
  assert.equal(names(await api.done(`GET ${group}/flowschemas`)).length, 11);
  assert.equal(names(await api.done(`GET ${group}/prioritylevelconfigurations`)).length, 8);
  const level = `${group}/prioritylevelconfigurations`;
  const shares = (count: number) => ({
    spec: { limited: { nominalConcurrencyShares: count } },
  });
  const mine = { metadata: { annotations: { "apf.kubernetes.io/autoupdate-spec": "false" } } };
  await api.done(`DELETE ${level}/system`);
  await api.done(`DELETE ${level}/exempt`);
  await api.done(`PATCH ${level}/workload-low`, { ...mine, ...shares(7) });
  await api.done(`PATCH ${level}/workload-high`, shares(7));
  await api.done(`POST ${level}`, {
    metadata: { name: "old", annotations: { "apf.kubernetes.io/autoupdate-spec": "true" } },
    spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } },
  });
  await turn();
  await api.clock.advance(60_000);
  for (let i = 0; i < 100; i++) await turn();
  const found = await api.done(`GET ${level}`);
  const sharesOf = (name: string): number =>
    found.items.find((one: { metadata: { name: string } }) => one.metadata.name === name).spec
      .limited.nominalConcurrencyShares;
  assert.ok(names(found).includes("exempt") && names(found).includes("system"));
  assert.ok(!names(found).includes("old"));
  assert.equal(sharesOf("workload-low"), 7);
  assert.equal(sharesOf("workload-high"), 40);
  stop();
});

test("a flow schema says whether its level exists", async () => {
  const api = serverWith();
  const stop = keepDangling(api.server.core);
  const says = async (expected: string): Promise<void> => {
    let said = "";
    for (let tries = 0; tries < 200 && said !== expected; tries++) {
      await turn();
      const { status } = await api.done(`GET ${group}/flowschemas/mine`);
      const { type, status: is, reason } = status?.conditions?.[0] ?? {};
      said = `${type} ${is} ${reason}`;
    }
    assert.equal(said, expected);
  };
  await api.done(`POST ${group}/flowschemas`, schema("mine", "later"));
  await says("Dangling True NotFound");
  await api.done(`POST ${group}/prioritylevelconfigurations`, {
    metadata: { name: "later" },
    spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } },
  });
  await says("Dangling False Found");
  stop();
});

test("a server that stops leaves no timer behind, however busy it was", async () => {
  const api = serverWith();
  await turn();
  const before = api.clock.pending;
  const list = "GET /api/v1/namespaces/default/configmaps";
  for (let i = 0; i < 20; i++) await api.ask(list, undefined, { user: "jane" });
  assert.ok(api.clock.pending > before);
  await api.server.stop(0);
  assert.ok(api.clock.pending <= before, `${api.clock.pending} timers are left`);
});
