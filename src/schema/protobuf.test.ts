import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode } from "./decode.ts";
import { DecodeError } from "./decode-place.ts";
import { encode } from "./encode.ts";
import { shapeOf } from "./facts.ts";
import {
  objectFromProtobuf,
  protobufList,
  protobufListItem,
  protobufObject,
  protobufWatchFrame,
  readEnvelope,
  readWatchEvent,
} from "./protobuf.ts";
import { decodeProtobuf } from "./protobuf-decode.ts";
import { encodeProtobuf } from "./protobuf-encode.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const podType = { apiVersion: "v1", kind: "Pod" };
const pod = shapeOf("io.k8s.api.core.v1.Pod");

const bytes: { type: string; object: unknown; hex: string }[] = [
  // Fields that are no pointers are written even when absent; lists and maps are not.
  { type: "io.k8s.api.core.v1.LocalObjectReference", object: {}, hex: "0a00" },
  {
    type: "io.k8s.api.core.v1.ExecAction",
    object: { command: ["é", "b"] },
    hex: "0a02c3a90a0162",
  },
  {
    type: "io.k8s.api.core.v1.TCPSocketAction",
    object: { port: "http" },
    hex: "0a0a080110001a04687474701200",
  },
  // A negative integer takes ten bytes.
  {
    type: "io.k8s.api.core.v1.TCPSocketAction",
    object: { port: -1 },
    hex: "0a0f080010ffffffffffffffffff011a001200",
  },
  {
    type: "io.k8s.api.authentication.v1.UserInfo",
    object: { extra: { a: ["b"] } },
    hex: "0a00120022080a016112030a0162",
  },
];

test("values are written as upstream writes them", () => {
  for (const { type, object, hex: expected } of bytes) {
    assert.equal(hex(encodeProtobuf(shapeOf(type), object)), expected, type);
  }
});

const objects: { type: string; object: object }[] = [
  {
    type: "io.k8s.api.core.v1.Pod",
    object: {
      metadata: {
        name: "a",
        creationTimestamp: "2024-01-02T03:04:05Z",
        annotations: { a: "é", b: "" },
        managedFields: [{ manager: "m", fieldsV1: { "f:a": {} } }],
      },
      spec: {
        volumes: [{ name: "v", emptyDir: { sizeLimit: "1Gi" } }],
        containers: [
          {
            name: "c",
            resources: { limits: { cpu: "100m" } },
            livenessProbe: { httpGet: { port: "http" } },
            terminationMessagePath: "x".repeat(5000),
          },
        ],
        terminationGracePeriodSeconds: 9223372036854775807n,
        tolerations: [{ tolerationSeconds: -5 }],
        automountServiceAccountToken: false,
      },
      status: {},
    },
  },
  { type: "io.k8s.api.core.v1.Secret", object: { metadata: {}, data: { a: "AAEC/w==", b: "" } } },
  {
    type: "io.k8s.api.coordination.v1.Lease",
    object: { metadata: {}, spec: { renewTime: "2024-01-02T03:04:05.000678Z" } },
  },
  {
    type: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
    object: {
      default: { a: [1, null] },
      maximum: 1.5,
      items: [{ type: "a" }, { type: "b" }],
      additionalProperties: { type: "c" },
      dependencies: { x: ["a", "b"], y: { type: "d" } },
      additionalItems: false,
      enum: [1, "a"],
    },
  },
];

test("an object comes back from protobuf as it was", () => {
  for (const { type, object } of objects) {
    const shape = shapeOf(type);
    const canonical = decode(shape, object).object;
    const back = decodeProtobuf(shape, encodeProtobuf(shape, canonical));
    assert.equal(encode(shape, back), encode(shape, canonical));
  }
});

test("the envelope carries apiVersion and kind, and nothing else is one", () => {
  const sent = protobufObject(pod, podType, { metadata: { name: "a" } });
  const envelope = readEnvelope(sent);
  assert.deepEqual([envelope.apiVersion, envelope.kind, envelope.contentType], ["v1", "Pod", ""]);
  assert.deepEqual(objectFromProtobuf(pod, envelope), {
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name: "a" },
    spec: { containers: [] },
    status: {},
  });
  const bad: readonly (readonly [string, RegExp])[] = [
    ["", /^empty data$/],
    [
      "7b7d",
      /^provided data does not appear to be a protobuf message, expected prefix \[107 56 115 0\]$/,
    ],
    ["6b387300", /^empty body$/],
    ["6b387300ffff", /^unexpected EOF$/],
    ["6b3873000a05", /^unexpected EOF$/],
    ["6b3873000800", /^proto: wrong wireType = 0$/],
    ["6b387300ffffffffffffffffffff01", /^proto: integer overflow$/],
    ["6b38730000", /^proto: illegal tag 0/],
  ];
  for (const [text, message] of bad) {
    assert.throws(() => readEnvelope(Buffer.from(text, "hex")), { name: "DecodeError", message });
  }
});

test("a list in pieces is the list in one", () => {
  const list = shapeOf("io.k8s.api.core.v1.PodList");
  const names = ["a", "b", "c"];
  const items = names.map((name) => protobufListItem(pod, { metadata: { name } }));
  const meta = encodeProtobuf(shapeOf("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"), {
    resourceVersion: "5",
  });
  const type = { apiVersion: "v1", kind: "PodList" };
  const whole = protobufObject(list, type, {
    metadata: { resourceVersion: "5" },
    items: names.map((name) => ({ metadata: { name } })),
  });
  const { head, tail } = protobufList(type, meta, items);
  assert.equal(hex(Buffer.concat([head, ...items, tail])), hex(whole));
});

test("a watch frame holds its length, the event and the object's envelope", () => {
  const object = protobufObject(pod, podType, {});
  const frame = protobufWatchFrame("ADDED", object);
  assert.equal(new DataView(frame.buffer).getUint32(0), frame.length - 4);
  const event = readWatchEvent(frame.subarray(4));
  assert.equal(event.type, "ADDED");
  assert.equal(hex(event.object), hex(object));
});

test("damaged bytes give an object or a DecodeError, never anything else", () => {
  const whole = encodeProtobuf(pod, decode(pod, objects[0]!.object).object);
  const damage = fc.array(
    fc.record({ at: fc.nat(whole.length - 1), byte: fc.integer({ min: 0, max: 255 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(damage, fc.nat(whole.length), (changes, length) => {
      const bytes = whole.slice(0, length);
      for (const { at, byte } of changes) if (at < length) bytes[at] = byte;
      try {
        decodeProtobuf(pod, bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("messages nested without end are refused", () => {
  const schema = shapeOf(
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
  );
  const depth = 10_000;
  const sizeOf = (length: number) => (length < 128 ? 1 : length < 16_384 ? 2 : 3);
  const lengths = [0];
  for (let at = 1; at < depth; at++) lengths.push(2 + sizeOf(lengths[at - 1]!) + lengths[at - 1]!);
  // Field 28 is `not`, a schema: its tag is 0xe2 0x01.
  const message = lengths.toReversed().flatMap((length) => [0xe2, 1, ...varint(length)]);
  assert.throws(() => decodeProtobuf(schema, Uint8Array.from(message)), { name: "DecodeError" });
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
