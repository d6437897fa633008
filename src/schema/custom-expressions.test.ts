import assert from "node:assert/strict";
import { before, test } from "node:test";
import { expressionCauses, ratchetedRules } from "./custom-expressions.ts";
import { loadPatterns } from "./custom-pattern.ts";
import type { Cause } from "./status-error.ts";
import type { JSONSchemaProps, ValidationRule } from "./types/apiextensions-v1.ts";

before(loadPatterns);

const told = (causes: readonly Cause[]): string[] =>
  causes.map(({ field, message }) => `${field}: ${message}`);

const integer: JSONSchemaProps = { type: "integer" };

/** A spec with `rules`, and rules for its field `max`. */
const schemaWith = (rules: ValidationRule[], ofMax: ValidationRule[] = []): JSONSchemaProps => ({
  type: "object",
  properties: {
    spec: {
      type: "object",
      "x-kubernetes-validations": rules,
      properties: {
        min: integer,
        max: { ...integer, "x-kubernetes-validations": ofMax },
        "a-b": { type: "string" },
        wait: { type: "string", format: "duration" },
        list: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
          items: {
            type: "object",
            "x-kubernetes-validations": [{ rule: "self.v >= oldSelf.v", message: "v shrinks" }],
            properties: { k: { type: "string" }, v: integer },
          },
        },
      },
    },
  },
});

type Row = {
  rules?: ValidationRule[];
  ofMax?: ValidationRule[];
  spec: Record<string, unknown>;
  old?: Record<string, unknown>;
  says?: string[];
};

const ordered = "self.min <= self.max";

const rows: Record<string, Row> = {
  "a rule that holds": { rules: [{ rule: ordered }], spec: { min: 1, max: 2 } },
  "a rule that does not, without a message": {
    rules: [{ rule: ordered }],
    spec: { min: 3, max: 2 },
    says: ["spec: Invalid value: failed rule: self.min <= self.max"],
  },
  "with a message, a reason and a field": {
    rules: [
      {
        rule: ordered,
        message: "min is beyond max",
        reason: "FieldValueForbidden",
        fieldPath: ".min",
      },
    ],
    spec: { min: 3, max: 2 },
    says: ["spec.min: Forbidden: min is beyond max"],
  },
  "with a message that is made": {
    rules: [{ rule: ordered, messageExpression: "'%d is beyond %d'.format([self.min, self.max])" }],
    spec: { min: 3, max: 2 },
    says: ["spec: Invalid value: 3 is beyond 2"],
  },
  "a plain value is shown": {
    ofMax: [{ rule: "self < 10", message: "must be small" }],
    spec: { max: 12 },
    says: ["spec.max: Invalid value: 12: must be small"],
  },
  "a rule that fails": {
    rules: [{ rule: ordered }],
    spec: { min: 3 },
    says: ['spec: Invalid value: "object": no such key: max evaluating rule: self.min <= self.max'],
  },
  "names that expressions cannot write": {
    rules: [{ rule: "self.a__dash__b == 'x' && self.wait < duration('1h')" }],
    spec: { "a-b": "x", wait: "5m" },
  },
  "a rule about a change is not asked of a new object": {
    ofMax: [{ rule: "self == oldSelf", message: "is fixed" }],
    spec: { max: 1 },
  },
  "but of a change": {
    ofMax: [{ rule: "self == oldSelf", message: "is fixed" }],
    spec: { max: 2 },
    old: { max: 1 },
    says: ["spec.max: Invalid value: 2: is fixed"],
  },
  "of a new object where the rule says so": {
    ofMax: [
      { rule: "oldSelf.hasValue() || self == 1", message: "starts with 1", optionalOldSelf: true },
    ],
    spec: { max: 2 },
    says: ["spec.max: Invalid value: 2: starts with 1"],
  },
  "items are told by their keys": {
    spec: {
      list: [
        { k: "b", v: 1 },
        { k: "a", v: 5 },
      ],
    },
    old: { list: [{ k: "a", v: 6 }] },
    says: ["spec.list[1]: Invalid value: v shrinks"],
  },
  "what was wrong before may stay": {
    ofMax: [{ rule: "self < 10", message: "must be small" }],
    spec: { max: 12, min: 2 },
    old: { max: 12, min: 1 },
  },
};

for (const [name, { rules = [], ofMax = [], spec, old, says = [] }] of Object.entries(rows)) {
  test(`rules: ${name}`, () => {
    const before_ = old && { spec: old };
    assert.deepEqual(
      told(
        expressionCauses(
          schemaWith(rules, ofMax),
          { spec },
          { path: "", root: true, old: before_ },
          [],
        ),
      ),
      says,
    );
  });
}

test("rules: what was as wrong before, in whatever order, is told without being refused", () => {
  const list = (...keys: string[]) => keys.map((k) => ({ k, v: 1 }));
  const next = { spec: { list: list("b", "a") } };
  const old = { spec: { list: list("a", "b") } };
  const schema = schemaWith([{ rule: "false", message: "never" }]);
  assert.deepEqual(told(expressionCauses(schema, next, { path: "", root: true, old }, [])), []);
  assert.deepEqual(ratchetedRules(next), ["spec: Invalid value: never"]);
});

test("rules: an object that is wrong in itself is not asked", () => {
  const known: Cause[] = [{ reason: "FieldValueRequired", message: "Required value", field: "a" }];
  assert.deepEqual(
    told(
      expressionCauses(
        schemaWith([{ rule: "false" }]),
        { spec: {} },
        { path: "", root: true, old: undefined },
        known,
      ),
    ),
    [
      "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
    ],
  );
});
