// From an object of a built-in type to JSON text as upstream writes it: fields in the order of the
// Go struct, empty values left out where Go's tag says so, and written where it does not
// (`"status":{}`, `"rules":null`). Fields that the shape does not know are not written. Each shape
// is compiled once to closures.

import { zeroOf } from "./decode.ts";
import { sharedText } from "./managed-fields/shared-set.ts";
import type { Field, ObjectShape, ScalarShape, Shape } from "./shape.ts";

type Encoder = (value: unknown) => string;

export function encode(shape: ObjectShape, object: unknown): string {
  return encoderOf(shape)(object);
}

/** JSON text of any value, bigints included, which `JSON.stringify` refuses. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "bigint" ? rawJson(String(inner)) : inner,
    );
  }
}

/** Standard, but not yet in the compiler's library. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

const encoders = new WeakMap<Shape, Encoder>();

function encoderOf(shape: Shape): Encoder {
  const known = encoders.get(shape);
  if (known) return known;
  const encoder = compile(shape);
  encoders.set(shape, encoder);
  return encoder;
}

function compile(shape: Shape): Encoder {
  switch (shape.kind) {
    case "object":
      return objectEncoder(shape);
    case "map": {
      const encodeValue = lazily(() => encoderOf(shape.value()));
      return (value) => mapText(value as Record<string, unknown>, encodeValue);
    }
    case "list": {
      const encodeItem = lazily(() => encoderOf(shape.item()));
      return (value) => listText(value as readonly unknown[], encodeItem);
    }
    case "scalar":
      return scalarEncoder(shape);
  }
}

const lazily = (make: () => Encoder): Encoder => {
  let encoder: Encoder | undefined;
  return (value) => {
    encoder ??= make();
    return encoder(value);
  };
};

type Slot = {
  readonly field: Field;
  readonly name: string;
  /** `"name":` and the same after a comma. */
  readonly first: string;
  readonly next: string;
  encode: Encoder | undefined;
  isEmpty: ((value: unknown) => boolean) | undefined;
  /** Text of an absent value; undefined where the field is then left out. */
  absent: string | undefined;
};

function objectEncoder(shape: ObjectShape): Encoder {
  const slots = [...shape.fields.values()].map(
    (field): Slot => ({
      field,
      name: field.name,
      first: `{${JSON.stringify(field.name)}:`,
      next: `,${JSON.stringify(field.name)}:`,
      encode: undefined,
      isEmpty: undefined,
      absent: undefined,
    }),
  );
  const isList = isListKind(shape);
  return (value) => {
    const object = value as Record<string, unknown>;
    let text = "";
    for (const slot of slots) {
      if (slot.encode === undefined) prepare(slot, isList);
      const inner = object[slot.name];
      let part: string | undefined;
      if (inner === undefined || inner === null || slot.isEmpty?.(inner)) part = slot.absent;
      else part = slot.encode!(inner);
      if (part !== undefined) text += (text === "" ? slot.first : slot.next) + part;
    }
    return text === "" ? "{}" : `${text}}`;
  };
}

function prepare(slot: Slot, isList: boolean): void {
  const { field } = slot;
  const shape = field.shape();
  const inner = encoderOf(shape);
  slot.encode = inner;
  if (field.pointer) {
    slot.absent = field.always ? "null" : undefined;
    return;
  }
  if (field.always) {
    slot.absent = absentText(shape, isList && field.name === "items");
    if (shape.kind === "list" || shape.kind === "map") slot.isEmpty = isEmptyCollection;
    return;
  }
  if (shape.kind === "list" || shape.kind === "map") slot.isEmpty = isEmptyCollection;
  else if (shape.kind === "scalar") slot.isEmpty = emptyScalar(shape);
}

function absentText(shape: Shape, isItems: boolean): string {
  switch (shape.kind) {
    case "object":
      return encoderOf(shape)({});
    case "list":
      return isItems ? "[]" : "null";
    case "map":
      return "null";
    case "scalar": {
      const zero = zeroOf(shape);
      return zero === undefined ? "null" : JSON.stringify(zero);
    }
  }
}

/** A list of objects, whose `items` are never null. */
const isListKind = (shape: ObjectShape): boolean => {
  const meta = shape.fields.get("metadata")?.shape();
  return shape.fields.has("items") && meta?.kind === "object" && meta.name.endsWith(".ListMeta");
};

function isEmptyCollection(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

function emptyScalar(shape: ScalarShape): ((value: unknown) => boolean) | undefined {
  if (shape.type === "quantity" || shape.type === "intOrString") return undefined;
  const zero = shape.type === "bytes" ? "" : zeroOf(shape);
  return zero === undefined ? undefined : (value) => value === zero;
}

/** Keys in the order of their bytes, as Go writes maps. */
function mapText(map: Record<string, unknown>, encodeValue: Encoder): string {
  const keys = Object.keys(map);
  if (keys.length > 1) keys.sort(byBytes);
  let text = "";
  for (const key of keys) {
    const value = map[key];
    if (value === undefined) continue;
    text += `${text === "" ? "{" : ","}${stringText(key)}:`;
    text += value === null ? "null" : encodeValue(value);
  }
  return text === "" ? "{}" : `${text}}`;
}

/**
 * UTF-16 order differs from that of bytes only where surrogates meet the end of the basic plane.
 */
function byBytes(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x === y) continue;
    const wideX = x >= 0xd800 && x <= 0xdfff;
    const wideY = y >= 0xd800 && y <= 0xdfff;
    return wideX === wideY ? x - y : wideX ? 1 : -1;
  }
  return a.length - b.length;
}

function listText(list: readonly unknown[], encodeItem: Encoder): string {
  let text = "";
  for (const item of list) {
    const part = item === undefined || item === null ? "null" : encodeItem(item);
    text += text === "" ? `[${part}` : `,${part}`;
  }
  return text === "" ? "[]" : `${text}]`;
}

const needsEscape = /["\\\u0000-\u001f\ud800-\udfff\u2028\u2029]/;

/** Strings without anything to escape are most; asking first is quicker than `JSON.stringify`. */
const stringText: Encoder = (value) =>
  needsEscape.test(value as string) ? JSON.stringify(value) : `"${value as string}"`;

const plainText: Encoder = (value) => (typeof value === "string" ? stringText(value) : `${value}`);

function scalarEncoder(shape: ScalarShape): Encoder {
  switch (shape.type) {
    case "string":
    case "time":
    case "microTime":
    case "duration":
    case "quantity":
    case "bytes":
      return stringText;
    case "bool":
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "intOrString":
      return plainText;
    case "schemaOrArray":
    case "schemaOrBool":
    case "schemaOrStrings":
      return schemaEncoder(shape.schema!);
    case "fieldsV1":
      return (value) => sharedText(value) ?? jsonText(value);
    default:
      return jsonText;
  }
}

function schemaEncoder(schema: () => ObjectShape): Encoder {
  return (value) => {
    if (Array.isArray(value)) {
      return listText(value, (item) =>
        typeof item === "string" ? stringText(item) : encoderOf(schema())(item),
      );
    }
    return typeof value === "object" ? encoderOf(schema())(value) : JSON.stringify(value);
  };
}
