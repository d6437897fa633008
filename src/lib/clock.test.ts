import assert from "node:assert/strict";
import { test } from "node:test";
import { pause, sleep } from "./clock.ts";
import { VirtualClock } from "./virtual-clock.ts";

test("timers run in the order of their due times, equal ones in the order they were set", async () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  for (const [name, ms] of [
    ["c", 30],
    ["a", 10],
    ["b1", 20],
    ["b2", 20],
    ["late", 101],
  ] as const)
    clock.after(ms, () => ran.push(`${name}@${clock.monotonic()}`));
  await clock.advance(100);
  assert.deepEqual(ran, ["a@10", "b1@20", "b2@20", "c@30"]);
  assert.equal(clock.monotonic(), 100);
  assert.equal(clock.pending, 1);
});

test("what a timer wakes runs before the next timer, and may set earlier ones", async () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  void (async () => {
    await sleep(clock, 10);
    ran.push("woken");
    await sleep(clock, 5);
    ran.push("again");
  })();
  clock.after(20, () => ran.push("timer"));
  await clock.advance(20);
  assert.deepEqual(ran, ["woken", "again", "timer"]);
});

test("a cancelled timer does not run", async () => {
  const clock = new VirtualClock();
  const cancel = clock.after(1, () => assert.fail("ran"));
  cancel();
  await clock.advance(10);
  assert.equal(await clock.runNext(), false);
});

test("an aborted sleep rejects with the reason and leaves no timer", async () => {
  const clock = new VirtualClock();
  const reason = new Error("enough");
  await assert.rejects(sleep(clock, 10, AbortSignal.abort(reason)), reason);
  const abort = new AbortController();
  const slept = sleep(clock, 10, abort.signal);
  abort.abort(reason);
  await assert.rejects(slept, reason);
  assert.equal(clock.pending, 0);
});

test("an aborted pause resolves and leaves no timer", async () => {
  const clock = new VirtualClock();
  await pause(clock, 10, AbortSignal.abort());
  const abort = new AbortController();
  const paused = pause(clock, 10, abort.signal);
  assert.equal(clock.pending, 1);
  abort.abort();
  await paused;
  assert.equal(clock.pending, 0);
});

test("stepping the wall clock moves neither timers nor durations", async () => {
  const clock = new VirtualClock({ now: 1000 });
  let ranAt = -1;
  clock.after(10, () => {
    ranAt = clock.now();
  });
  clock.stepWall(-500);
  await clock.advance(10);
  assert.equal(ranAt, 510);
  assert.equal(clock.monotonic(), 10);
});
