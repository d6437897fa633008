import assert from "node:assert/strict";
import { test } from "node:test";
import { humanDuration, labelsText, selectorText, shortList, since } from "./cells.ts";

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];

test("a duration is told in two units at most, in fewer the longer it is", () => {
  const rows: [ms: number, text: string][] = [
    [-2 * second, "<invalid>"],
    [-second, "0s"],
    [0, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [9 * minute + 59 * second, "9m59s"],
    [10 * minute + 59 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [7 * hour + 30 * minute, "7h30m"],
    [8 * hour + 30 * minute, "8h"],
    [48 * hour, "2d"],
    [7 * day + 5 * hour, "7d5h"],
    [8 * day + 5 * hour, "8d"],
    [730 * day, "2y"],
    [800 * day, "2y70d"],
    [2920 * day, "8y"],
  ];
  for (const [ms, text] of rows) assert.equal(humanDuration(ms), text, `${ms} ms`);
});

test("an age without a time is unknown", () => {
  assert.equal(since(undefined, 0), "<unknown>");
  assert.equal(since("1970-01-01T00:00:00Z", 5 * second), "5s");
});

test("labels and selectors stand sorted", () => {
  assert.equal(labelsText(undefined), "<none>");
  assert.equal(labelsText({ b: "2", a: "1" }), "a=1,b=2");
  const selector = {
    matchLabels: { c: "3" },
    matchExpressions: [
      { key: "b", operator: "NotIn", values: ["y", "x"] },
      { key: "a", operator: "DoesNotExist" },
      { key: "d", operator: "Exists" },
    ],
  };
  assert.equal(selectorText(selector), "!a,b notin (x,y),c=3,d");
});

test("a long list is cut", () => {
  assert.equal(shortList([]), "<unset>");
  assert.equal(shortList(["a", "b", "c"]), "a,b,c");
  assert.equal(shortList(["a", "b", "c", "d", "e"]), "a,b,c + 2 more...");
});
