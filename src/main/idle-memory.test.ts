import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../lib/virtual-clock.ts";
import { type Engine, trimAtRest } from "./idle-memory.ts";

const mib = 1024 * 1024;

/** An engine whose heap grows as told, and is 30 MiB after a collection. */
function engineOf(clock: VirtualClock) {
  const seconds: number[] = [];
  const notices = new Set<() => void>();
  let heapBytes = 100 * mib;
  const engine: Engine = {
    heapBytes: () => heapBytes,
    onCollection(notice) {
      notices.add(notice);
      return () => notices.delete(notice);
    },
    async collect() {
      seconds.push(clock.monotonic() / 1000);
      heapBytes = 30 * mib;
      for (const notice of notices) notice();
    },
  };
  const grow = (bytes: number): void => {
    heapBytes += bytes;
    for (const notice of notices) notice();
  };
  return { engine, seconds, grow };
}

test("garbage is collected once the process has allocated next to nothing for two seconds", async () => {
  const clock = new VirtualClock();
  const { engine, seconds, grow } = engineOf(clock);
  trimAtRest(clock, engine);
  for (let busy = 0; busy < 10; busy++) {
    await clock.advance(1000);
    grow(mib);
  }
  await clock.advance(600_000);
  assert.deepEqual(seconds, [12]);
  assert.equal(await clock.runNext(), false, "a process at rest has no timer");
});

test("not more often than each ten seconds, and not for little", async () => {
  const clock = new VirtualClock();
  const { engine, seconds, grow } = engineOf(clock);
  trimAtRest(clock, engine);
  await clock.advance(5000);
  assert.deepEqual(seconds, [2]);
  grow(8 * mib);
  await clock.advance(60_000);
  assert.deepEqual(seconds, [2, 12]);
  grow(8 * mib - 1);
  await clock.advance(60_000);
  assert.deepEqual(seconds, [2, 12], "less than 8 MiB are not worth it");
});

test("nothing is collected after the end", async () => {
  const clock = new VirtualClock();
  const { engine, seconds, grow } = engineOf(clock);
  const end = trimAtRest(clock, engine);
  end();
  grow(100 * mib);
  await clock.advance(60_000);
  assert.deepEqual(seconds, []);
});
