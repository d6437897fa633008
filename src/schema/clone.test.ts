import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clone, deepFreeze, fieldOf, isObject, setField } from "./clone.ts";

test("a copy is equal and shares nothing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const parsed = JSON.parse(JSON.stringify(value));
      const copy = clone(deepFreeze(parsed));
      assert.equal(JSON.stringify(copy), JSON.stringify(parsed));
      if (typeof copy === "object" && copy !== null) assert.ok(!Object.isFrozen(copy));
    }),
  );
});

test("a field named __proto__ is a field like any other", () => {
  const hostile = JSON.parse('{"a":{"__proto__":{"polluted":true}}}');
  const copy = clone(hostile);
  assert.equal(JSON.stringify(copy), JSON.stringify(hostile));
  assert.equal(copy.a.polluted, undefined);
  const object = {};
  setField(object, "__proto__", 1);
  assert.equal(fieldOf(object, "__proto__"), 1);
  assert.equal(fieldOf({}, "__proto__"), undefined);
  assert.equal(fieldOf({}, "constructor"), undefined);
});

test("a frozen value is frozen all the way down", () => {
  const value = deepFreeze({ a: [{ b: 1 }] });
  assert.throws(() => {
    value.a[0]!.b = 2;
  }, TypeError);
  assert.throws(() => value.a.push({ b: 3 }), TypeError);
});

test("lists and null are no objects", () => {
  assert.deepEqual([{}, [], null, "a", undefined].map(isObject), [
    true,
    false,
    false,
    false,
    false,
  ]);
});
