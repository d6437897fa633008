import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadPatterns } from "./custom-pattern.ts";
import { embeddedProblems, repeatedItems } from "./custom-rules.ts";
import { customCheck } from "./custom-validate.ts";
import type { Cause } from "./status-error.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

before(loadPatterns);

const told = (causes: readonly Cause[]): string[] =>
  causes.map(({ field, message }) => `${field}: ${message}`);

type Row = { schema: JSONSchemaProps; value: unknown; says?: string[] };

const rows: Record<string, Row> = {
  "a value of another type": {
    schema: { type: "string" },
    value: 5,
    says: ['a: Invalid value: "integer": a in body must be of type string: "integer"'],
  },
  "a null": {
    schema: { type: "string" },
    value: null,
    says: ['a: Invalid value: "null": a in body must be of type string: "null"'],
  },
  "a null that is allowed": { schema: { type: "string", nullable: true }, value: null },
  "a whole number as a number": { schema: { type: "number" }, value: 5 },
  "a fraction as an integer": {
    schema: { type: "integer" },
    value: 2.5,
    says: [
      'a: Invalid value: "number": a in body must be of type integer: "number"',
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in a',
    ],
  },
  "a number beyond its format": {
    schema: { type: "integer", format: "int32" },
    value: 2 ** 31,
    says: [
      '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in a',
    ],
  },
  "either of two types": { schema: { "x-kubernetes-int-or-string": true }, value: "5%" },
  "neither of two types": {
    schema: { "x-kubernetes-int-or-string": true },
    value: true,
    says: ['a: Invalid value: "boolean": a in body must be of type integer,string: "boolean"'],
  },
  "a bound that is excluded": {
    schema: { type: "integer", maximum: 3, exclusiveMaximum: true },
    value: 3,
    says: ["a: Invalid value: 3: a in body should be less than 3"],
  },
  "a bound of millions, as Go shows it": {
    schema: { type: "number", minimum: 2_500_000 },
    value: 0.5,
    says: ["a: Invalid value: 0.5: a in body should be greater than or equal to 2.5e+06"],
  },
  "letters are counted, not units": { schema: { type: "string", maxLength: 2 }, value: "😀😀" },
  "only the first problem of a text is told": {
    schema: { type: "string", minLength: 3, pattern: "^b" },
    value: "a",
    says: ['a: Invalid value: "a": a in body should be at least 3 chars long'],
  },
  "a pattern that would take other engines for ever": {
    schema: { type: "string", pattern: "^(a+)+$" },
    value: `${"a".repeat(40)}b`,
    says: [`a: Invalid value: "${"a".repeat(40)}b": a in body should match '^(a+)+$'`],
  },
  "a format": {
    schema: { type: "string", format: "date-time" },
    value: "yesterday",
    says: ['a: Invalid value: "yesterday": a in body must be of type date-time: "yesterday"'],
  },
  "a format that nobody knows": { schema: { type: "string", format: "colour" }, value: "x" },
  "a field that is missing": {
    schema: { type: "object", required: ["b"] },
    value: {},
    says: ["a.b: Required value"],
  },
  "too many items": {
    schema: { type: "array", maxItems: 1, items: { type: "integer" } },
    value: [1, 2],
    says: ["a: Too many: 2: must have at most 1 item"],
  },
  "none of several": {
    schema: { type: "integer", anyOf: [{ minimum: 10 }, { maximum: 5 }] },
    value: 7,
    says: [
      '<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)',
      "a: Invalid value: 7: a in body should be greater than or equal to 10",
    ],
  },
  "more than one of several": {
    schema: { type: "object", oneOf: [{ required: ["x"] }, { required: ["y"] }] },
    value: { x: 1, y: 1 },
    says: [
      '<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  },
  "what must not be": {
    schema: { type: "string", not: { enum: ["bad"] } },
    value: "bad",
    says: ['<nil>: Invalid value: "": "a" must not validate the schema (not)'],
  },
};

for (const [name, { schema, value, says = [] }] of Object.entries(rows)) {
  test(`check: ${name}`, () => {
    const check = customCheck({ type: "object", properties: { a: schema } });
    assert.deepEqual(told(check({ a: value })), says);
  });
}

test("check: what was wrong before may stay, what is new may not", () => {
  const check = customCheck({
    type: "object",
    properties: {
      a: { type: "string", maxLength: 1 },
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", properties: { k: { type: "string" }, v: { maximum: 1 } } },
      },
    },
  });
  const old = { a: "long", list: [{ k: "x", v: 5 }] };
  assert.deepEqual(check(structuredClone(old), old), []);
  const moved = {
    a: "longer",
    list: [
      { k: "y", v: 5 },
      { k: "x", v: 5 },
    ],
  };
  assert.deepEqual(told(check(moved, old)), [
    "a: Too long: may not be more than 1 byte",
    "list[0].v: Invalid value: 5: list[0].v in body should be less than or equal to 1",
  ]);
});

test("rules: items of sets and maps stand once", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      map: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k", "l"],
        items: { type: "object" },
      },
    },
  };
  const value = { set: ["a", "b", "a", "a"], map: [{ k: 1, l: 2 }, { l: 2, k: 1 }, { k: 1 }] };
  assert.deepEqual(told(repeatedItems(value, schema)), [
    'set[2]: Duplicate value: "a"',
    'map[1]: Duplicate value: {"k":1,"l":2}',
  ]);
});

test("rules: a resource within another says what it is", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: { inner: { type: "object", "x-kubernetes-embedded-resource": true } },
  };
  assert.deepEqual(told(embeddedProblems({ inner: {} }, schema)), [
    "inner.apiVersion: Required value",
    "inner.kind: Required value",
  ]);
  const good = { inner: { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } } };
  assert.deepEqual(embeddedProblems(good, schema), []);
});
