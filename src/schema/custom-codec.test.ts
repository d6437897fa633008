import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { customCodec } from "./custom-codec.ts";
import { DecodeError } from "./decode-place.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

const resource = {
  group: "example.com",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  type: "",
} as const;

const keeps = "x-kubernetes-preserve-unknown-fields";
const text: JSONSchemaProps = { type: "string" };
const object = (properties: Record<string, JSONSchemaProps>, rest: JSONSchemaProps = {}) => ({
  type: "object",
  properties,
  ...rest,
});

type Row = { spec: JSONSchemaProps; given: unknown; read: unknown; unknown?: string[] };

const rows: Record<string, Row> = {
  "unknown fields go": {
    spec: object({ a: text }),
    given: { a: "x", b: { c: 1 } },
    read: { a: "x" },
    unknown: ["spec.b"],
  },
  "they go in items and in maps, too": {
    spec: object({
      list: { type: "array", items: object({ a: text }) },
      map: { type: "object", additionalProperties: object({ a: text }) },
    }),
    given: { list: [{ a: "x", b: 1 }], map: { k: { c: 2 } } },
    read: { list: [{ a: "x" }], map: { k: {} } },
    unknown: ["spec.list[0].b", "spec.map.k.c"],
  },
  "unknown fields stay where they may, but not within known parts": {
    spec: object({ known: object({ a: text }) }, { [keeps]: true }),
    given: { known: { a: "x", b: 1 }, other: { deep: [null, { x: 1 }] } },
    read: { known: { a: "x" }, other: { deep: [null, { x: 1 }] } },
    unknown: ["spec.known.b"],
  },
  "defaults come, within defaults as well": {
    spec: object({ a: object({ b: { type: "integer", default: 3 } }, { default: {} }) }),
    given: {},
    read: { a: { b: 3 } },
  },
  "no default within what is not there": {
    spec: object({ a: object({ b: { type: "integer", default: 3 } }) }),
    given: {},
    read: {},
  },
  "a null that is not allowed goes, or becomes the default": {
    spec: object({ a: text, b: { ...text, default: "d" } }),
    given: { a: null, b: null },
    read: { b: "d" },
  },
  "a null that is allowed stays": {
    spec: object({ a: { ...text, nullable: true, default: "d" } }),
    given: { a: null },
    read: { a: null },
  },
  "items have defaults": {
    spec: object({ list: { type: "array", items: object({ k: { ...text, default: "d" } }) } }),
    given: { list: [{}, { k: "x" }] },
    read: { list: [{ k: "d" }, { k: "x" }] },
  },
  "maps of anything keep plain values": {
    spec: { type: "object", additionalProperties: true },
    given: { a: 1, b: "x" },
    read: { a: 1, b: "x" },
  },
  "a name of the engine's own is a field as any other": {
    spec: { type: "object", additionalProperties: text },
    given: JSON.parse('{"__proto__":"x"}'),
    read: JSON.parse('{"__proto__":"x"}'),
  },
};

for (const [name, { spec, given, read, unknown = [] }] of Object.entries(rows)) {
  test(`codec: ${name}`, () => {
    const codec = customCodec(resource, object({ spec }));
    const decoded = codec.decode({ metadata: { name: "a" }, spec: given }, { strict: true });
    assert.deepEqual(decoded.object["spec"], read);
    assert.deepEqual(decoded.unknown, unknown);
    const again = codec.decode(JSON.parse(codec.encode(decoded.object)), {});
    assert.deepEqual(again.object, decoded.object);
  });
}

test("codec: metadata is read as that of every kind", () => {
  const codec = customCodec(resource, object({}));
  const { object: read, unknown } = codec.decode(
    { metadata: { name: "a", colour: "red" } },
    { strict: true },
  );
  assert.deepEqual(read["metadata"], { name: "a" });
  assert.deepEqual(unknown, ["metadata.colour"]);
  assert.throws(() => codec.decode({ metadata: { labels: { a: 1 } } }, {}), DecodeError);
});

test("codec: the first resourceVersion of the text is the object's own", () => {
  const codec = customCodec(resource, object({ annotations: { type: "object", [keeps]: true } }));
  const { object: read } = codec.decode(
    {
      annotations: { resourceVersion: "?" },
      metadata: { annotations: { resourceVersion: "?" }, name: "a" },
    },
    {},
  );
  (read["metadata"] as Record<string, unknown>)["resourceVersion"] = "7";
  const encoded = codec.encode(read);
  assert.equal(/"resourceVersion":"(.)"/.exec(encoded)?.[1], "7");
});

test("codec: reading is stable, whatever is given", () => {
  const spec = object(
    { a: { ...text, default: "d" }, list: { type: "array", items: object({ b: text }) } },
    { additionalProperties: undefined as never },
  );
  const codec = customCodec(resource, object({ spec }));
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = codec.decode({ spec: value as unknown }, {}).object;
      assert.deepEqual(codec.decode(once, {}).object, once);
    }),
  );
});
