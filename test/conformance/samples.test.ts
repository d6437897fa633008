// Upstream's own sample of every kind: JSON and protobuf come back byte for byte.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { decode } from "../../src/schema/decode.ts";
import { encode } from "../../src/schema/encode.ts";
import { shapeOf } from "../../src/schema/facts.ts";
import { objectFromProtobuf, protobufObject, readEnvelope } from "../../src/schema/protobuf.ts";
import { publishedModule, type Sample, samples } from "./published-api.ts";

const api = publishedModule("k8s.io/api");
const skip = api === undefined && "Go, or its module k8s.io/api, is not there";
const all = api === undefined ? [] : samples(api);

/** A sample that changes when it is read is kept in its later form too. */
const file = ({ path }: Sample, ending: string): string =>
  existsSync(`${path}.after_roundtrip.${ending}`)
    ? `${path}.after_roundtrip.${ending}`
    : `${path}.${ending}`;

/** Without the blanks that upstream puts in to show the structure. */
const compactJson = (path: string): string =>
  JSON.stringify(JSON.parse(readFileSync(path, "utf8")));

test("there is a sample of nearly every kind", { skip }, () => {
  assert.ok(all.length > 120, `${all.length} samples`);
});

test("JSON samples are read without loss and written as upstream writes them", { skip }, () => {
  for (const sample of all) {
    const shape = shapeOf(sample.type);
    const value = JSON.parse(readFileSync(`${sample.path}.json`, "utf8"));
    const { object, unknown } = decode(shape, value, { strict: true });
    assert.deepEqual(unknown, [], sample.name);
    assert.equal(encode(shape, object), compactJson(file(sample, "json")), sample.name);
  }
});

test("protobuf samples are read to the same objects and written to the same bytes", {
  skip,
}, () => {
  for (const sample of all) {
    const shape = shapeOf(sample.type);
    const bytes = readFileSync(file(sample, "pb"));
    const envelope = readEnvelope(bytes);
    const object = objectFromProtobuf(shape, envelope);
    assert.equal(encode(shape, object), compactJson(file(sample, "json")), sample.name);
    const again = protobufObject(shape, envelope, object);
    assert.ok(bytes.equals(again), `${sample.name}: bytes differ`);
  }
});
