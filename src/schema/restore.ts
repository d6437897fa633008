// A strategic merge patch is computed on plain maps, which upstream turns into the Go type by rules of its own: whole
// numbers are cut to the bits of the field, and its messages name Go's kinds instead of fields.
//
//   restored(deployment, { spec: { replicas: 4294967297 } })   is   { spec: { replicas: 1 } }
//   restored(deployment, { spec: { replicas: "3" } })          throws "unrecognized type: int32"
import { isObject, setField } from "./clone.ts";
import { DecodeError } from "./decode-place.ts";
import type { ScalarShape, Shape } from "./shape.ts";

/** `value` in the form that `shape` can be decoded from. Throws a DecodeError in upstream's words. */
export function restored(shape: Shape, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  switch (shape.kind) {
    case "scalar":
      return scalar(shape.type, value);
    case "list":
      if (!Array.isArray(value))
        throw new DecodeError(`cannot restore slice from ${kindOf(value)}`);
      return value.map((item) => restored(shape.item(), item));
    case "map":
      if (!isObject(value)) throw new DecodeError(`cannot restore map from ${kindOf(value)}`);
      return mapped(value, () => shape.value());
    case "object":
      if (!isObject(value)) throw new DecodeError(`cannot restore struct from: ${kindOf(value)}`);
      return structured(shape.fields, value);
  }
}

function mapped(
  value: Readonly<Record<string, unknown>>,
  shapeOf: (name: string) => Shape | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name in value) {
    const shape = shapeOf(name);
    setField(result, name, shape === undefined ? value[name] : restored(shape, value[name]));
  }
  return result;
}

/** Field by field in the order of the type: the first that is wrong is told. */
function structured(
  fields: ReadonlyMap<string, { readonly shape: () => Shape }>,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const [name, field] of fields) restored(field.shape(), value[name]);
  return mapped(value, (name) => fields.get(name)?.shape());
}

function scalar(type: ScalarShape["type"], value: unknown): unknown {
  switch (type) {
    case "string":
      if (isWhole(value)) throw new DecodeError("cannot convert int64 to string");
      if (typeof value !== "string") throw new DecodeError("unrecognized type: string");
      return value;
    case "bool":
      if (typeof value !== "boolean") throw new DecodeError("unrecognized type: bool");
      return value;
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
      return cut(type, value);
    case "float":
    case "double":
      if (typeof value !== "number") throw new DecodeError("unrecognized type: float64");
      return value;
    case "bytes":
      if (typeof value !== "string" && !Array.isArray(value))
        throw new DecodeError(`cannot restore slice from ${kindOf(value)}`);
      return value;
    default:
      // Types that read JSON themselves.
      return value;
  }
}

const isWhole = (value: unknown): value is number | bigint =>
  typeof value === "bigint" || Number.isInteger(value);

function cut(type: "int32" | "int64" | "uint32" | "uint64", value: unknown): unknown {
  if (typeof value === "number" && !Number.isInteger(value))
    throw new DecodeError(`cannot convert float64 to ${type}`);
  if (!isWhole(value)) throw new DecodeError(`unrecognized type: ${type}`);
  const bits = type.endsWith("32") ? 32 : 64;
  const whole = type[0] === "u" ? BigInt.asUintN : BigInt.asIntN;
  const rest = whole(bits, BigInt(value));
  return Number.isSafeInteger(Number(rest)) ? Number(rest) : rest;
}

/** Go's name of the kind of a JSON value. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (isWhole(value)) return "int64";
  switch (typeof value) {
    case "object":
      return "map";
    case "boolean":
      return "bool";
    case "number":
      return "float64";
    default:
      return "string";
  }
}

/** What a type that reads JSON itself says: it knows no fields around it. */
export const restoreProblem = (message: string): string =>
  message.startsWith("illegal base64")
    ? `error decoding from json: ${message}`
    : message.replace(/Go struct field \S+ of type/, "Go value of type");
