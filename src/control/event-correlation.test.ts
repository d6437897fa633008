import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../lib/virtual-clock.ts";
import type { Event } from "../schema/types/core-v1.ts";
import { Correlation } from "./event-correlation.ts";

let made = 0;
const event = (message: string, object = "a"): Event => ({
  metadata: { name: `${object}.${made++}`, namespace: "default" },
  involvedObject: { kind: "Pod", namespace: "default", name: object, uid: object },
  source: { component: "test" },
  type: "Normal",
  reason: "Because",
  message,
  count: 1,
  lastTimestamp: "2026-01-01T00:00:00Z",
});

test("the same event again raises the count of the first", () => {
  const correlation = new Correlation(new VirtualClock());
  const first = correlation.correlate(event("x"));
  const second = correlation.correlate(event("x"));
  assert.equal(first?.patch, undefined);
  assert.equal(second?.event.metadata.name, first?.event.metadata.name);
  assert.equal(second?.patch?.count, 2);
});

test("the tenth different message for one reason becomes a combined event, and the next raise its count", () => {
  const correlation = new Correlation(new VirtualClock());
  const all = Array.from({ length: 12 }, (_, i) => correlation.correlate(event(`m${i}`)));
  assert.deepEqual(
    all.map((c) => c?.event.message),
    [
      ...Array.from({ length: 9 }, (_, i) => `m${i}`),
      "(combined from similar events): m9",
      "(combined from similar events): m10",
      "(combined from similar events): m11",
    ],
  );
  assert.deepEqual(
    all.slice(9).map((c) => c?.patch?.count),
    [undefined, 2, 3],
  );
});

test("messages more than ten minutes apart are not combined", async () => {
  const clock = new VirtualClock();
  const correlation = new Correlation(clock);
  for (let i = 0; i < 12; i++) {
    const correlated = correlation.correlate(event(`m${i}`));
    assert.equal(correlated?.event.message, `m${i}`);
    await clock.advance(600_001);
  }
});

test("a source is cut off after 25 events about one object, and may say one more after 300 s", async () => {
  const clock = new VirtualClock();
  const correlation = new Correlation(clock);
  const passed = (): boolean => correlation.correlate(event("x")) !== undefined;
  assert.equal(Array.from({ length: 30 }, passed).filter(Boolean).length, 25);
  assert.ok(correlation.correlate(event("x", "b")), "another object has its own allowance");
  await clock.advance(299_999);
  assert.ok(!passed());
  await clock.advance(1);
  assert.ok(passed());
  assert.ok(!passed());
});
