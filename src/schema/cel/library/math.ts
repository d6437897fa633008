// Numbers and encodings: parts of the language that upstream's environment does not have. The conformance data asks for
// them, and configuration files may.
import { CelError } from "../error.ts";
import { fn, fns, noOverload, type Overload } from "../function.ts";
import { type CelValue, compare, int, isList, Uint } from "../values.ts";

const number = (value: CelValue): CelValue => {
  if (typeof value === "bigint" || typeof value === "number" || value instanceof Uint) return value;
  throw noOverload();
};

function extreme(name: string, isBetter: (order: number) => boolean) {
  return (...args: CelValue[]): CelValue => {
    const values = args.length === 1 && isList(args[0]) ? args[0] : args;
    const [first, ...others] = values;
    if (first === undefined) throw new CelError(`math.@${name}(list) argument must not be empty`);
    return others.reduce(
      (best, one) => (isBetter(compare(number(one), best)) ? one : best),
      number(first),
    );
  };
}

const counts = [1, 2, 3, 4, 5, 6, 7, 8];
const extremes = (name: string, isBetter: (order: number) => boolean): Overload[] =>
  fns(
    `math.${name}`,
    counts.map((count) => `(${Array(count).fill("dyn").join(", ")}): dyn`),
    extreme(name, isBetter),
  );

const absolute = (value: bigint): bigint => int(value < 0n ? -value : value);
const signOf = (value: number): number => (Number.isNaN(value) ? value : Math.sign(value));

const doubles = (name: string, run: (value: number) => CelValue, result = "double"): Overload =>
  fn(`math.${name}`, `(double): ${result}`, run);

/** Halves away from zero. */
const rounded = (value: number): number =>
  Math.abs(value) % 1 === 0.5 ? Math.sign(value) * Math.ceil(Math.abs(value)) : Math.round(value);

const bits = 64n;
const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

const both = (name: string, of: (a: bigint, b: bigint) => bigint): Overload[] => [
  fn(`math.${name}`, "(int, int): int", (a: bigint, b: bigint) => wrap(of(a, b))),
  fn(
    `math.${name}`,
    "(uint, uint): uint",
    (a: Uint, b: Uint) => new Uint(BigInt.asUintN(64, of(a.value, b.value))),
  ),
];

const shift = (name: string, of: (a: bigint, by: bigint) => bigint): Overload[] => {
  const by = (count: bigint): bigint => {
    if (count < 0n) throw new CelError(`math.${name}() negative offset: ${count}`);
    return count;
  };
  const shifted = (a: bigint, count: bigint): bigint => (by(count) >= bits ? 0n : of(a, count));
  return [
    fn(`math.${name}`, "(int, int): int", (a: bigint, count: bigint) =>
      wrap(shifted(BigInt.asUintN(64, a), count)),
    ),
    fn(
      `math.${name}`,
      "(uint, int): uint",
      ({ value }: Uint, count: bigint) => new Uint(BigInt.asUintN(64, shifted(value, count))),
    ),
  ];
};

export const math: readonly Overload[] = [
  ...extremes("greatest", (order) => order > 0),
  ...extremes("least", (order) => order < 0),
  doubles("ceil", Math.ceil),
  doubles("floor", Math.floor),
  doubles("round", rounded),
  doubles("trunc", Math.trunc),
  doubles("sqrt", Math.sqrt),
  fn("math.sqrt", "(int): double", (value: bigint) => Math.sqrt(Number(value))),
  fn("math.sqrt", "(uint): double", ({ value }: Uint) => Math.sqrt(Number(value))),
  doubles("abs", Math.abs),
  fn("math.abs", "(int): int", absolute),
  fn("math.abs", "(uint): uint", (value: Uint) => value),
  doubles("sign", signOf),
  fn("math.sign", "(int): int", (value: bigint) => (value > 0n ? 1n : value < 0n ? -1n : 0n)),
  fn("math.sign", "(uint): uint", ({ value }: Uint) => new Uint(value > 0n ? 1n : 0n)),
  doubles("isInf", (value) => !Number.isFinite(value) && !Number.isNaN(value), "bool"),
  doubles("isNaN", Number.isNaN, "bool"),
  doubles("isFinite", Number.isFinite, "bool"),
  ...both("bitAnd", (a, b) => a & b),
  ...both("bitOr", (a, b) => a | b),
  ...both("bitXor", (a, b) => a ^ b),
  fn("math.bitNot", "(int): int", (value: bigint) => ~value),
  fn("math.bitNot", "(uint): uint", ({ value }: Uint) => new Uint(BigInt.asUintN(64, ~value))),
  ...shift("bitShiftLeft", (a, by) => a << by),
  ...shift("bitShiftRight", (a, by) => a >> by),
];

function unbase64(text: string): Uint8Array {
  const plain = text.replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1)
    throw new CelError("illegal base64 data");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

export const encoders: readonly Overload[] = [
  fn("base64.encode", "(bytes): string", (value: Uint8Array) =>
    btoa(String.fromCharCode(...value)),
  ),
  fn("base64.decode", "(string): bytes", unbase64),
];
