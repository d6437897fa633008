// From an object in its JSON form to protobuf, byte for byte as upstream writes it: fields in the
// order of their numbers, fields that are no pointers always written, maps in the order of their
// keys. Compiled once for each shape.

import { durationNanos } from "./decode-duration.ts";
import { timeParts } from "./decode-time.ts";
import { jsonText } from "./encode.ts";
import { WireWriter, wire } from "./protobuf-wire.ts";
import type { Field, MapShape, ObjectShape, ScalarShape, Shape } from "./shape.ts";

/** The message alone, without the envelope. apiVersion and kind are not part of it. */
export function encodeProtobuf(shape: ObjectShape, object: unknown): Uint8Array {
  const writer = spare ?? new WireWriter(4096);
  spare = undefined;
  objectWriter(shape)(writer, object);
  const { written } = writer;
  const bytes = writer.take();
  if (written <= spareMax) spare = writer;
  return bytes;
}

/** One writer is kept, unless a large object made it large. */
let spare: WireWriter | undefined;
const spareMax = 1 << 18;

/** Writes a value without tag; a message without its length. */
type Write = (writer: WireWriter, value: unknown) => void;

const objectWriters = new WeakMap<ObjectShape, Write>();

function objectWriter(shape: ObjectShape): Write {
  const known = objectWriters.get(shape);
  if (known) return known;
  const write = compileMessage([...shape.fields.values()], 0);
  objectWriters.set(shape, write);
  return write;
}

type Part = { readonly number: number; readonly write: Write };

/** `depth`: how many numbers of `inlined` belong to the messages around this one. */
function compileMessage(fields: readonly Field[], depth: number): Write {
  const parts: Part[] = [];
  const inner = new Map<number, Field[]>();
  for (const field of fields) {
    const around = field.inlined?.[depth];
    if (around !== undefined) inner.set(around, [...(inner.get(around) ?? []), field]);
    else if (field.number > 0) parts.push({ number: field.number, write: fieldWriter(field) });
  }
  for (const [number, inlined] of inner) {
    const message = compileMessage(inlined, depth + 1);
    parts.push({ number, write: (writer, object) => tagged(writer, number, message, object) });
  }
  parts.sort((a, b) => b.number - a.number);
  const writes = parts.map(({ write }) => write);
  return (writer, object) => {
    for (const write of writes) write(writer, object);
  };
}

/** A message behind its length and tag. */
function tagged(writer: WireWriter, number: number, message: Write, value: unknown): void {
  const before = writer.written;
  message(writer, value);
  writer.lengthSince(before);
  writer.tag(number, wire.bytes);
}

/**
 * Writes the field of an object, tag included; compiled when first used, because types refer to
 * themselves.
 */
function fieldWriter(field: Field): Write {
  const { name } = field;
  let write: Write | undefined;
  return (writer, object) => {
    write ??= valueWriter(field);
    const value = (object as Record<string, unknown>)[name];
    write(writer, value === null ? undefined : value);
  };
}

function valueWriter(field: Field): Write {
  const { number, pointer } = field;
  const shape = field.shape();
  if (shape.kind === "list" && !shape.wrapped) {
    const item = itemWriter(shape.item(), number);
    return (writer, value) => {
      if (value === undefined) return;
      const list = value as readonly unknown[];
      for (let at = list.length - 1; at >= 0; at--) item(writer, list[at]);
    };
  }
  if (shape.kind === "map") return mapWriter(shape, number);
  const write = itemWriter(shape, number);
  const optional =
    pointer || shape.kind === "list" || (shape.kind === "scalar" && shape.type === "bytes");
  if (!optional) return write;
  return (writer, value) => {
    if (value !== undefined) write(writer, value);
  };
}

/** One value with its tag; undefined stands for Go's zero value. */
function itemWriter(shape: Shape, number: number): Write {
  switch (shape.kind) {
    case "object": {
      const message = objectWriter(shape);
      return (writer, value) => tagged(writer, number, message, value ?? {});
    }
    case "list": {
      const item = itemWriter(shape.item(), 1);
      const message: Write = (writer, value) => {
        const list = (value ?? []) as readonly unknown[];
        for (let at = list.length - 1; at >= 0; at--) item(writer, list[at]);
      };
      return (writer, value) => tagged(writer, number, message, value);
    }
    case "map":
      throw new Error("a map stands in a field of its own");
    case "scalar": {
      const { write, wireType } = scalarWriter(shape);
      return (writer, value) => {
        write(writer, value === null ? undefined : value);
        writer.tag(number, wireType);
      };
    }
  }
}

const utf8 = new TextEncoder();

function mapWriter(shape: MapShape, number: number): Write {
  let item: Write | undefined;
  return (writer, value) => {
    if (value === undefined) return;
    item ??= itemWriter(shape.value(), 2);
    const map = value as Record<string, unknown>;
    const keys = Object.keys(map);
    if (keys.length > 1) keys.sort(compareBytes);
    for (let at = keys.length - 1; at >= 0; at--) {
      const key = keys[at]!;
      const before = writer.written;
      item(writer, map[key]);
      writer.string(key);
      writer.tag(1, wire.bytes);
      writer.lengthSince(before);
      writer.tag(number, wire.bytes);
    }
  };
}

function compareBytes(a: string, b: string): number {
  if (/^[\0-\x7f]*$/.test(a) && /^[\0-\x7f]*$/.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  const x = utf8.encode(a);
  const y = utf8.encode(b);
  const at = x.findIndex((byte, index) => byte !== y[index]);
  return at < 0 ? x.length - y.length : x[at]! - (y[at] ?? -1);
}

type ScalarWriter = { readonly wireType: number; readonly write: Write };

const varint = (write: Write): ScalarWriter => ({ wireType: wire.varint, write });
const delimited = (write: Write): ScalarWriter => ({ wireType: wire.bytes, write });
const message = (write: Write): ScalarWriter =>
  delimited((writer, value) => {
    const before = writer.written;
    write(writer, value);
    writer.lengthSince(before);
  });

const integer = varint((writer, value) => writer.varint((value as number | bigint) ?? 0));

function scalarWriter(shape: ScalarShape): ScalarWriter {
  switch (shape.type) {
    case "schemaOrArray":
    case "schemaOrBool":
    case "schemaOrStrings":
      return schemaWriter(shape.type, shape.schema!);
    default:
      return scalarWriters[shape.type];
  }
}

const scalarWriters = {
  string: delimited((writer, value) => writer.string((value as string) ?? "")),
  bool: varint((writer, value) => writer.varint(value === true ? 1 : 0)),
  int32: integer,
  int64: integer,
  uint32: integer,
  uint64: integer,
  float: { wireType: wire.fixed32, write: (writer, value) => writer.float((value as number) ?? 0) },
  double: {
    wireType: wire.fixed64,
    write: (writer, value) => writer.double((value as number) ?? 0),
  },
  number: {
    wireType: wire.fixed64,
    write: (writer, value) => writer.double((value as number) ?? 0),
  },
  bytes: delimited((writer, value) => writer.bytes(fromBase64((value as string) ?? ""))),
  quantity: message((writer, value) => {
    writer.string((value as string) ?? "0");
    writer.tag(1, wire.bytes);
  }),
  time: message((writer, value) => writeTime(writer, value, false)),
  microTime: message((writer, value) => writeTime(writer, value, true)),
  duration: message((writer, value) => {
    writer.varint(value === undefined ? 0 : durationNanos(value as string));
    writer.tag(1, wire.varint);
  }),
  intOrString: message((writer, value) => {
    const isText = typeof value === "string";
    writer.string(isText ? value : "");
    writer.tag(3, wire.bytes);
    writer.varint(isText ? 0 : ((value as number) ?? 0));
    writer.tag(2, wire.varint);
    writer.varint(isText ? 1 : 0);
    writer.tag(1, wire.varint);
  }),
  fieldsV1: message(writeRaw),
  raw: message(writeRaw),
  any: message(writeRaw),
} satisfies Record<
  Exclude<ScalarShape["type"], "schemaOrArray" | "schemaOrBool" | "schemaOrStrings">,
  ScalarWriter
>;

/** JSON text in field 1 of a message of its own. */
function writeRaw(writer: WireWriter, value: unknown): void {
  if (value === undefined) return;
  writer.string(jsonText(value));
  writer.tag(1, wire.bytes);
}

function writeTime(writer: WireWriter, value: unknown, micro: boolean): void {
  if (value === undefined) return;
  const { seconds, nanos } = timeParts(value as string);
  writer.varint(micro ? nanos - (nanos % 1000) : 0);
  writer.tag(2, wire.varint);
  writer.varint(seconds);
  writer.tag(1, wire.varint);
}

/** JSONSchemaProps in field 1 (2 beside a bool), what may stand in its place in the other one. */
function schemaWriter(type: ScalarShape["type"], schema: () => ObjectShape): ScalarWriter {
  const props: Write = (writer, value) => objectWriter(schema())(writer, value);
  return message((writer, value) => {
    const isProps = typeof value === "object" && value !== null && !Array.isArray(value);
    if (type === "schemaOrBool") {
      if (isProps) tagged(writer, 2, props, value);
      writer.varint(isProps || value === true ? 1 : 0);
      writer.tag(1, wire.varint);
    } else if (isProps) {
      tagged(writer, 1, props, value);
    } else if (Array.isArray(value)) {
      for (const item of value.toReversed()) {
        if (type === "schemaOrArray") tagged(writer, 2, props, item);
        else scalarWriters.string.write(writer, item);
        if (type === "schemaOrStrings") writer.tag(2, wire.bytes);
      }
    }
  });
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
