import assert from "node:assert/strict";
import { test } from "node:test";
import { equal } from "./equal.ts";

const rows: { a: unknown; b: unknown; equal: boolean }[] = [
  { a: 1, b: 1, equal: true },
  { a: 1, b: "1", equal: false },
  { a: null, b: undefined, equal: false },
  { a: null, b: {}, equal: false },
  { a: [], b: {}, equal: false },
  { a: [1, 2], b: [1, 2], equal: true },
  { a: [1, 2], b: [2, 1], equal: false },
  { a: [1], b: [1, 2], equal: false },
  { a: { x: 1, y: 2 }, b: { y: 2, x: 1 }, equal: true },
  { a: { x: 1, y: undefined }, b: { x: 1 }, equal: true },
  { a: { x: 1 }, b: { x: 1, y: undefined }, equal: true },
  { a: { x: 1 }, b: { x: 1, y: null }, equal: false },
  { a: { x: { y: [{ z: 1 }] } }, b: { x: { y: [{ z: 2 }] } }, equal: false },
];

for (const row of rows)
  test(`${JSON.stringify(row.a)} ${row.equal ? "equals" : "differs from"} ${JSON.stringify(row.b)}`, () => {
    assert.equal(equal(row.a, row.b), row.equal);
    assert.equal(equal(row.b, row.a), row.equal);
  });
