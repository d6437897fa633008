import assert from "node:assert/strict";
import { test } from "node:test";
import type { Remote } from "../remote.ts";
import { tokenWebhook } from "./token-webhook.ts";

function world(status: object | undefined) {
  const bodies: string[] = [];
  let nowMs = 0;
  const remote: Remote = (_target, { body = "" }) => {
    bodies.push(body);
    if (status === undefined) return Promise.reject(new Error("gone"));
    return Promise.resolve({ status: 200, body: Buffer.from(JSON.stringify({ status })) });
  };
  const check = tokenWebhook({
    target: { url: "https://hook" },
    remote,
    version: "v1",
    audiences: ["https://api"],
    keptMs: 1000,
    monotonic: () => nowMs,
  });
  return {
    bodies,
    check: () => check("abc", 0),
    pass: (ms: number): void => {
      nowMs += ms;
    },
  };
}

const user = { username: "ann", uid: "1", groups: ["dev"], extra: { a: ["b"] } };
const ann = { user: "ann", uid: "1", groups: ["dev"], extra: { a: ["b"] } };

test("the program says whose a token is, and for whom it was made", async () => {
  const rows: [status: object | undefined, owner: unknown][] = [
    [
      { authenticated: true, user },
      { identity: ann, audiences: ["https://api"] },
    ],
    [
      { authenticated: true, user, audiences: ["x"] },
      { identity: ann, audiences: ["x"] },
    ],
    [{ authenticated: false, user }, undefined],
    [{ authenticated: false, error: "expired" }, "expired"],
    [undefined, "gone"],
  ];
  for (const [status, owner] of rows) {
    const { check, bodies } = world(status);
    assert.deepEqual(await check(), owner, JSON.stringify(status));
    const { spec, apiVersion } = JSON.parse(bodies[0]!);
    assert.deepEqual(spec, { token: "abc", audiences: ["https://api"] });
    assert.equal(apiVersion, "authentication.k8s.io/v1");
  }
});

test("an answer is kept for its time, a failure is not", async () => {
  const { check, bodies, pass } = world({ authenticated: true, user });
  await check();
  pass(999);
  await check();
  assert.equal(bodies.length, 1);
  pass(1);
  await check();
  assert.equal(bodies.length, 2);
  const down = world(undefined);
  await down.check();
  await down.check();
  assert.equal(down.bodies.length, 2);
});
