import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../lib/random.ts";
import { VirtualClock } from "../lib/virtual-clock.ts";
import type { ApiRequest } from "../schema/api-request.ts";
import { checkTimeout, inTime } from "./deadline.ts";

const request = (path: string, query = ""): ApiRequest => ({
  method: "GET",
  path,
  query,
  headers: {},
  body: () => Promise.resolve(new Uint8Array()),
  peer: { address: "192.0.2.1" },
  signal: new AbortController().signal,
});

const never = (): Promise<never> => new Promise(() => {});

const times: { path: string; query: string; ends: number | undefined }[] = [
  { path: "/api/v1/pods", query: "", ends: 60_000 },
  { path: "/api/v1/pods", query: "timeout=5s", ends: 5000 },
  { path: "/api/v1/pods", query: "limit=1&timeout=1m30s", ends: 60_000 },
  { path: "/api/v1/pods", query: "timeout=0", ends: 60_000 },
  { path: "/api/v1/pods", query: "timeout=-3s", ends: 60_000 },
  { path: "/api/v1/pods", query: "watch=true", ends: undefined },
  { path: "/api/v1/watch/pods", query: "", ends: undefined },
  { path: "/api/v1/namespaces/a/pods/b/log", query: "", ends: undefined },
  { path: "/api/v1/namespaces/a/pods/b/exec", query: "timeout=5s", ends: undefined },
];

for (const { path, query, ends } of times)
  test(`${path}?${query} ends after ${ends ?? "no"} ms`, async () => {
    const clock = new VirtualClock();
    const answer = inTime(never, clock, seededRandom(1))(request(path, query));
    let status: number | undefined;
    void answer.then((given) => {
      status = given.status;
    });
    await clock.advance((ends ?? 600_000) - 1);
    assert.equal(status, undefined);
    await clock.advance(1);
    assert.equal(status, ends === undefined ? undefined : 504);
  });

test("an answer that is late says so in upstream's words", async () => {
  const clock = new VirtualClock();
  const coming = inTime(never, clock, seededRandom(1))(request("/api/v1/pods"));
  await clock.advance(60_000);
  const { headers, body } = await coming;
  assert.equal(headers["content-type"], "text/plain; charset=utf-8");
  assert.ok(body.is === "bytes");
  assert.equal(
    Buffer.concat(body.chunks).toString(),
    '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within ' +
      'the allotted timeout","reason":"Timeout","details":{},"code":504}',
  );
});

for (const [text, message] of [
  ["abc", 'invalid duration "abc"'],
  ["5", 'missing unit in duration "5"'],
  ["5d", 'unknown unit "d" in duration "5d"'],
])
  test(`a request may not take ${text}`, () => {
    assert.throws(() => checkTimeout(request("/api/v1/pods", `timeout=${text}`)), {
      code: 400,
      message: `invalid timeout specified in the request URL - time: ${message}`,
    });
    assert.doesNotThrow(() => checkTimeout(request("/api/v1/pods", `watch=1&timeout=${text}`)));
  });
