import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sameValue, semanticEqual } from "./equal.ts";
import type { Shape } from "./shape.ts";

const scalar = (type: "quantity" | "string"): Shape => ({ kind: "scalar", type });
const list = (item: Shape): Shape => ({
  kind: "list",
  item: () => item,
  listType: "atomic",
  keys: [],
});
const map = (value: Shape): Shape => ({ kind: "map", value: () => value, atomic: false });
const object = (fields: Record<string, Shape>): Shape => ({
  kind: "object",
  name: "",
  atomic: false,
  keepsUnknown: true,
  embedded: false,
  fields: new Map(
    Object.entries(fields).map(([name, shape]) => [
      name,
      { name, shape: () => shape, number: 0, always: false, pointer: false, required: false },
    ]),
  ),
});
const shape = object({
  limits: map(scalar("quantity")),
  args: list(scalar("string")),
  name: scalar("string"),
});

test("objects are compared by what they mean", () => {
  const rows: [unknown, unknown, boolean][] = [
    [{ limits: { cpu: "1" } }, { limits: { cpu: "1000m" } }, true],
    [{ limits: { cpu: "1" } }, { limits: { cpu: "2" } }, false],
    [{ limits: { cpu: "1" } }, { limits: { memory: "1" } }, false],
    [{ limits: {} }, {}, true],
    [{ args: [] }, { args: null }, true],
    [{ args: ["a"] }, { args: [] }, false],
    [{ args: ["a", "b"] }, { args: ["b", "a"] }, false],
    [{ name: "1" }, { name: "1000m" }, false],
    [{ name: "" }, {}, false],
    [{ other: [{ a: 1, b: 2 }] }, { other: [{ b: 2, a: 1 }] }, true],
    [{ other: 1 }, {}, false],
  ];
  for (const [a, b, same] of rows) {
    assert.equal(semanticEqual(shape, a, b), same, JSON.stringify([a, b]));
    assert.equal(semanticEqual(shape, b, a), same, JSON.stringify([b, a]));
  }
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
      assert.equal(sameValue(a, JSON.parse(JSON.stringify(a))), true);
      if (typeof a === typeof b && Array.isArray(a) === Array.isArray(b)) {
        assert.equal(sameValue(a, b), JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }
    }),
  );
  assert.ok(!sameValue({ a: undefined }, { b: 1 }) && !sameValue([], {}) && !sameValue({}, []));
});
