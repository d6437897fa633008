// The values of CEL: int is bigint, double is number, maps keep their keys' types.

import { compareQuantities, type Quantity } from "../quantity.ts";
import { CelError } from "./error.ts";

export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | QuantityValue
  | Optional
  | TypeName
  | readonly CelValue[]
  | CelMap;

export type CelMap = ReadonlyMap<CelValue, CelValue>;

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    if (value < 0n || value >= 2n ** 64n) throw new CelError("unsigned integer overflow");
    this.value = value;
  }
}

/** Milliseconds since 1970. */
export class Timestamp {
  readonly ms: number;
  constructor(ms: number) {
    if (Number.isNaN(ms)) throw new CelError("timestamp conversion error");
    this.ms = ms;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class QuantityValue {
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
}

export class Optional {
  readonly value: CelValue | undefined;
  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

export class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export const isMap = (value: unknown): value is CelMap => value instanceof Map;
export const isList = (value: unknown): value is readonly CelValue[] => Array.isArray(value);

export function typeOf(value: CelValue): string {
  if (value === null) return "null_type";
  if (isList(value)) return "list";
  if (isMap(value)) return "map";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Uint) return "uint";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof QuantityValue) return "kubernetes.Quantity";
  if (value instanceof Optional) return "optional_type";
  if (value instanceof TypeName) return "type";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    default:
      return "string";
  }
}

/** A number that can be compared with one of another type. */
function numeric(value: CelValue): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

export function equals(a: CelValue, b: CelValue): boolean {
  const [x, y] = [numeric(a), numeric(b)];
  // Loosely, so that an int equals a double of the same value.
  // biome-ignore lint/suspicious/noDoubleEquals: bigint and number are one kind of number here
  if (x !== undefined && y !== undefined) return x == y;
  if (a === b) return true;
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((item, at) => equals(item, b[at]!));
  if (isMap(a) && isMap(b))
    return a.size === b.size && [...a].every(([key, v]) => b.has(key) && equals(v, b.get(key)!));
  if (a instanceof Timestamp && b instanceof Timestamp) return a.ms === b.ms;
  if (a instanceof Duration && b instanceof Duration) return a.nanos === b.nanos;
  if (a instanceof TypeName && b instanceof TypeName) return a.name === b.name;
  if (a instanceof QuantityValue && b instanceof QuantityValue)
    return compareQuantities(a.quantity, b.quantity) === 0;
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  if (a instanceof Optional && b instanceof Optional) {
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equals(a.value, b.value);
  }
  return false;
}

/** Negative, zero or positive. Throws a CelError for values without an order. */
export function compare(a: CelValue, b: CelValue): number {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return byLetters(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.ms - b.ms;
  if (a instanceof Duration && b instanceof Duration)
    return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  if (a instanceof QuantityValue && b instanceof QuantityValue)
    return compareQuantities(a.quantity, b.quantity);
  throw new CelError("no such overload");
}

function byLetters(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let at = 0; at < Math.min(x.length, y.length); at++) {
    const difference = x[at]!.codePointAt(0)! - y[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** Throws a CelError for what does not fit into 64 bits. */
export function int(value: bigint): bigint {
  if (value >= -(2n ** 63n) && value < 2n ** 63n) return value;
  throw new CelError("integer overflow");
}
