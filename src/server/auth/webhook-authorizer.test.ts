import assert from "node:assert/strict";
import { test } from "node:test";
import { compileExpression } from "../../schema/cel/evaluate.ts";
import type { Attributes, Decision } from "../context.ts";
import type { Remote } from "../remote.ts";
import { firstOpinion } from "./authorize.ts";
import { type WebhookAuthorizerOptions, webhookAuthorizer } from "./webhook-authorizer.ts";

const alice = { user: "alice", uid: "7", groups: ["dev"], extra: { "x.io/a": ["b"] } };
const asked: Attributes = {
  verb: "list",
  isResource: true,
  path: "/api/v1/namespaces/a/pods",
  group: "",
  version: "v1",
  plural: "pods",
  subresource: "",
  namespace: "a",
  name: "",
};

/** A program that gives these answers in turn, the last one again and again; and what it was asked. */
function program(...answers: (object | string)[]) {
  const questions: { apiVersion: string; spec: Record<string, unknown> }[] = [];
  const remote: Remote = (_target, { body = "" }) => {
    const answer = answers[Math.min(questions.length, answers.length - 1)]!;
    questions.push(JSON.parse(body));
    if (typeof answer === "string") return Promise.reject(new Error(answer));
    const bytes = Buffer.from(JSON.stringify({ status: answer }));
    return Promise.resolve({ status: 200, body: bytes });
  };
  return { questions, remote };
}

function authorizer(remote: Remote, more: Partial<WebhookAuthorizerOptions> = {}) {
  let nowMs = 0;
  const authorize = webhookAuthorizer({
    name: "hook",
    target: { url: "https://hook" },
    remote,
    timeoutMs: 1000,
    version: "v1",
    allowedMs: 5000,
    refusedMs: 1000,
    onFailure: "deny",
    conditions: [],
    monotonic: () => nowMs,
    report() {},
    ...more,
  });
  const ask = async (question = asked): Promise<string> => {
    const { says, reason } = await authorize(alice, question);
    return `${says} ${reason}`.trim();
  };
  return {
    authorize,
    ask,
    pass: (ms: number): void => {
      nowMs += ms;
    },
  };
}

test("the question is a SubjectAccessReview with everything that is known", async () => {
  const { questions, remote } = program({ allowed: true, reason: "because" });
  const { ask } = authorizer(remote);
  const selectors = {
    fieldSelector: "spec.nodeName=n,status.phase!=x",
    labelSelector: "a in (b,c),!d",
  };
  assert.equal(await ask({ ...asked, ...selectors }), "allow because");
  assert.deepEqual(questions[0], {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    metadata: {},
    spec: {
      user: "alice",
      uid: "7",
      groups: ["dev"],
      extra: { "x.io/a": ["b"] },
      resourceAttributes: {
        namespace: "a",
        verb: "list",
        version: "v1",
        resource: "pods",
        fieldSelector: {
          requirements: [
            { key: "spec.nodeName", operator: "In", values: ["n"] },
            { key: "status.phase", operator: "NotIn", values: ["x"] },
          ],
        },
        labelSelector: {
          requirements: [
            { key: "a", operator: "In", values: ["b", "c"] },
            { key: "d", operator: "DoesNotExist" },
          ],
        },
      },
    },
    status: { allowed: false },
  });
  await ask({ ...asked, isResource: false, path: "/metrics", verb: "get" });
  const { nonResourceAttributes } = questions[1]!.spec;
  assert.deepEqual(nonResourceAttributes, { path: "/metrics", verb: "get" });
});

test("the older version says group", async () => {
  const { questions, remote } = program({ allowed: false });
  const { ask } = authorizer(remote, { version: "v1beta1" });
  assert.equal(await ask(), "no opinion");
  assert.equal(questions[0]!.apiVersion, "authorization.k8s.io/v1beta1");
  assert.deepEqual(questions[0]!.spec["group"], ["dev"]);
});

test("an answer is kept for its time, a failure never", async () => {
  const { questions, remote } = program({ allowed: true }, { allowed: false, denied: true });
  const { ask, pass } = authorizer(remote);
  for (const [ms, says, count] of [
    [0, "allow", 1],
    [4999, "allow", 1],
    [1, "deny", 2],
    [999, "deny", 2],
    [1, "deny", 3],
  ] as const) {
    pass(ms);
    assert.equal(await ask(), says);
    assert.equal(questions.length, count);
  }
  const down = program("gone", "gone", { allowed: true });
  const other = authorizer(down.remote);
  assert.equal(await other.ask(), "deny");
  assert.equal(await other.ask(), "allow");
  const long = program({ allowed: true });
  const third = authorizer(long.remote);
  for (let i = 0; i < 2; i++) await third.ask({ ...asked, name: "n".repeat(10_000) });
  assert.equal(long.questions.length, 2);
});

test("conditions spare the question; one that cannot be told counts as a failure", async () => {
  const rows: [conditions: string[], says: string, asks: number][] = [
    [["request.user == 'alice'"], "allow", 1],
    [["request.user == 'bob'"], "no opinion", 0],
    [["has(request.resourceAttributes)", "request.resourceAttributes.verb == 'list'"], "allow", 1],
    [["request.resourceAttributes.name == ''"], "allow", 1],
    [["request.nonResourceAttributes.path == '/'"], "deny", 0],
    [["request.nonResourceAttributes.path == '/'", "'ops' in request.groups"], "no opinion", 0],
  ];
  for (const [conditions, says, asks] of rows) {
    const { questions, remote } = program({ allowed: true });
    const { ask } = authorizer(remote, {
      conditions: conditions.map((one) => compileExpression(one)),
    });
    assert.deepEqual([await ask(), questions.length], [says, asks], conditions.join());
  }
});

test("others are asked before and after it, at once where nobody is asked outside", async () => {
  const silent: Decision = { says: "no opinion", reason: "first" };
  const { remote } = program({ allowed: false, reason: "hook" });
  const { authorize } = authorizer(remote);
  const chain = firstOpinion([
    () => silent,
    authorize,
    () => ({ says: "no opinion", reason: "last" }),
  ]);
  assert.deepEqual(await chain(alice, asked), { says: "no opinion", reason: "first\nhook\nlast" });
  const before = firstOpinion([() => ({ says: "allow", reason: "" }), authorize]);
  assert.ok(!(before(alice, asked) instanceof Promise));
});
