import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../lib/virtual-clock.ts";
import { type Queue, startQueue } from "./queue.ts";

/** A queue whose work is written down and ends when `gate` does. */
function recorded(options: { workers?: number; gate?: (key: string) => Promise<void> } = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const queue: Queue = startQueue({
    clock,
    workers: options.workers ?? 1,
    async work(key) {
      log.push(key);
      await options.gate?.(key);
      return undefined;
    },
  });
  return { clock, log, queue };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await undefined;
};

test("a key that is added twice is worked on once, in the order of arrival", async () => {
  const { queue, log } = recorded();
  for (const key of ["a", "b", "a", "c"]) queue.add(key);
  assert.deepEqual(log, [], "work never starts within add");
  await turns();
  assert.deepEqual(log, ["a", "b", "c"]);
  assert.ok(queue.isIdle);
});

test("a key that is added while it is in work comes again, after those that wait", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { queue, log } = recorded({ gate: (key) => (key === "a" ? promise : Promise.resolve()) });
  queue.add("a");
  await turns();
  queue.add("a");
  queue.add("b");
  resolve();
  await turns();
  assert.deepEqual(log, ["a", "b", "a"]);
});

test("no more keys are in work than there are workers, and never one twice", async () => {
  let inWork = 0;
  let most = 0;
  const gates: (() => void)[] = [];
  const { queue } = recorded({
    workers: 3,
    async gate() {
      most = Math.max(most, ++inWork);
      await new Promise<void>((resolve) => gates.push(resolve));
      inWork--;
    },
  });
  for (let i = 0; i < 10; i++) queue.add(String(i));
  while (!queue.isIdle) {
    await turns();
    gates.shift()?.();
  }
  assert.equal(most, 3);
});

test("failures wait 5 ms, twice as long each time, up to 1000 s; success forgets them", async () => {
  const clock = new VirtualClock();
  const starts: number[] = [];
  let failing = true;
  const queue = startQueue({
    clock,
    workers: 1,
    async work() {
      starts.push(clock.monotonic());
      if (failing) throw new Error("not yet");
      return undefined;
    },
  });
  queue.add("a");
  for (let i = 0; i < 21; i++) await clock.runNext();
  const waits = starts.slice(1).map((at, i) => at - starts[i]!);
  assert.deepEqual(waits.slice(0, 5), [5, 10, 20, 40, 80]);
  assert.equal(waits.at(-1), 1_000_000);
  failing = false;
  await clock.runNext();
  failing = true;
  queue.add("a");
  await turns();
  await clock.runNext();
  assert.equal(starts.at(-1)! - starts.at(-2)!, 5);
});

test("of several times for a key the earliest counts, and one timer serves all keys", async () => {
  const { queue, clock, log } = recorded();
  queue.addAfter("a", 100);
  queue.addAfter("a", 50);
  queue.addAfter("a", 200);
  for (let i = 0; i < 100; i++) queue.addAfter(`k${i}`, 1000 + i);
  assert.equal(clock.pending, 1);
  await clock.advance(49);
  assert.deepEqual(log, []);
  await clock.advance(1);
  assert.deepEqual(log, ["a"]);
  await clock.advance(300);
  assert.deepEqual(log, ["a"]);
});

test("a key stays out of work until what it wrote is shown, without holding a worker", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const log: string[] = [];
  const queue = startQueue({
    clock: new VirtualClock(),
    workers: 1,
    async work(key) {
      log.push(key);
      return key === "a" ? { until: promise } : undefined;
    },
  });
  queue.add("a");
  await turns();
  queue.add("a");
  queue.add("b");
  await turns();
  assert.deepEqual(log, ["a", "b"]);
  resolve();
  await turns();
  assert.deepEqual(log, ["a", "b", "a"]);
});

test("stop ends the work under way and takes nothing more", async () => {
  const aborted: string[] = [];
  const log: string[] = [];
  const queue = startQueue({
    clock: new VirtualClock(),
    workers: 1,
    work: (key, signal) =>
      new Promise((resolve) => {
        log.push(key);
        signal.addEventListener("abort", () => {
          aborted.push(key);
          resolve(undefined);
        });
      }),
  });
  queue.add("a");
  queue.add("b");
  await turns();
  await queue.stop();
  queue.add("c");
  await turns();
  assert.deepEqual([log, aborted], [["a"], ["a"]]);
});

test("nothing that was added is lost, whatever the order of additions, failures and ends", async () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c"),
    delayMs: fc.constantFrom(0, 0, 3, 700),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = new VirtualClock();
      const wanted = new Map<string, number>();
      const seen = new Map<string, number>();
      const failing = new Set<string>();
      const queue = startQueue({
        clock,
        workers: 2,
        async work(key) {
          const version = wanted.get(key) ?? 0;
          await undefined;
          if (failing.delete(key)) throw new Error("once");
          seen.set(key, version);
          return undefined;
        },
      });
      for (const [i, { key, delayMs, fails }] of steps.entries()) {
        wanted.set(key, i + 1);
        if (fails) failing.add(key);
        queue.addAfter(key, delayMs);
        if (i % 3 === 0) await undefined;
      }
      while (await clock.runNext());
      assert.deepEqual([...seen].sort(), [...wanted].sort());
      await queue.stop();
    }),
    { numRuns: 200 },
  );
});
