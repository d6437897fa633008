import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs, printAge } from "./duration.ts";
import { printTime, timeMs } from "./time.ts";

test("times are printed in UTC to the second", () => {
  const ms = Date.UTC(2026, 1, 3, 4, 5, 6, 789) + 0.25;
  assert.equal(printTime(ms), "2026-02-03T04:05:06Z");
  assert.equal(printTime(0), "1970-01-01T00:00:00Z");
  assert.equal(timeMs("2026-02-03T05:05:06.789+01:00"), Math.floor(ms));
  assert.equal(timeMs(printTime(ms)), Math.floor(ms / 1000) * 1000);
  assert.equal(timeMs("yesterday"), undefined);
  assert.equal(timeMs(undefined), undefined);
});

test("durations have Go's form", () => {
  assert.equal(durationMs("1h30m"), 5_400_000);
  assert.equal(durationMs("1.5ms"), 1.5);
  assert.equal(durationMs("1"), undefined);
});

test("ages are shown with about two figures", () => {
  const rows: [number, string][] = [
    [-2, "<invalid>"],
    [-1.5, "0s"],
    [0, "0s"],
    [119.9, "119s"],
    [120, "2m"],
    [125, "2m5s"],
    [600, "10m"],
    [10_799, "179m"],
    [10_800, "3h"],
    [11_000, "3h3m"],
    [8 * 3600, "8h"],
    [48 * 3600, "2d"],
    [51 * 3600, "2d3h"],
    [8 * 86400, "8d"],
    [729 * 86400, "729d"],
    [730 * 86400, "2y"],
    [740 * 86400, "2y10d"],
    [8 * 365 * 86400 + 86400, "8y"],
  ];
  for (const [seconds, shown] of rows) assert.equal(printAge(seconds * 1000), shown, `${seconds}`);
});
