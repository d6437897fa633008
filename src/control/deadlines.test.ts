import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../lib/virtual-clock.ts";
import { Deadlines } from "./deadlines.ts";

test("keys ring in the order of their times, each once, at its earliest time", async () => {
  const set = fc.array(
    fc.record({ key: fc.nat(20).map(String), delayMs: fc.nat(100), isDeleted: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(set, async (sets) => {
      const clock = new VirtualClock();
      const rung: { key: string; at: number }[] = [];
      const deadlines = new Deadlines(clock, (key) => rung.push({ key, at: clock.monotonic() }));
      const expected = new Map<string, number>();
      for (const { key, delayMs, isDeleted } of sets) {
        if (isDeleted) {
          deadlines.delete(key);
          expected.delete(key);
        } else {
          deadlines.set(key, delayMs);
          expected.set(key, Math.min(delayMs, expected.get(key) ?? delayMs));
        }
        assert.ok(clock.pending <= 1);
      }
      await clock.advance(200);
      assert.deepEqual(new Map(rung.map(({ key, at }) => [key, at])), expected);
      assert.equal(rung.length, expected.size);
      assert.equal(clock.pending, 0);
    }),
    { numRuns: 200 },
  );
});
