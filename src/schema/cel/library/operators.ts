// Operators, and the functions that stand for parts of macros.
import { CelError } from "../error.ts";
import { fn, fns, noOverload, type Overload } from "../function.ts";
import {
  type CelMap,
  type CelValue,
  compare,
  Duration,
  entryOf,
  equals,
  int,
  isList,
  isMap,
  joinedLists,
  Optional,
  Timestamp,
  Uint,
} from "../values.ts";

type Moment = Timestamp | Duration;

const numbers = ["int", "uint", "double"];
const ordered = ["bool", ...numbers, "string", "bytes", "timestamp", "duration"];

/** Each with itself, then numbers of different types. */
const comparable = [
  ...ordered.map((one) => `(${one}, ${one}): bool`),
  ...numbers.flatMap((a) => numbers.filter((b) => a !== b).map((b) => `(${a}, ${b}): bool`)),
];

const order = (name: string, holds: (order: number) => boolean): Overload[] =>
  fns(name, comparable, (a, b) => holds(compare(a, b)));

const whole = (name: string, of: (a: bigint, b: bigint) => bigint): Overload[] => [
  fn(name, "(int, int): int", (a: bigint, b: bigint) => int(of(a, b))),
  fn(name, "(uint, uint): uint", (a: Uint, b: Uint) => new Uint(of(a.value, b.value))),
];

const divided = (a: bigint, b: bigint): bigint => {
  if (b === 0n) throw new CelError("division by zero");
  return a / b;
};
const rest = (a: bigint, b: bigint): bigint => {
  if (b === 0n) throw new CelError("modulus by zero");
  return a % b;
};

const sum: Overload[] = [
  ...whole("_+_", (a, b) => a + b),
  fn("_+_", "(double, double): double", (a: number, b: number) => a + b),
  fn("_+_", "(string, string): string", (a: string, b: string) => a + b),
  fn("_+_", "(bytes, bytes): bytes", (a: Uint8Array, b: Uint8Array) => {
    const joined = new Uint8Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  }),
  fn("_+_", "(list(A), list(A)): list(A)", joinedLists),
  fn("_+_", "(duration, duration): duration", (a, b) => new Duration(a.nanos + b.nanos)),
  fn("_+_", "(duration, timestamp): timestamp", (a, b) => Timestamp.of(a.nanos + b.nanos)),
  fn("_+_", "(timestamp, duration): timestamp", (a, b) => Timestamp.of(a.nanos + b.nanos)),
];

const difference: Overload[] = [
  ...whole("_-_", (a, b) => a - b),
  fn("_-_", "(double, double): double", (a: number, b: number) => a - b),
  fn(
    "_-_",
    "(duration, duration): duration",
    (a: Moment, b: Moment) => new Duration(a.nanos - b.nanos),
  ),
  fn("_-_", "(timestamp, duration): timestamp", (a: Moment, b: Moment) =>
    Timestamp.of(a.nanos - b.nanos),
  ),
  fn(
    "_-_",
    "(timestamp, timestamp): duration",
    (a: Moment, b: Moment) => new Duration(a.nanos - b.nanos),
  ),
];

/** What stands at `index`; undefined where nothing does. */
function partOf(of: CelValue, index: CelValue): CelValue | undefined {
  if (isMap(of)) return entryOf(of, index);
  if (!isList(of)) throw noOverload();
  const at =
    typeof index === "bigint" || typeof index === "number" ? Number(index) : indexOf(index);
  if (!Number.isInteger(at)) throw new CelError(`unsupported index value: ${String(index)}`);
  return of[at];
}

const indexOf = (index: CelValue): number => {
  if (index instanceof Uint) return Number(index.value);
  throw noOverload();
};

export function itemOf(of: CelValue, index: CelValue): CelValue {
  const found = partOf(of, index);
  if (found !== undefined) return found;
  const shown = index instanceof Uint ? index.value : index;
  if (isMap(of)) throw new CelError(`no such key: ${String(shown)}`);
  throw new CelError(`index out of bounds: ${String(shown)}`);
}

export function optionalItem(of: CelValue, index: CelValue): Optional {
  const holder = of instanceof Optional ? of.value : of;
  return new Optional(holder === undefined ? undefined : partOf(holder, index));
}

function inserted(map: CelMap, key: CelValue, value: CelValue): CelMap {
  if (entryOf(map, key) !== undefined)
    throw new CelError(`insert failed: key ${String(key)} already exists`);
  return new Map(map).set(key, value);
}

export const operators: readonly Overload[] = [
  fn("_&&_", "(bool, bool): bool", (a: boolean, b: boolean) => a && b),
  fn("_||_", "(bool, bool): bool", (a: boolean, b: boolean) => a || b),
  fn("_?_:_", "(bool, A, A): A", (a: boolean, b: CelValue, c: CelValue) => (a ? b : c)),
  fn("!_", "(bool): bool", (a: boolean) => !a),
  fn("@not_strictly_false", "(bool): bool", (a: boolean) => a),
  ...fns("_==_", ["(A, A): bool"], equals),
  ...fns("_!=_", ["(A, A): bool"], (a, b) => !equals(a, b)),
  ...order("_<_", (o) => o < 0),
  ...order("_<=_", (o) => o <= 0),
  ...order("_>_", (o) => o > 0),
  ...order("_>=_", (o) => o >= 0),
  ...sum,
  ...difference,
  ...whole("_*_", (a, b) => a * b),
  fn("_*_", "(double, double): double", (a: number, b: number) => a * b),
  ...whole("_/_", divided),
  fn("_/_", "(double, double): double", (a: number, b: number) => a / b),
  ...whole("_%_", rest),
  fn("-_", "(int): int", (a: bigint) => int(-a)),
  fn("-_", "(double): double", (a: number) => -a),
  fn("@in", "(A, list(A)): bool", (a: CelValue, b: CelValue[]) => b.some((one) => equals(one, a))),
  fn("@in", "(A, map(A, B)): bool", (a: CelValue, b: CelMap) => entryOf(b, a) !== undefined),
  fn("_[_]", "(list(A), int): A", itemOf),
  fn("_[_]", "(map(A, B), A): B", itemOf),
  fn("_[_]", "(optional(list(A)), int): optional(A)", optionalItem),
  fn("_[_]", "(optional(map(A, B)), A): optional(B)", optionalItem),
  fn("_[?_]", "(list(A), int): optional(A)", optionalItem),
  fn("_[?_]", "(map(A, B), A): optional(B)", optionalItem),
  fn("_[?_]", "(optional(list(A)), int): optional(A)", optionalItem),
  fn("_[?_]", "(optional(map(A, B)), A): optional(B)", optionalItem),
  fn("cel.@mapInsert", "(map(A, B), A, B): map(A, B)", inserted),
  fn("cel.@mapInsert", "(map(A, B), map(A, B)): map(A, B)", (a: CelMap, b: CelMap) =>
    [...b].reduce<CelMap>((map, [key, value]) => inserted(map, key, value), a),
  ),
];
