// Random schemas and random values: what is read stays as it is, and what is refused is what an independent validator
// of JSON Schema refuses.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Schema, Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { clone } from "./clone.ts";
import { customCodec } from "./custom-codec.ts";
import { loadPatterns } from "./custom-pattern.ts";
import { customCheck } from "./custom-validate.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

before(loadPatterns);

const names = ["a", "b", "c", "d"] as const;
const patterns = ["^a", "b$", "^[ab]*$", "[0-9]+"];
const texts = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 5 }),
  fc.constantFrom("", "a", "ab", "b7", "😀"),
);
const whole = fc.integer({ min: -5, max: 5 });
const numbers = fc.oneof(whole, fc.constantFrom(-2.5, 0.5, 1.25));
const scalars = fc.oneof(texts, numbers, fc.boolean());

const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    scalars,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 4 }),
  ),
})).value;

/** Mostly nothing: a schema of many bounds refuses everything. */
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** What may stand in every part of a schema, `allOf` and its like included: conditions on the value alone. */
const bounds = {
  minLength: some(fc.nat(3)),
  maxLength: some(fc.nat(5)),
  pattern: some(fc.constantFrom(...patterns)),
  minimum: some(whole),
  maximum: some(whole),
  exclusiveMinimum: fc.boolean(),
  exclusiveMaximum: fc.boolean(),
  multipleOf: some(fc.constantFrom(2, 3)),
  minItems: some(fc.nat(2)),
  maxItems: some(fc.nat(4)),
  minProperties: some(fc.nat(2)),
  maxProperties: some(fc.nat(4)),
  required: some(fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 })),
  enum: some(fc.uniqueArray(scalars, { minLength: 1, maxLength: 3 })),
};

const conditions: fc.Arbitrary<JSONSchemaProps> = fc.record(bounds).map(compact);

const junctors = {
  allOf: some(fc.array(conditions, { minLength: 1, maxLength: 2 })),
  anyOf: some(fc.array(conditions, { minLength: 1, maxLength: 3 })),
  oneOf: some(fc.array(conditions, { minLength: 1, maxLength: 3 })),
  not: some(conditions),
};

/** `finish`: what becomes of each part that has a type. */
const schemasOf = (finish: (made: JSONSchemaProps) => fc.Arbitrary<JSONSchemaProps>) =>
  fc.letrec<{ schema: JSONSchemaProps }>((tie) => {
    const shared = { ...bounds, ...junctors, nullable: some(fc.boolean()) };
    const plain = fc.record({
      ...shared,
      type: fc.constantFrom("string", "integer", "number", "boolean"),
    });
    const either = fc.record({ ...shared, "x-kubernetes-int-or-string": fc.constant(true) });
    const list = fc.record({ ...shared, type: fc.constant("array"), items: tie("schema") });
    const map = fc.record({
      ...shared,
      type: fc.constant("object"),
      additionalProperties: tie("schema"),
    });
    const object = fc.record({
      ...shared,
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom(...names), tie("schema"), { maxKeys: 4 }),
    });
    return {
      schema: fc
        .oneof({ maxDepth: 3, depthSize: "small" }, plain, either, list, map, object)
        .chain((made) => finish(compact(made) as JSONSchemaProps)),
    };
  }).schema;

function compact<T extends object>(from: T): T {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as T;
}

/** Values of the form that the schema describes, mostly; their bounds they keep by chance. */
function like(schema: JSONSchemaProps): fc.Arbitrary<unknown> {
  const { type, items, additionalProperties, properties } = schema;
  const key = fc.constantFrom(...names);
  const forms: Record<string, () => fc.Arbitrary<unknown>> = {
    string: () => texts,
    integer: () => whole,
    number: () => numbers,
    boolean: () => fc.boolean(),
    array: () => fc.array(like(items as JSONSchemaProps), { maxLength: 5 }),
    object: () =>
      properties === undefined
        ? fc.dictionary(key, like(additionalProperties as JSONSchemaProps), { maxKeys: 5 })
        : fc
            .record(
              Object.fromEntries(
                names.map((k) => [
                  k,
                  properties[k] === undefined ? some(values) : like(properties[k]),
                ]),
              ),
              { requiredKeys: [] },
            )
            .map(compact),
  };
  const form = forms[type ?? ""]?.() ?? fc.oneof(texts, whole);
  return fc.oneof({ weight: 9, arbitrary: form }, { weight: 1, arbitrary: values });
}

const withValues = (schemas: fc.Arbitrary<JSONSchemaProps>) =>
  schemas.chain((schema) =>
    fc.tuple(fc.constant(schema), fc.array(like(schema), { minLength: 1, maxLength: 8 })),
  );

/** The same in draft 7, which has neither nullable nor Boolean bounds. */
function draft7({ nullable, exclusiveMinimum, exclusiveMaximum, ...rest }: JSONSchemaProps) {
  const schema: Record<string, unknown> = { ...rest };
  if (exclusiveMinimum && rest.minimum !== undefined) schema["exclusiveMinimum"] = rest.minimum;
  if (exclusiveMaximum && rest.maximum !== undefined) schema["exclusiveMaximum"] = rest.maximum;
  if (rest["x-kubernetes-int-or-string"]) schema["type"] = ["integer", "string"];
  for (const key of ["items", "additionalProperties", "not"])
    if (key in schema) schema[key] = draft7(schema[key] as JSONSchemaProps);
  for (const key of ["allOf", "anyOf", "oneOf"] as const)
    if (rest[key]) schema[key] = rest[key].map(draft7);
  if (rest.properties)
    schema["properties"] = Object.fromEntries(
      Object.entries(rest.properties).map(([name, one]) => [name, draft7(one)]),
    );
  return nullable ? { anyOf: [{ type: "null" }, schema] } : schema;
}

test("random schemas refuse the values that an independent validator refuses", () => {
  let refused = 0;
  let taken = 0;
  fc.assert(
    fc.property(withValues(schemasOf(fc.constant)), ([schema, given]) => {
      const judge = new Validator(draft7(schema) as Schema, "7");
      const check = customCheck(schema, "spec");
      for (const value of given) {
        const causes = check(value);
        assert.equal(causes.length === 0, judge.validate(value).valid, JSON.stringify(value));
        if (causes.length > 0) refused++;
        else taken++;
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(refused > 200 && taken > 200, `${refused} refused, ${taken} taken`);
});

/** A default for every third part, if it is one that the part allows. */
const perhapsDefaulted = (part: JSONSchemaProps): fc.Arbitrary<JSONSchemaProps> =>
  fc
    .tuple(fc.nat(2), like(part))
    .map(([chance, value]) =>
      chance === 0 && customCheck(part)(value).length === 0 ? { ...part, default: value } : part,
    );

const resource = {
  group: "example.com",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  type: "",
} as const;

test("pruning and defaulting by random schemas change nothing the second time", () => {
  let changed = 0;
  fc.assert(
    fc.property(withValues(schemasOf(perhapsDefaulted)), ([schema, [value]]) => {
      const codec = customCodec(resource, { type: "object", properties: { spec: schema } });
      const given = { metadata: { name: "a" }, spec: value };
      const once = codec.decode(clone(given), {}).object;
      const twice = codec.decode(clone(once), {});
      assert.deepEqual(twice.object, once);
      assert.deepEqual(codec.decode(clone(once), { strict: true }).unknown, []);
      assert.deepEqual(codec.decode(JSON.parse(codec.encode(once)), {}).object, once);
      if (JSON.stringify(once["spec"]) !== JSON.stringify(value)) changed++;
    }),
    { numRuns: 500 },
  );
  assert.ok(changed > 50, "random schemas prune and default");
});
