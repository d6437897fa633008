// What can be called in an expression, by name. The first argument of a method is what it is called
// on.

import { pattern } from "../custom-pattern.ts";
import { durationNanos } from "../decode-duration.ts";
import { parseAddress, parseCidr } from "../ip.ts";
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  signOfQuantity,
  subtractQuantities,
  wholeValue,
} from "../quantity.ts";
import { CelError } from "./error.ts";
import {
  type CelValue,
  compare,
  Duration,
  equals,
  int,
  isList,
  isMap,
  Optional,
  QuantityValue,
  Timestamp,
  TypeName,
  typeOf,
  Uint,
} from "./values.ts";

export type CelFunction = (...args: CelValue[]) => CelValue;

const noOverload = (): CelError => new CelError("no such overload");

function text(value: CelValue | undefined): string {
  if (typeof value !== "string") throw noOverload();
  return value;
}

function whole(value: CelValue | undefined): number {
  if (typeof value !== "bigint") throw noOverload();
  return Number(value);
}

function list(value: CelValue | undefined): readonly CelValue[] {
  if (!isList(value)) throw noOverload();
  return value;
}

function quantity(value: CelValue | undefined): QuantityValue {
  if (!(value instanceof QuantityValue)) throw noOverload();
  return value;
}

function optional(value: CelValue | undefined): Optional {
  if (!(value instanceof Optional)) throw noOverload();
  return value;
}

/** Positions count letters. */
const letters = (value: CelValue | undefined): string[] => [...text(value)];

function position(value: CelValue | undefined, length: number): number {
  const at = whole(value);
  if (at < 0 || at > length) throw new CelError(`index out of range: ${at}`);
  return at;
}

function size(value: CelValue): bigint {
  if (typeof value === "string") return BigInt(letters(value).length);
  if (value instanceof Uint8Array || isList(value)) return BigInt(value.length);
  if (isMap(value)) return BigInt(value.size);
  throw noOverload();
}

function toInt(value: CelValue): bigint {
  if (typeof value === "bigint") return value;
  if (value instanceof Uint) return int(value.value);
  if (value instanceof Timestamp) return BigInt(Math.floor(value.ms / 1000));
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new CelError("integer overflow");
    return int(BigInt(Math.trunc(value)));
  }
  if (/^[-+]?\d+$/.test(text(value))) return int(BigInt(text(value).replace(/^\+/, "")));
  throw new CelError(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
}

function toDouble(value: CelValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint) return Number(value.value);
  const parsed = Number(text(value));
  if (Number.isNaN(parsed) || text(value).trim() === "")
    throw new CelError(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  return parsed;
}

export function toText(value: CelValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean" || typeof value === "number")
    return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Timestamp) return new Date(value.ms).toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Duration) return `${Number(value.nanos) / 1e9}s`;
  throw noOverload();
}

function toDuration(value: CelValue): Duration {
  if (value instanceof Duration) return value;
  try {
    return new Duration(durationNanos(text(value)));
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

function toQuantity(value: CelValue): QuantityValue {
  const parsed = parseQuantity(text(value));
  if (parsed === undefined)
    throw new CelError("quantities must match the regular expression of numbers with a suffix");
  return new QuantityValue(parsed);
}

function found(value: CelValue, expression: CelValue | undefined): boolean {
  try {
    return pattern(text(expression))(text(value));
  } catch (error) {
    if (error instanceof CelError) throw error;
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

function indexOf(value: CelValue, wanted: CelValue, from?: CelValue): bigint {
  if (isList(value)) return BigInt(value.findIndex((item) => equals(item, wanted)));
  const all = letters(value);
  const start = from === undefined ? 0 : position(from, all.length);
  const at = all.slice(start).join("").indexOf(text(wanted));
  return at < 0 ? -1n : BigInt(start + letters(all.slice(start).join("").slice(0, at)).length);
}

function lastIndexOf(value: CelValue, wanted: CelValue): bigint {
  if (isList(value)) return BigInt(value.findLastIndex((item) => equals(item, wanted)));
  const at = text(value).lastIndexOf(text(wanted));
  return at < 0 ? -1n : BigInt(letters(text(value).slice(0, at)).length);
}

function substring(value: CelValue, from: CelValue, to?: CelValue): string {
  const all = letters(value);
  const start = position(from, all.length);
  const end = to === undefined ? all.length : position(to, all.length);
  if (start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  return all.slice(start, end).join("");
}

function split(value: CelValue, separator: CelValue, limit?: CelValue): CelValue {
  const parts = text(separator) === "" ? letters(value) : text(value).split(text(separator));
  const max = limit === undefined ? -1 : whole(limit);
  if (max < 0 || parts.length <= max) return parts;
  if (max === 0) return [];
  return [...parts.slice(0, max - 1), parts.slice(max - 1).join(text(separator))];
}

function replace(value: CelValue, old: CelValue, next: CelValue, limit?: CelValue): string {
  const parts = text(value).split(text(old));
  const max = limit === undefined ? -1 : whole(limit);
  if (max < 0 || parts.length - 1 <= max) return parts.join(text(next));
  return [...parts.slice(0, max), parts.slice(max).join(text(old))].join(text(next));
}

/** `%s`, `%d`, `%f` with digits, `%e`, `%b`, `%x`, `%X`, `%o`. */
function format(value: CelValue, args: CelValue): string {
  const given = [...list(args)];
  return text(value).replace(/%(?:%|(?:\.(\d+))?([sdfebxXo]))/g, (whole_, digits, verb) => {
    if (whole_ === "%%") return "%";
    if (given.length === 0) throw new CelError("index 0 out of range");
    const arg = given.shift()!;
    switch (verb as string) {
      case "f":
        return toDouble(arg).toFixed(digits === undefined ? 6 : Number(digits));
      case "e":
        return toDouble(arg).toExponential(digits === undefined ? 6 : Number(digits));
      case "b":
        return toInt(arg).toString(2);
      case "o":
        return toInt(arg).toString(8);
      case "x":
        return toInt(arg).toString(16);
      case "X":
        return toInt(arg).toString(16).toUpperCase();
      default:
        return shownIn(arg);
    }
  });
}

function shownIn(value: CelValue): string {
  if (value === null) return "null";
  if (isList(value)) return `[${value.map(shownIn).join(", ")}]`;
  if (isMap(value))
    return `{${[...value]
      .map(([k, v]) => `${shownIn(k)}: ${shownIn(v)}`)
      .sort()
      .join(", ")}}`;
  if (value instanceof TypeName) return value.name;
  return toText(value);
}

const least = (values: readonly CelValue[]): CelValue => {
  if (values.length === 0) throw new CelError("min called on empty list");
  return values.reduce((best, value) => (compare(value, best) < 0 ? value : best));
};
const greatest = (values: readonly CelValue[]): CelValue => {
  if (values.length === 0) throw new CelError("max called on empty list");
  return values.reduce((best, value) => (compare(value, best) > 0 ? value : best));
};
const spread = (args: readonly CelValue[]): readonly CelValue[] =>
  args.length === 1 && isList(args[0]) ? args[0] : args;

function sum(value: CelValue): CelValue {
  return list(value).reduce<CelValue>((total, item) => {
    if (typeof item === "number") return Number(total) + item;
    if (item instanceof Duration)
      return new Duration((total instanceof Duration ? total.nanos : 0n) + item.nanos);
    if (typeof item === "bigint" && typeof total === "bigint") return int(total + item);
    throw noOverload();
  }, 0n);
}

const distinct = (items: readonly CelValue[]): CelValue[] =>
  items.filter((item, at) => !items.slice(0, at).some((one) => equals(one, item)));

const flatten = (items: readonly CelValue[], depth: number): CelValue[] =>
  items.flatMap((item) => (isList(item) && depth > 0 ? flatten(item, depth - 1) : [item]));

/** A part of a point in time; durations count whole units. */
const part =
  (ofDate: (date: Date) => number, unit?: bigint): CelFunction =>
  (value) => {
    if (value instanceof Duration && unit !== undefined) return value.nanos / unit;
    if (!(value instanceof Timestamp)) throw noOverload();
    return BigInt(ofDate(new Date(value.ms)));
  };

const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);

const isValid =
  (test: (value: string) => boolean): CelFunction =>
  (value) =>
    test(text(value));

export const functions: Readonly<Record<string, CelFunction>> = {
  size: (value) => size(value!),
  int: (value) => toInt(value!),
  double: (value) => toDouble(value!),
  uint: (value) => (value instanceof Uint ? value : new Uint(toInt(value!))),
  string: (value) => toText(value!),
  bytes: (value) => (value instanceof Uint8Array ? value : new TextEncoder().encode(text(value))),
  bool: (value) => {
    if (typeof value === "boolean") return value;
    if (/^(?:1|t|true|T|TRUE|True)$/.test(text(value))) return true;
    if (/^(?:0|f|false|F|FALSE|False)$/.test(text(value))) return false;
    throw new CelError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
  },
  dyn: (value) => value!,
  type: (value) => new TypeName(typeOf(value!)),
  duration: (value) => toDuration(value!),
  timestamp: (value) =>
    value instanceof Timestamp ? value : new Timestamp(Date.parse(text(value))),
  quantity: (value) => toQuantity(value!),
  isQuantity: isValid((value) => parseQuantity(value) !== undefined),
  isIP: isValid((value) => parseAddress(value) !== undefined),
  isCIDR: isValid((value) => parseCidr(value) !== undefined),
  isURL: isValid((value) => /^\//.test(value) || URL.canParse(value)),
  matches: (value, expression) => found(value!, expression),
  contains: (value, part_) => text(value).includes(text(part_)),
  startsWith: (value, part_) => text(value).startsWith(text(part_)),
  endsWith: (value, part_) => text(value).endsWith(text(part_)),
  charAt: (value, at) => letters(value)[position(at, letters(value).length)] ?? "",
  indexOf: (value, wanted, from) => indexOf(value!, wanted!, from),
  lastIndexOf: (value, wanted) => lastIndexOf(value!, wanted!),
  lowerAscii: (value) => text(value).replace(/[A-Z]/g, (c) => c.toLowerCase()),
  upperAscii: (value) => text(value).replace(/[a-z]/g, (c) => c.toUpperCase()),
  replace: (value, old, next, limit) => replace(value!, old!, next!, limit),
  split: (value, separator, limit) => split(value!, separator!, limit),
  substring: (value, from, to) => substring(value!, from!, to),
  trim: (value) => text(value).trim(),
  join: (value, separator) =>
    list(value)
      .map(text)
      .join(separator === undefined ? "" : text(separator)),
  format: (value, args) => format(value!, args!),
  reverse: (value) => (isList(value) ? [...value].reverse() : letters(value).reverse().join("")),
  isSorted: (value) =>
    list(value).every((item, at, all) => at === 0 || compare(all[at - 1]!, item) <= 0),
  sum: (value) => sum(value!),
  min: (value) => least(list(value)),
  max: (value) => greatest(list(value)),
  distinct: (value) => distinct(list(value)),
  sort: (value) => [...list(value)].sort(compare),
  flatten: (value, depth) => flatten(list(value), depth === undefined ? 1 : whole(depth)),
  slice: (value, from, to) =>
    list(value).slice(position(from, list(value).length), position(to, list(value).length)),
  first: (value) => new Optional(list(value)[0]),
  last: (value) => new Optional(list(value).at(-1)),
  "math.least": (...args) => least(spread(args)),
  "math.greatest": (...args) => greatest(spread(args)),
  "math.abs": (value) =>
    compare(value!, 0n) < 0
      ? typeof value === "bigint"
        ? int(-value)
        : -(value as number)
      : value!,
  "math.ceil": (value) => Math.ceil(toDouble(value!)),
  "math.floor": (value) => Math.floor(toDouble(value!)),
  "math.round": (value) => Math.round(toDouble(value!)),
  "sets.contains": (a, b) => list(b).every((item) => list(a).some((one) => equals(one, item))),
  "sets.intersects": (a, b) => list(b).some((item) => list(a).some((one) => equals(one, item))),
  "sets.equivalent": (a, b) =>
    list(b).every((item) => list(a).some((one) => equals(one, item))) &&
    list(a).every((item) => list(b).some((one) => equals(one, item))),
  "optional.of": (value) => new Optional(value),
  "optional.none": () => new Optional(undefined),
  hasValue: (value) => optional(value).value !== undefined,
  orValue: (value, other) => optional(value).value ?? other!,
  or: (value, other) => (optional(value).value === undefined ? optional(other) : optional(value)),
  value: (value) => {
    const inner = optional(value).value;
    if (inner === undefined) throw new CelError("optional.none() dereference");
    return inner;
  },
  compareTo: (a, b) =>
    BigInt(Math.sign(compareQuantities(quantity(a).quantity, quantity(b).quantity))),
  isGreaterThan: (a, b) => compareQuantities(quantity(a).quantity, quantity(b).quantity) > 0,
  isLessThan: (a, b) => compareQuantities(quantity(a).quantity, quantity(b).quantity) < 0,
  add: (a, b) => new QuantityValue(addQuantities(quantity(a).quantity, quantity(b).quantity)),
  sub: (a, b) => new QuantityValue(subtractQuantities(quantity(a).quantity, quantity(b).quantity)),
  sign: (value) => BigInt(signOfQuantity(quantity(value).quantity)),
  asInteger: (value) => BigInt(wholeValue(quantity(value).quantity)),
  getFullYear: part((date) => date.getUTCFullYear()),
  getMonth: part((date) => date.getUTCMonth()),
  getDate: part((date) => date.getUTCDate()),
  getDayOfMonth: part((date) => date.getUTCDate() - 1),
  getDayOfWeek: part((date) => date.getUTCDay()),
  getDayOfYear: part(dayOfYear),
  getHours: part((date) => date.getUTCHours(), 3_600_000_000_000n),
  getMinutes: part((date) => date.getUTCMinutes(), 60_000_000_000n),
  getSeconds: part((date) => date.getUTCSeconds(), 1_000_000_000n),
  getMilliseconds: part((date) => date.getUTCMilliseconds(), 1_000_000n),
};
