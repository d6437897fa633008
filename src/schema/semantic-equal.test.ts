import assert from "node:assert/strict";
import { test } from "node:test";
import { semanticEqual } from "./semantic-equal.ts";

test("values are compared by what they mean", () => {
  const rows: [unknown, unknown, boolean][] = [
    [{ args: [] }, { args: null }, true],
    [{ args: [] }, {}, true],
    [{ args: ["a"] }, { args: [] }, false],
    [{ args: ["a", "b"] }, { args: ["b", "a"] }, false],
    [{ emptyDir: {} }, {}, false],
    [{ name: "" }, {}, false],
    [{ other: [{ a: 1, b: 2 }] }, { other: [{ b: 2, a: 1 }] }, true],
    [[], {}, false],
    // Names of what every object inherits are names like any other.
    [{ data: {} }, { data: { constructor: "x" } }, false],
    [{ data: JSON.parse('{"__proto__":{}}') }, { data: {} }, false],
  ];
  for (const [a, b, same] of rows) {
    assert.equal(semanticEqual(a, b), same, JSON.stringify([a, b]));
    assert.equal(semanticEqual(b, a), same, JSON.stringify([b, a]));
  }
});
