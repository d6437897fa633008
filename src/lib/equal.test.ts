import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
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
  { a: {}, b: { constructor: "x" }, equal: false },
  { a: { toString: undefined }, b: {}, equal: true },
  { a: JSON.parse('{"__proto__":{}}'), b: {}, equal: false },
  { a: JSON.parse('{"__proto__":{"x":1}}'), b: JSON.parse('{"__proto__":{"x":1}}'), equal: true },
  { a: { x: undefined }, b: { y: 1 }, equal: false },
  { a: { x: { y: [{ z: 1 }] } }, b: { x: { y: [{ z: 2 }] } }, equal: false },
];

for (const row of rows)
  test(`${JSON.stringify(row.a)} ${row.equal ? "equals" : "differs from"} ${JSON.stringify(row.b)}`, () => {
    assert.equal(equal(row.a, row.b), row.equal);
    assert.equal(equal(row.b, row.a), row.equal);
  });

test("values are the same when their JSON is, but for the order of fields", () => {
  const sorted = (value: unknown): unknown =>
    typeof value !== "object" || value === null
      ? value
      : Array.isArray(value)
        ? value.map(sorted)
        : Object.entries(value)
            .sort()
            .map(([k, v]) => [k, sorted(v)]);
  const values = fc.jsonValue({ maxDepth: 2 }).map((v) => JSON.parse(JSON.stringify(v)));
  fc.assert(
    fc.property(values, values, (a, b) => {
      assert.equal(equal(a, JSON.parse(JSON.stringify(a))), true);
      if (typeof a === typeof b && Array.isArray(a) === Array.isArray(b))
        assert.equal(equal(a, b), JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
    }),
  );
});
