// Custom resource definitions and their rules in the words of the real kube-apiserver: the same requests to both, the same
// answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { JSONSchemaProps, ValidationRule } from "../../src/schema/types/apiextensions-v1.ts";
import { costlyRules, fields, longFields, rules } from "./definitions/rules.ts";
import { type Answer, type Side, startOurs, startPeer, whyNoPeer } from "./peer.ts";

const group = "peer.example.com";
const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

let sides: readonly Side[] = [];

before(async () => {
  if (whyNoPeer) return;
  sides = [await startPeer(), await startOurs()];
});
after(async () => {
  for (const side of sides) await side[Symbol.asyncDispose]();
});

const definition = (plural: string, spec: JSONSchemaProps): object => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural, kind: `Kind${plural}`, singular: plural, listKind: `Kind${plural}List` },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
      },
    ],
  },
});

type Told = { readonly field: string; readonly reason: string; readonly message: string };

/** Status and causes, in one order; the real server takes some from maps. */
function told({ status, body }: Answer): object {
  const causes = ((body.details?.causes ?? []) as Told[]).map(({ field, reason, message }) =>
    [field, reason, message.replace(/selfType\d+[\w.@]*|object#\d+/g, "object")].join(" | "),
  );
  return { status, causes: causes.sort() };
}

async function both(what: string, body: object): Promise<void> {
  const [theirs, ours] = await Promise.all(sides.map((side) => side.ask(what, body)));
  assert.deepEqual(told(ours!), told(theirs!));
}

const ruled = (
  properties: Readonly<Record<string, JSONSchemaProps>>,
  ...all: readonly ValidationRule[]
): JSONSchemaProps => ({ type: "object", properties, "x-kubernetes-validations": [...all] });

const refused = `POST ${path}?dryRun=All`;

describe("rules", { skip: whyNoPeer }, () => {
  for (const rule of rules)
    test(rule, () => both(refused, definition("rules", ruled(fields, { rule }))));
});

describe("costs of rules", { skip: whyNoPeer }, () => {
  for (const rule of costlyRules)
    test(rule, () => both(refused, definition("rules", ruled(longFields, { rule }))));
});

const rule = "self.n > 1";
const around: Readonly<Record<string, Partial<ValidationRule>>> = {
  "a message that is no text": { messageExpression: "self.n" },
  "a message that cannot be read": { messageExpression: "self.n +" },
  "a message of types that do not fit": { messageExpression: "self.n + 'a'" },
  "a message that costs too much": {
    messageExpression: "self.lu.map(x, self.lu.map(y, x + y).join(',')).join(',')",
  },
  "an old value that is not used": { optionalOldSelf: true },
  "a path to nothing": { fieldPath: ".zzz" },
  "a path without a dot": { fieldPath: "n" },
  "a path into a map": { fieldPath: ".m['a.b']" },
  "a path into a list": { fieldPath: ".lo.k" },
};

describe("what stands around a rule", { skip: whyNoPeer }, () => {
  for (const [name, more] of Object.entries(around))
    test(name, () => both(refused, definition("rules", ruled(fields, { rule, ...more }))));
});

const text = { type: "string" };
const number = { type: "integer" };
const keyed = (items: JSONSchemaProps, ...keys: string[]): JSONSchemaProps => ({
  type: "array",
  items,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
});
const schemas: readonly JSONSchemaProps[] = [
  {},
  { type: "array" },
  { type: "array", items: {} },
  { type: "array", items: text, uniqueItems: true },
  { type: "object", properties: { a: text }, additionalProperties: text },
  { type: "string", pattern: "(" },
  { type: "string", pattern: "^(?=a)" },
  { "x-kubernetes-int-or-string": true, type: "string" },
  { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
  { type: "object", "x-kubernetes-list-type": "map" },
  keyed(text, "a"),
  keyed({ type: "object", properties: { a: text } }, "b"),
  keyed({ type: "object", properties: { a: { type: "object" } }, required: ["a"] }, "a"),
  { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "set" },
  { type: "array", items: { ...text, nullable: true }, "x-kubernetes-list-type": "set" },
  { type: "string", "x-kubernetes-map-type": "atomic" },
  { type: "object", anyOf: [{ type: "object" }] },
  { type: "object", anyOf: [{ properties: { a: number } }] },
  { type: "object", properties: { a: number }, not: { properties: { a: { nullable: true } } } },
  { type: "object", allOf: [{ "x-kubernetes-preserve-unknown-fields": true }] },
  { type: "integer", default: "a" },
  { type: "object", properties: { a: number }, default: { b: 1 } },
  { type: "string", default: null },
  { type: "object", required: ["a"], properties: { a: number }, default: {} },
  { type: "string", enum: ["a"], default: "b" },
  { type: "object", "x-kubernetes-embedded-resource": true },
  { "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-validations": [{ rule: "true" }] },
  { type: "object", "x-kubernetes-validations": [{ rule: "true\n&& true" }] },
  { type: "object", "x-kubernetes-validations": [{ rule: "" }] },
  { ...text, $schema: "x" },
  { type: "object", properties: { a: number }, oneOf: [{ id: "x", title: "y" }] },
  { type: "array", items: [] as unknown as JSONSchemaProps },
  { ...text, default: "a", "x-kubernetes-validations": [{ rule: "self != 'a'" }] },
  {
    ...text,
    default: "a",
    "x-kubernetes-validations": [
      { rule: "self != 'a'", message: "m", reason: "FieldValueForbidden" },
    ],
  },
  {
    type: "object",
    properties: { a: { ...number, default: 1 } },
    default: {},
    "x-kubernetes-validations": [{ rule: "self.a > 1" }],
  },
  {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: { metadata: { type: "object", default: { name: "A_" } } },
  },
  { "x-kubernetes-int-or-string": true, default: true },
  { ...text, pattern: "\\" },
];

describe("schemas", { skip: whyNoPeer }, () => {
  for (const schema of schemas)
    test(JSON.stringify(schema), () => both(refused, definition("schemas", schema)));
});

const list = { type: "array", maxItems: 10, items: { ...text, maxLength: 9 } };
const short = { ...text, maxLength: 50 };

/** An object with `spec` is made under each rule. */
const objects: readonly [
  properties: Record<string, JSONSchemaProps>,
  rule: string,
  spec: object,
][] = [
  [{ n: number }, "self.n > 1", { n: 1 }],
  [{ n: number }, "self.n > 1", {}],
  [{ n: number }, "10 / self.n > 1", { n: 0 }],
  [{ n: number }, "self.n + 9223372036854775807 > 1", { n: 5 }],
  [{ l: list }, "self.l[5] == 'a'", { l: ["a"] }],
  [{ s: short }, "int(self.s) > 1", { s: "abc" }],
  [{ s: short }, "timestamp(self.s) > timestamp('2020-01-01T00:00:00Z')", { s: "abc" }],
  [{ s: short }, "quantity(self.s).isGreaterThan(quantity('1'))", { s: "abc" }],
  [{ s: short }, "ip(self.s).family() == 4", { s: "1.2.3.444" }],
  [{ s: short }, "cidr(self.s).prefixLength() == 4", { s: "10.0.0.0/99" }],
  [{ s: short }, "url(self.s).getHost() == 'a'", { s: "abc" }],
  [{ s: short }, "semver(self.s).major() == 1", { s: "v1" }],
  [{ s: short }, "self.s.matches(self.s)", { s: "(" }],
  [{ s: short }, "self.s.substring(5) == 'a'", { s: "abc" }],
  [{ n: { ...number, nullable: true } }, "has(self.n)", { n: null }],
  [{ e: { "x-kubernetes-int-or-string": true } }, "self.e > 1", { e: "a" }],
  [
    { t: { ...text, format: "date-time" } },
    "self.t.getFullYear() == 2020",
    { t: "2021-05-01T00:00:00Z" },
  ],
  [{ l: { ...list, "x-kubernetes-list-type": "set" } }, "self.l == ['b', 'a']", { l: ["a", "b"] }],
  [
    { l: { ...list, "x-kubernetes-list-type": "set" } },
    "(self.l + ['a', 'z']).size() == 3",
    { l: ["a", "b"] },
  ],
  [
    { l: { type: "array", maxItems: 1000, items: number } },
    "self.l.all(a, self.l.all(b, a + b > 0))",
    { l: Array(900).fill(1) },
  ],
];

describe("objects under rules", { skip: whyNoPeer }, () => {
  for (const [index, [properties, one, spec]] of objects.entries())
    test(`${one} of ${JSON.stringify(spec).slice(0, 60)}`, async () => {
      const plural = `objects${index}`;
      const what = `/apis/${group}/v1/namespaces/default/${plural}`;
      for (const side of sides) {
        const made = await side.ask(
          `POST ${path}`,
          definition(plural, ruled(properties, { rule: one })),
        );
        assert.equal(made.status, 201, `${side.name}: ${made.body.message}`);
        await untilServed(side, what);
      }
      const kind = `Kind${plural}`;
      await both(`POST ${what}`, {
        apiVersion: `${group}/v1`,
        kind,
        metadata: { name: "a" },
        spec,
      });
    });
});

async function untilServed(side: Side, what: string): Promise<void> {
  for (let left = 300; left > 0; left--) {
    if ((await side.ask(`GET ${what}`)).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${side.name} does not serve ${what}`);
}
