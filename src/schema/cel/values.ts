// The values of CEL: int is bigint, double is number, maps keep their keys' types.
import type { Address, Cidr } from "../ip.ts";
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
  | Opaque
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

const minSeconds = -62_135_596_800n;
const maxSeconds = 253_402_300_799n;
const nanosPerSecond = 1_000_000_000n;

/** A point in time, from the year 1 to 9999. */
export class Timestamp {
  /** Since 1970. */
  readonly nanos: bigint;

  constructor(ms: number) {
    if (Number.isNaN(ms)) throw new CelError("timestamp conversion error");
    this.nanos = BigInt(Math.round(ms * 1e3)) * 1000n;
  }

  static of(nanos: bigint): Timestamp {
    const seconds = floorDivision(nanos, nanosPerSecond);
    if (seconds < minSeconds || seconds > maxSeconds) throw new CelError("timestamp overflow");
    return Object.assign(Object.create(Timestamp.prototype), { nanos }) as Timestamp;
  }

  /** Milliseconds since 1970. */
  get ms(): number {
    return Number(floorDivision(this.nanos, 1_000_000n));
  }
}

export function floorDivision(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    if (nanos >= 2n ** 63n || nanos < -(2n ** 63n)) throw new CelError("duration overflow");
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

/** A value of a library's own type. */
export abstract class Opaque {
  abstract readonly type: string;
  /** That of what `equals` another one. */
  abstract readonly identity: string;
}

export class IpValue extends Opaque {
  readonly type = "net.IP";
  readonly address: Address;
  constructor(address: Address) {
    super();
    this.address = address;
  }
  get identity(): string {
    return this.address.bytes.join(".");
  }
}

export class CidrValue extends Opaque {
  readonly type = "net.CIDR";
  readonly cidr: Cidr;
  constructor(cidr: Cidr) {
    super();
    this.cidr = cidr;
  }
  get identity(): string {
    return `${this.cidr.address.bytes.join(".")}/${this.cidr.prefix}`;
  }
}

export const isMap = (value: unknown): value is CelMap => value instanceof Map;
export const isList = (value: unknown): value is readonly CelValue[] => Array.isArray(value);

export function typeOf(value: CelValue): string {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "string";
  }
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
  return value.type;
}

/** A number that can be compared with one of another type. */
function numeric(value: CelValue): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

export function equals(a: CelValue, b: CelValue): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string") return false;
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return order(x, y) === 0;
  if (isList(a)) return isList(b) && sameItems(a, b);
  if (isMap(a)) return isMap(b) && a.size === b.size && [...a].every(([k, v]) => holds(b, k, v));
  return sameParts(a, b);
}

/** How the items of a list are told apart, where its schema says that their order means nothing. */
export type ListIdentity = "set" | { readonly keys: readonly string[] };

const identities = new WeakMap<readonly CelValue[], ListIdentity>();

export const withIdentity = (
  list: readonly CelValue[],
  identity: ListIdentity,
): readonly CelValue[] => {
  identities.set(list, identity);
  return list;
};

const keyed = (item: CelValue, other: CelValue, keys: readonly string[]): boolean =>
  isMap(item) &&
  isMap(other) &&
  keys.every((key) => {
    const [a, b] = [item.get(key), other.get(key)];
    return a === undefined || b === undefined ? a === b : equals(a, b);
  });

function sameItems(a: readonly CelValue[], b: readonly CelValue[]): boolean {
  if (a.length !== b.length) return false;
  return identities.has(a)
    ? a.every((item) => b.some((other) => equals(item, other)))
    : a.every((item, at) => equals(item, b[at]!));
}

/** Of lists whose items have keys, later items take the place of earlier ones; those of sets stand once. */
export function joinedLists(a: readonly CelValue[], b: readonly CelValue[]): readonly CelValue[] {
  const identity = identities.get(a);
  if (identity === undefined) return [...a, ...b];
  const isSame = (x: CelValue, y: CelValue): boolean =>
    identity === "set" ? equals(x, y) : keyed(x, y, identity.keys);
  const kept = a.map((item) => b.find((other) => isSame(item, other)) ?? item);
  const added = b.filter((item) => !a.some((other) => isSame(item, other)));
  return withIdentity([...kept, ...added], identity);
}

function holds(map: CelMap, key: CelValue, value: CelValue): boolean {
  const found = entryOf(map, key);
  return found !== undefined && equals(value, found);
}

function sameParts(a: CelValue, b: CelValue): boolean {
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeName) return b instanceof TypeName && a.name === b.name;
  if (a instanceof QuantityValue)
    return b instanceof QuantityValue && compareQuantities(a.quantity, b.quantity) === 0;
  if (a instanceof Uint8Array)
    return b instanceof Uint8Array && a.length === b.length && a.every((one, at) => one === b[at]);
  if (a instanceof Opaque)
    return b instanceof Opaque && a.type === b.type && a.identity === b.identity;
  if (!(a instanceof Optional && b instanceof Optional)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equals(a.value, b.value);
}

/** The value of a key, also under a number of another type that equals it. */
export function entryOf(map: CelMap, key: CelValue): CelValue | undefined {
  const found = map.get(key);
  if (found !== undefined || typeof key === "string" || typeof key === "boolean") return found;
  if (typeof key === "number" && Number.isInteger(key)) {
    const whole = map.get(BigInt(key));
    if (whole !== undefined) return whole;
  }
  if (numeric(key) === undefined) return undefined;
  for (const [other, value] of map) {
    if (typeof other !== "string" && typeof other !== "boolean" && equals(other, key)) return value;
  }
  return undefined;
}

/** Negative, zero or positive; NaN beside a double that is none. Throws a CelError for values without an order. */
export function compare(a: CelValue, b: CelValue): number {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return order(x, y);
  if (typeof a === "string" && typeof b === "string") return byLetters(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return byBytes(a, b);
  if (a instanceof QuantityValue && b instanceof QuantityValue)
    return compareQuantities(a.quantity, b.quantity);
  throw new CelError("no such overload");
}

/** Beside a double a whole number is one too, as upstream compares them. NaN has no order. */
function order(a: bigint | number, b: bigint | number): number {
  const [x, y] = typeof a === typeof b ? [a, b] : [Number(a), Number(b)];
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
}

function byBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a[at] !== b[at]) return a[at]! - b[at]!;
  }
  return a.length - b.length;
}

const surrogate = /[\ud800-\udfff]/;

/** Letters beyond 16 bits come after all others, unlike their halves. */
function byLetters(a: string, b: string): number {
  if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : a > b ? 1 : 0;
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

/** Letters, not units of UTF-16. */
export function letterCount(text: string): number {
  if (!surrogate.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}
