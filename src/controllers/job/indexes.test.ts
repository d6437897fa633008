import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  firstMissing,
  hasIndex,
  indexesOf,
  overlap,
  parseIndexes,
  printIndexes,
  sizeOf,
  union,
} from "./indexes.ts";

const texts: [number[], string][] = [
  [[], ""],
  [[0], "0"],
  [[0, 1], "0,1"],
  [[0, 1, 2, 7], "0-2,7"],
  [[1, 3, 4, 5, 9, 10], "1,3-5,9,10"],
];
for (const [numbers, text] of texts)
  test(`[${numbers}] is written "${text}"`, () => {
    assert.equal(printIndexes(indexesOf(numbers)), text);
    assert.deepEqual(parseIndexes(text, 100), indexesOf(numbers));
  });

test("what cannot be read is left out, and so is what is not below completions", () => {
  assert.equal(printIndexes(parseIndexes("0,x,2-4,-,9", 4)), "0,2,3");
});

test("sets of indexes behave as sets", () => {
  const numbers = fc.array(fc.nat(30));
  fc.assert(
    fc.property(numbers, numbers, fc.nat(10), (a, b, count) => {
      const [x, y] = [indexesOf(a), indexesOf(b)];
      const both = new Set([...a, ...b]);
      assert.deepEqual(union(x, y), indexesOf(both));
      assert.equal(sizeOf(union(x, y)), both.size);
      assert.equal(overlap(x, y), new Set(a.filter((n) => b.includes(n))).size);
      for (let n = 0; n < 32; n++) assert.equal(hasIndex(x, n), a.includes(n));
      const free = Array.from({ length: 25 }, (_, n) => n).filter((n) => !a.includes(n));
      assert.deepEqual(firstMissing(x, count, 25), free.slice(0, count));
    }),
  );
});
