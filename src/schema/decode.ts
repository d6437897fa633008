// From parsed JSON to an object of a built-in type: known fields only, in upstream's order, every
// value in its canonical form. What comes out equals what upstream would give back: empty values
// that Go omits are dropped, and fields that Go always writes are there (`status: {}`,
// `restartCount: 0`, `containers: []`).
//
// Each shape is compiled once to closures. They only note that something is wrong; a second, slower
// visit in the order of the document then tells what, as upstream would.

import { DecodeError, goTypeOf, isObject, Place } from "./decode-place.ts";
import { type Decoder, scalarDecoders } from "./decode-scalars.ts";
import { noteGiven, noteOmitted } from "./given-empty.ts";
import type { Field, ListShape, MapShape, ObjectShape, ScalarShape, Shape } from "./shape.ts";

export type DecodeOptions = {
  /** Collect unknown fields. */
  readonly strict?: boolean;
  /** The document was read with OddNumbers (see scan.ts). */
  readonly exact?: boolean;
  /** A caller wrote it as text, where an empty list is another thing than none. */
  readonly written?: boolean;
  /** A patch made it: an empty list that rules may ask for is one, but its owner was told already. */
  readonly patched?: boolean;
};

export type Decoded = {
  /**
   * A private copy, but for raw values (RawExtension, FieldsV1, JSON), which are shared with the
   * input.
   */
  readonly object: Record<string, unknown>;
  /** Paths of unknown fields in the order of the document: `spec.containers[0].foo`. */
  readonly unknown: readonly string[];
};

/**
 * Null is an empty object. Throws a DecodeError, worded as upstream's, when a value has a wrong
 * type or form.
 */
export function decode(shape: ObjectShape, value: unknown, options: DecodeOptions = {}): Decoded {
  const { strict = false, exact = false } = options;
  const decoder = decoderOf(shape);
  const input = value ?? {};
  const place = new Place({ strict, exact, inOrder: false });
  place.notesGiven = options.written === true;
  place.notesOmitted = place.notesGiven || options.patched === true;
  let object: unknown;
  try {
    object = decoder(input, place);
    if (!place.trouble) return { object: object as Record<string, unknown>, unknown: [] };
  } catch (error) {
    if (error instanceof RangeError) throw new DecodeError("exceeded max depth");
    if (!(error instanceof DecodeError)) throw error;
  }
  const second = new Place({ strict, exact, inOrder: true });
  decoder(input, second);
  if (second.error !== undefined) throw new DecodeError(second.error);
  return { object: object as Record<string, unknown>, unknown: [...second.unknown] };
}

const decoders = new WeakMap<Shape, Decoder>();

/** The compiled decoder of a shape; its parts are compiled when first needed. */
function decoderOf(shape: Shape): Decoder {
  const known = decoders.get(shape);
  if (known) return known;
  const decoder = compile(shape);
  decoders.set(shape, decoder);
  return decoder;
}

function compile(shape: Shape): Decoder {
  switch (shape.kind) {
    case "object":
      return objectDecoder(shape);
    case "map":
      return mapDecoder(shape);
    case "list":
      return listDecoder(shape);
    case "scalar":
      return scalarDecoder(shape);
  }
}

type Slot = {
  readonly name: string;
  readonly field: Field;
  decode: Decoder | undefined;
  /** Whether a decoded value is the zero that Go omits; undefined where every value stays. */
  isEmpty: ((value: unknown, place: Place) => boolean) | undefined;
  /** The value of a field that is always there; undefined where none is made. */
  fill: ((place: Place) => unknown) | undefined;
  /** A list or map that is always written, so that an empty one is kept apart from none. */
  isKept: boolean;
};

function objectDecoder(shape: ObjectShape): Decoder {
  const slots = [...shape.fields.values()].map(
    (field): Slot => ({
      name: field.name,
      field,
      decode: undefined,
      isEmpty: undefined,
      fill: undefined,
      isKept: false,
    }),
  );
  const byName = new Map(slots.map((slot) => [slot.name, slot]));
  const goType = goTypeOf(shape);
  return (value, place) => {
    if (!isObject(value)) return place.wrong(value, goType);
    const outer = place.shape;
    place.shape = shape;
    const result = place.inOrder ? visit(byName, value, place) : build(slots, value, place);
    place.shape = outer;
    return result;
  };
}

function build(slots: readonly Slot[], input: Record<string, unknown>, place: Place): unknown {
  const object: Record<string, unknown> = {};
  let seen = 0;
  for (const slot of slots) {
    const value = input[slot.name];
    if (slot.decode === undefined) prepare(slot);
    if (value === undefined || value === null) {
      if (value === null) seen++;
      if (slot.fill !== undefined) object[slot.name] = slot.fill(place);
      continue;
    }
    seen++;
    place.enter(slot);
    const decoded = slot.decode!(value, place);
    place.leave();
    if (decoded === undefined || slot.isEmpty?.(decoded, place)) {
      if (slot.fill !== undefined) object[slot.name] = slot.fill(place);
      else if (place.notesOmitted && typeof decoded === "object") noteOmitted(object, slot.name);
    } else {
      object[slot.name] = decoded;
      if (slot.isKept && place.notesGiven) noteGiven(decoded as object);
    }
  }
  if (place.strict && countOf(input) !== seen) place.trouble = true;
  return object;
}

/** Looks for errors only, in the order of the document. */
function visit(
  slots: ReadonlyMap<string, Slot>,
  input: Record<string, unknown>,
  place: Place,
): unknown {
  for (const name of Object.keys(input)) {
    const value = input[name];
    if (value === undefined) continue;
    const slot = slots.get(name);
    if (slot === undefined) {
      if (place.strict) place.unknownField(name);
      continue;
    }
    if (value === null) continue;
    if (slot.decode === undefined) prepare(slot);
    place.enter(slot);
    slot.decode!(value, place);
    place.leave();
  }
  return {};
}

function countOf(input: Record<string, unknown>): number {
  let count = 0;
  for (const key in input) if (input[key] !== undefined) count++;
  return count;
}

function prepare(slot: Slot): void {
  const { field } = slot;
  const shape = field.shape();
  const decode = decoderOf(shape);
  slot.decode = decode;
  if (field.pointer) return;
  if (field.always) {
    slot.fill = fillOf(shape);
    slot.isKept = shape.kind === "list" || shape.kind === "map";
  } else slot.isEmpty = emptinessOf(shape);
}

/**
 * What stands for an absent value that is always written; undefined where only the encoder knows it
 * (null).
 */
function fillOf(shape: Shape): ((place: Place) => unknown) | undefined {
  if (shape.kind === "object") {
    const decode = decoderOf(shape);
    return (place) => (place.inOrder ? undefined : decode({}, place));
  }
  if (shape.kind === "list") return () => [];
  if (shape.kind === "map") return () => ({});
  const zero = zeroOf(shape);
  return zero === undefined ? undefined : () => zero;
}

/** Go's zero value of a scalar as it is written; undefined where that is null. */
export function zeroOf(shape: ScalarShape): unknown {
  switch (shape.type) {
    case "string":
      return "";
    case "bool":
    case "schemaOrBool":
      return false;
    case "quantity":
      return "0";
    case "duration":
      return "0s";
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "float":
    case "double":
    case "intOrString":
      return 0;
    default:
      return undefined;
  }
}

function emptinessOf(shape: Shape): Slot["isEmpty"] {
  switch (shape.kind) {
    case "list":
      return (value) => (value as readonly unknown[]).length === 0;
    case "map":
      // To look into a large map costs as much as to copy it.
      return (_, place) => place.mapSize === 0;
    case "object":
      return undefined;
    case "scalar": {
      if (shape.type === "quantity" || shape.type === "intOrString") return undefined;
      if (shape.type === "bytes") return (value) => value === "";
      const zero = zeroOf(shape);
      return zero === undefined ? undefined : (value) => value === zero;
    }
  }
}

function mapDecoder(shape: MapShape): Decoder {
  const goType = goTypeOf(shape);
  let decodeValue: Decoder | undefined;
  let fill: ((place: Place) => unknown) | undefined;
  let zero: unknown;
  return (value, place) => {
    if (!isObject(value)) return place.wrong(value, goType);
    if (decodeValue === undefined) {
      decodeValue = decoderOf(shape.value());
      const inner = shape.value();
      zero = inner.kind === "scalar" ? zeroInMap(inner) : undefined;
      if (inner.kind === "object") fill = fillOf(inner);
    }
    const map: Record<string, unknown> = {};
    const keys = sortedKeys(value);
    let size = 0;
    for (const key of keys) {
      const item = value[key];
      if (item === undefined) continue;
      place.enter(key);
      const decoded = item === null ? (fill?.(place) ?? zero) : decodeValue(item, place);
      place.leave();
      size++;
      if (key === "__proto__") define(map, key, decoded ?? null);
      else map[key] = decoded ?? null;
    }
    place.mapSize = size;
    return map;
  };
}

/** Bytes that are null are stored as none, and read as such. */
const zeroInMap = (shape: ScalarShape): unknown => (shape.type === "bytes" ? "" : zeroOf(shape));

/** Messages that show a map show it as Go does, by key. */
function sortedKeys(map: Record<string, unknown>): readonly string[] {
  const keys = Object.keys(map);
  for (let at = 1; at < keys.length; at++) if (keys[at - 1]! > keys[at]!) return keys.sort();
  return keys;
}

/** As an own property, where an assignment would change the prototype. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function listDecoder(shape: ListShape): Decoder {
  const goType = goTypeOf(shape);
  let decodeItem: Decoder | undefined;
  let fill: ((place: Place) => unknown) | undefined;
  return (value, place) => {
    if (!Array.isArray(value)) return place.wrong(value, goType);
    if (decodeItem === undefined) {
      const item = shape.item();
      decodeItem = decoderOf(item);
      fill = fillOf(item);
    }
    // A copy is of the right size; one that grows by `push` keeps room for sixteen more.
    const list: unknown[] = value.slice();
    for (let at = 0; at < list.length; at++) {
      const item = list[at];
      place.enter(at);
      const decoded = item === null || item === undefined ? undefined : decodeItem(item, place);
      place.leave();
      list[at] = decoded ?? fill?.(place) ?? null;
    }
    return list;
  };
}

function scalarDecoder(shape: ScalarShape): Decoder {
  switch (shape.type) {
    case "schemaOrArray":
    case "schemaOrBool":
    case "schemaOrStrings":
      return schemaDecoder(shape.type, shape.schema!);
    default:
      return scalarDecoders[shape.type];
  }
}

/**
 * JSONSchemaProps or what stands in its place; upstream reads these parts without looking for
 * unknown fields.
 */
function schemaDecoder(type: ScalarShape["type"], schema: () => ObjectShape): Decoder {
  return (value, place) => {
    const decodeInner = (part: unknown): unknown => {
      const { exact } = place;
      const inner = new Place({ strict: false, exact, inOrder: false, parent: place });
      const decoded = decoderOf(schema())(part, inner);
      if (!inner.trouble) return decoded;
      const second = new Place({ strict: false, exact, inOrder: true, parent: place });
      decoderOf(schema())(part, second);
      throw new DecodeError(second.error ?? "json: cannot unmarshal a schema");
    };
    if (type === "schemaOrBool" && typeof value === "boolean") return value;
    if (Array.isArray(value) && type === "schemaOrArray") return value.map(decodeInner);
    if (Array.isArray(value) && type === "schemaOrStrings") {
      return value.map((item) => (typeof item === "string" ? item : place.fail(item, "string")));
    }
    if (isObject(value)) return decodeInner(value);
    if (type === "schemaOrBool") throw new DecodeError("boolean or JSON schema expected");
    return undefined;
  };
}
