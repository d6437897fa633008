// From protobuf to an object in its JSON form. A first step reads the message by the numbers of its
// shape; `decode` then brings the values to their canonical form, so that an object is the same
// whichever way it came.

import { decode } from "./decode.ts";
import { durationText } from "./decode-duration.ts";
import { DecodeError } from "./decode-place.ts";
import { timeFromParts } from "./decode-time.ts";
import { WireReader, wire } from "./protobuf-wire.ts";
import { readRawJson } from "./scan.ts";
import type { Field, ListShape, MapShape, ObjectShape, ScalarShape, Shape } from "./shape.ts";

/** `bytes` is the message alone, without the envelope. Throws a DecodeError. */
export function decodeProtobuf(shape: ObjectShape, bytes: Uint8Array): Record<string, unknown> {
  return decode(shape, readMessage(shape, bytes)).object;
}

/** The first step alone, for an envelope that adds apiVersion and kind before the second. */
export function readMessage(shape: ObjectShape, bytes: Uint8Array): Record<string, unknown> {
  try {
    const object: Record<string, unknown> = {};
    readInto(object, tableOf(shape), new WireReader(bytes));
    return object;
  } catch (error) {
    if (error instanceof RangeError) throw new DecodeError("proto: message is nested too deep");
    throw error;
  }
}

type Target = Record<string, unknown>;
/** Reads one field into the object around it. */
type Read = (target: Target, reader: WireReader, wireType: number) => void;
type Table = ReadonlyMap<number, Read>;

const tables = new WeakMap<ObjectShape, Table>();

function tableOf(shape: ObjectShape): Table {
  const known = tables.get(shape);
  if (known) return known;
  const table = compileTable([...shape.fields.values()], 0);
  tables.set(shape, table);
  return table;
}

function compileTable(fields: readonly Field[], depth: number): Table {
  const table = new Map<number, Read>();
  const inner = new Map<number, Field[]>();
  for (const field of fields) {
    const around = field.inlined?.[depth];
    if (around !== undefined) inner.set(around, [...(inner.get(around) ?? []), field]);
    else if (field.number > 0) table.set(field.number, fieldReader(field));
  }
  for (const [number, inlined] of inner) {
    const rows = compileTable(inlined, depth + 1);
    table.set(number, (target, reader, wireType) => {
      expect(wireType, wire.bytes);
      readInto(target, rows, reader.message());
    });
  }
  return table;
}

function readInto(target: Target, table: Table, reader: WireReader): void {
  while (!reader.done) {
    const tag = reader.tag();
    const read = table.get(tag >>> 3);
    if (read) read(target, reader, tag & 7);
    else reader.skip(tag & 7);
  }
}

function expect(wireType: number, expected: number): void {
  if (wireType !== expected) throw new DecodeError(`proto: wrong wireType = ${wireType}`);
}

function fieldReader(field: Field): Read {
  let read: Read | undefined;
  return (target, reader, wireType) => {
    read ??= valueReader(field.name, field.shape());
    read(target, reader, wireType);
  };
}

function valueReader(name: string, shape: Shape): Read {
  switch (shape.kind) {
    case "object": {
      const table = tableOf(shape);
      return (target, reader, wireType) => {
        expect(wireType, wire.bytes);
        target[name] ??= {};
        readInto(target[name] as Target, table, reader.message());
      };
    }
    case "list":
      return shape.wrapped ? wrappedReader(name, shape) : listReader(name, shape);
    case "map":
      return mapReader(name, shape);
    case "scalar": {
      const { wireType: expected, read } = scalarReader(shape);
      return (target, reader, wireType) => {
        expect(wireType, expected);
        target[name] = read(reader);
      };
    }
  }
}

function wrappedReader(name: string, shape: ListShape): Read {
  const item = listReader("items", shape);
  return (target, reader, wireType) => {
    expect(wireType, wire.bytes);
    const wrapper: Target = { items: target[name] ?? [] };
    readInto(wrapper, new Map([[1, item]]), reader.message());
    target[name] = wrapper["items"];
  };
}

function listReader(name: string, shape: ListShape): Read {
  const item = shape.item();
  if (item.kind === "scalar" && scalarReader(item).wireType !== wire.bytes) {
    return numbersReader(name, item);
  }
  const readItem = valueReader("value", item.kind === "list" ? { ...item, wrapped: true } : item);
  return (target, reader, wireType) => {
    const holder: Target = {};
    readItem(holder, reader, wireType);
    listOf(target, name).push(holder["value"] ?? null);
  };
}

/** Numbers stand one by one, or packed together. */
function numbersReader(name: string, item: ScalarShape): Read {
  const { wireType: expected, read } = scalarReader(item);
  return (target, reader, wireType) => {
    const list = listOf(target, name);
    if (wireType === expected) {
      list.push(read(reader));
      return;
    }
    expect(wireType, wire.bytes);
    const packed = reader.message();
    while (!packed.done) list.push(read(packed));
  };
}

function listOf(target: Target, name: string): unknown[] {
  target[name] ??= [];
  return target[name] as unknown[];
}

const entryKey: Read = (target, reader, wireType) => {
  expect(wireType, wire.bytes);
  target["key"] = reader.string();
};

function mapReader(name: string, shape: MapShape): Read {
  let table: Table | undefined;
  return (target, reader, wireType) => {
    expect(wireType, wire.bytes);
    table ??= new Map([
      [1, entryKey],
      [2, valueReader("value", shape.value())],
    ]);
    const entry: Target = {};
    readInto(entry, table, reader.message());
    target[name] ??= {};
    Object.defineProperty(target[name] as Target, (entry["key"] as string | undefined) ?? "", {
      value: entry["value"] ?? null,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  };
}

type ScalarReader = { readonly wireType: number; readonly read: (reader: WireReader) => unknown };

const varint = (read: ScalarReader["read"]): ScalarReader => ({ wireType: wire.varint, read });
const delimited = (read: ScalarReader["read"]): ScalarReader => ({ wireType: wire.bytes, read });

/** A small message of its own: its fields by number, read by `rows`, made one value by `make`. */
function message(
  rows: Readonly<Record<number, (reader: WireReader) => unknown>>,
  make: (fields: Record<number, unknown>) => unknown,
): ScalarReader {
  return delimited((outer) => {
    const reader = outer.message();
    const fields: Record<number, unknown> = {};
    while (!reader.done) {
      const tag = reader.tag();
      const [number, type] = [tag >>> 3, tag & 7];
      const row = rows[number];
      if (row) fields[number] = row(reader);
      else reader.skip(type);
    }
    return make(fields);
  });
}

const asString = (reader: WireReader): unknown => reader.string();
const asInt = (reader: WireReader): unknown => reader.int64();

function scalarReader(shape: ScalarShape): ScalarReader {
  switch (shape.type) {
    case "schemaOrArray":
    case "schemaOrBool":
    case "schemaOrStrings":
      return schemaReader(shape.type, shape.schema!);
    default:
      return scalarReaders[shape.type];
  }
}

const raw = message({ 1: asString }, ({ 1: text }) =>
  text === undefined || text === "" ? undefined : parseRaw(text as string),
);

const scalarReaders = {
  string: delimited(asString),
  bool: varint((reader) => reader.int64() !== 0),
  int32: varint((reader) => reader.int32()),
  int64: varint(asInt),
  uint32: varint((reader) => reader.int32() >>> 0),
  uint64: varint((reader) => reader.uint64()),
  float: { wireType: wire.fixed32, read: (reader) => reader.float() },
  double: { wireType: wire.fixed64, read: (reader) => reader.double() },
  number: { wireType: wire.fixed64, read: (reader) => reader.double() },
  bytes: delimited((reader) => toBase64(reader.bytes())),
  quantity: message({ 1: asString }, ({ 1: text = "0" }) => text),
  time: message({ 1: asInt, 2: asInt }, (fields) => timeOf(fields, false)),
  microTime: message({ 1: asInt, 2: asInt }, (fields) => timeOf(fields, true)),
  duration: message({ 1: asInt }, ({ 1: nanos = 0 }) => durationText(BigInt(nanos as number))),
  intOrString: message({ 1: asInt, 2: (reader) => reader.int32(), 3: asString }, (fields) =>
    fields[1] === 1 ? (fields[3] ?? "") : (fields[2] ?? 0),
  ),
  fieldsV1: raw,
  raw,
  any: raw,
} satisfies Record<
  Exclude<ScalarShape["type"], "schemaOrArray" | "schemaOrBool" | "schemaOrStrings">,
  ScalarReader
>;

function timeOf({ 1: seconds, 2: nanos = 0 }: Record<number, unknown>, micro: boolean): unknown {
  if (seconds === undefined && nanos === 0) return undefined;
  return timeFromParts(Number(seconds ?? 0), Number(nanos), micro);
}

function parseRaw(text: string): unknown {
  try {
    return readRawJson(text);
  } catch {
    throw new DecodeError("proto: a raw value is not JSON");
  }
}

function schemaReader(type: ScalarShape["type"], schema: () => ObjectShape): ScalarReader {
  const props = (reader: WireReader): unknown => {
    const object: Target = {};
    readInto(object, tableOf(schema()), reader.message());
    return object;
  };
  if (type === "schemaOrBool") {
    return message({ 1: asInt, 2: props }, (fields) => fields[2] ?? fields[1] === 1);
  }
  return delimited((outer) => {
    const reader = outer.message();
    const list: unknown[] = [];
    let single: unknown;
    while (!reader.done) {
      const tag = reader.tag();
      const [number, wireType] = [tag >>> 3, tag & 7];
      if (number === 1) single = props(reader);
      else if (number !== 2) reader.skip(wireType);
      else list.push(type === "schemaOrArray" ? props(reader) : reader.string());
    }
    return list.length > 0 ? list : single;
  });
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}
