import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, durationText, restartLimits } from "./backoff.ts";

test("waits double from 10 s to 5 min, and begin anew after a long quiet", () => {
  const backoff = new Backoff(restartLimits);
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 7; i++) {
    assert.equal(backoff.left("a", now, now), i === 0 ? 0 : waits[i - 1]);
    now += backoff.left("a", now, now);
    backoff.next("a", now, now);
    waits.push(backoff.waitMs("a"));
  }
  assert.deepEqual(waits, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  const later = now + 601_000;
  assert.equal(backoff.left("a", later, later), 0);
  backoff.next("a", later, later);
  assert.equal(backoff.waitMs("a"), 10_000);
});

test("durations read as Go's", () => {
  const rows: [number, string][] = [
    [10_000, "10s"],
    [80_000, "1m20s"],
    [300_000, "5m0s"],
    [3_661_000, "1h1m1s"],
  ];
  for (const [ms, text] of rows) assert.equal(durationText(ms), text);
});
