// Lists and sets.
import { CelError } from "../error.ts";
import { fn, fns, noOverload, type Overload } from "../function.ts";
import {
  type CelValue,
  compare,
  Duration,
  equals,
  int,
  isList,
  Optional,
  Uint,
} from "../values.ts";

type List = readonly CelValue[];

const has = (list: List, wanted: CelValue): boolean => list.some((one) => equals(one, wanted));

export const sets: readonly Overload[] = [
  fn("sets.contains", "(list(A), list(A)): bool", (a: List, b: List) => b.every((x) => has(a, x))),
  fn("sets.intersects", "(list(A), list(A)): bool", (a: List, b: List) => b.some((x) => has(a, x))),
  fn(
    "sets.equivalent",
    "(list(A), list(A)): bool",
    (a: List, b: List) => b.every((x) => has(a, x)) && a.every((x) => has(b, x)),
  ),
];

const summed = ["int", "uint", "double", "duration"];
const ordered = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];
const zeros: Readonly<Record<string, CelValue>> = {
  int: 0n,
  uint: new Uint(0n),
  double: 0,
  duration: new Duration(0n),
};

function added(a: CelValue, b: CelValue): CelValue {
  if (typeof a === "bigint" && typeof b === "bigint") return int(a + b);
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a instanceof Uint && b instanceof Uint) return new Uint(a.value + b.value);
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos + b.nanos);
  throw noOverload();
}

const sum =
  (type: string) =>
  (list: List): CelValue =>
    list.length === 0 ? zeros[type]! : list.reduce(added);

function best(list: List, name: string, isBetter: (order: number) => boolean): CelValue {
  const [first, ...others] = list;
  if (first === undefined) throw new CelError(`${name} called on empty list`);
  return others.reduce((found, one) => (isBetter(compare(one, found)) ? one : found), first);
}

/** Upstream's own, beside those of the language's extension. */
export const kubernetesLists: readonly Overload[] = [
  ...fns(
    "isSorted",
    ordered.map((type) => `list(${type}).(): bool`),
    (list: List) => list.every((one, at) => at === 0 || compare(list[at - 1]!, one) <= 0),
  ),
  ...summed.map((type) => fn("sum", `list(${type}).(): ${type}`, sum(type))),
  ...ordered.flatMap((type) => [
    fn("max", `list(${type}).(): ${type}`, (list: List) => best(list, "max", (o) => o > 0)),
    fn("min", `list(${type}).(): ${type}`, (list: List) => best(list, "min", (o) => o < 0)),
  ]),
  fn("indexOf", "list(A).(A): int", (list: List, wanted: CelValue) =>
    BigInt(list.findIndex((one) => equals(one, wanted))),
  ),
  fn("lastIndexOf", "list(A).(A): int", (list: List, wanted: CelValue) =>
    BigInt(list.findLastIndex((one) => equals(one, wanted))),
  ),
];

/** New in v1.37. */
export const includes: readonly Overload[] = [
  fn("includes", "dyn.(dyn): bool", (of: CelValue, wanted: CelValue) =>
    isList(of) ? has(of, wanted) : equals(of, wanted),
  ),
];

function slice(list: List, from: bigint, to: bigint): List {
  if (from < 0n || to < 0n)
    throw new CelError(`cannot slice(${from}, ${to}), negative indexes not supported`);
  if (from > to)
    throw new CelError(
      `cannot slice(${from}, ${to}), start index must be less than or equal to end index`,
    );
  if (to > list.length)
    throw new CelError(`cannot slice(${from}, ${to}), list is length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

const flatten = (list: List, depth: number): CelValue[] =>
  list.flatMap((one) => (isList(one) && depth > 0 ? flatten(one, depth - 1) : [one]));

const deepFlatten = (list: List, depth: bigint): CelValue[] => {
  if (depth < 0n) throw new CelError("level must be non-negative");
  return flatten(list, Number(depth));
};

function distinct(list: List): CelValue[] {
  const simple = new Set<CelValue>();
  const others: CelValue[] = [];
  return list.filter((one) => {
    if (typeof one === "string" || typeof one === "boolean") {
      if (simple.has(one)) return false;
      simple.add(one);
      return true;
    }
    if (has(others, one)) return false;
    others.push(one);
    return true;
  });
}

/** Most items that `lists.range` makes. */
const rangeMax = 1_000_000n;

function range(count: bigint): CelValue[] {
  if (count > rangeMax) throw new CelError(`range size ${count} is too large`);
  return Array.from({ length: Math.max(0, Number(count)) }, (_, at) => BigInt(at));
}

function checkKeys(keys: List): void {
  for (const key of keys) {
    if (typeof key !== typeof keys[0]) throw new CelError("list elements must have the same type");
    compare(key, keys[0]!);
  }
}

function sort(list: List): CelValue[] {
  checkKeys(list);
  return [...list].sort(compare);
}

function sortByKeys(list: List, keys: List): CelValue[] {
  checkKeys(keys);
  return keys
    .map((_, at) => at)
    .sort((a, b) => compare(keys[a]!, keys[b]!))
    .map((at) => list[at]!);
}

const sortable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

export const extendedLists: readonly Overload[] = [
  fn("slice", "list(A).(int, int): list(A)", slice),
  fn("flatten", "list(list(A)).(): list(A)", (list: List) => flatten(list, 1)),
  fn("flatten", "list(dyn).(int): list(dyn)", deepFlatten),
  fn("distinct", "list(A).(): list(A)", distinct),
  fn("lists.range", "(int): list(int)", range),
  fn("reverse", "list(A).(): list(A)", (list: List) => [...list].reverse()),
  ...fns(
    "sort",
    sortable.map((type) => `list(${type}).(): list(${type})`),
    sort,
  ),
  ...fns(
    "@sortByAssociatedKeys",
    sortable.map((type) => `list(A).(list(${type})): list(A)`),
    sortByKeys,
  ),
  fn("first", "list(A).(): optional(A)", (list: List) => new Optional(list[0])),
  fn("last", "list(A).(): optional(A)", (list: List) => new Optional(list.at(-1))),
];
