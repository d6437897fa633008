import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadPatterns } from "../../custom-pattern.ts";
import type { Cause } from "../../status-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.ts";
import { checkSchema } from "./schema-rules.ts";
import { checkSelectable } from "./selectable-rules.ts";

before(loadPatterns);

const text = { type: "string" };
const number = { type: "integer" };
const embedded = { type: "object", "x-kubernetes-embedded-resource": true };
const withRule = (rule: string, more: object) => ({
  ...more,
  "x-kubernetes-validations": [{ rule }],
});

const told = (causes: readonly Cause[]): string[] =>
  causes.map(({ field, message }) => `${field}: ${message}`);

const rows: Record<string, { spec?: JSONSchemaProps; root?: JSONSchemaProps; says?: string[] }> = {
  "a field that no structure has": {
    spec: { ...text, $schema: "x" },
    says: ["root: Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported"],
  },
  "an id within a junctor": {
    spec: { ...text, allOf: [{ id: "x" }] },
    says: ["root.properties[spec].allOf[0].id: Forbidden: id is not supported"],
  },
  "a list of no schemas": {
    spec: { type: "array", items: [] as unknown as JSONSchemaProps },
    says: ["root.properties[spec].items: Required value: must be specified"],
  },
  "a default that breaks a rule": {
    spec: withRule("self != 'a'", { ...text, default: "a" }),
    says: ["root.properties[spec].default: Invalid value: \"a\": failed rule: self != 'a'"],
  },
  "a default that would only be good as a change": {
    spec: {
      ...number,
      default: 1,
      "x-kubernetes-validations": [{ rule: "oldSelf.hasValue()", optionalOldSelf: true }],
    },
    says: ["root.properties[spec].default: Invalid value: 1: failed rule: oldSelf.hasValue()"],
  },
  "a whole resource as default": {
    root: { type: "object", default: {} },
    says: ["root.default.apiVersion: Required value", "root.default.kind: Required value"],
  },
  "metadata as default": {
    spec: { ...embedded, properties: { metadata: { type: "object", default: { name: "x" } } } },
  },
  "bad metadata as default": {
    spec: {
      ...embedded,
      properties: { metadata: { type: "object", default: { namespace: "A_" } } },
    },
    says: [
      "root.properties[spec].properties[metadata].default: Invalid value: " +
        '{"namespace":"A_"}: must result in valid metadata: metadata.namespace: Invalid value: "A_": ' +
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
        "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  },
  "a truth as default of a number or text": {
    spec: { "x-kubernetes-int-or-string": true, default: true },
  },
};

for (const [name, { spec, root, says = [] }] of Object.entries(rows))
  test(`A schema with ${name} is ${says.length === 0 ? "good" : "refused"}`, () => {
    const out: Cause[] = [];
    checkSchema(out, "root", root ?? { type: "object", properties: { spec: spec! } });
    assert.deepEqual(told(out), says);
  });

const schema: JSONSchemaProps = {
  type: "object",
  properties: {
    spec: { type: "object", properties: { s: text, l: { type: "array", items: text } } },
  },
};
const invalid = "must point to a field of type string, boolean or integer.";
const paths: readonly [path: string, says: string][] = [
  [".spec.s", ""],
  [".spec.l", invalid],
  [".", "is an invalid path: unexpected end of JSON path"],
  [".spec.", "is an invalid path: unexpected end of JSON path"],
  [".spec.x", "is an invalid path: does not refer to a valid field"],
  [".spec.l[0]", "is an invalid path: array notation is not allowed"],
  ["spec.s", "is an invalid path: expected [ or . but got: spec"],
];

for (const [jsonPath, says] of paths)
  test(`The path ${jsonPath} of a selectable field ${says || "is good"}`, () => {
    const out: Cause[] = [];
    checkSelectable(out, "fields", [{ jsonPath }], schema);
    assert.equal(out.length, says === "" ? 0 : 1);
    assert.ok((out[0]?.message ?? "").includes(says));
  });
