import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { commonIndex, countIndexes } from "./indexes.ts";

test("indexes are counted", () => {
  const rows: [text: string, count: number][] = [
    ["", 0],
    ["3", 1],
    ["0-2", 3],
    ["0,2-4,9", 5],
  ];
  for (const [text, count] of rows) assert.equal(countIndexes(text, 10), count, text);
});

test("indexes that are no list are refused in upstream's words", () => {
  const rows: [text: string, told: RegExp][] = [
    ["a", /^cannot convert string to integer for index: "a"$/],
    ["10", /^too large index: "10"$/],
    ["1,1", /^non-increasing order, previous: 1, current: 1$/],
    ["4-2", /^non-increasing order, previous: 4, current: 2$/],
    ["1-2-3", /^the fragment "1-2-3" violates the requirement/],
  ];
  for (const [text, told] of rows) {
    assert.throws(
      () => countIndexes(text, 10),
      ({ message }: Error) => told.test(message),
      text,
    );
  }
});

const end = 40;
const indexes = fc.uniqueArray(fc.nat(end - 1)).map((list) => list.sort((a, b) => a - b));

/** Neighbours become spans. */
function printed(list: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const index of list) {
    const last = spans.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else spans.push([index, index]);
  }
  return spans.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(",");
}

test("every set of indexes is counted, and what two have in common is found", () => {
  fc.assert(
    fc.property(indexes, indexes, (a, b) => {
      assert.equal(countIndexes(printed(a), end), a.length);
      assert.equal(
        commonIndex(printed(a), printed(b), end),
        a.find((index) => b.includes(index)),
      );
    }),
  );
});
