// Operators between two values.

import { CelError } from "./error.ts";
import {
  type CelValue,
  compare,
  Duration,
  equals,
  int,
  isList,
  isMap,
  Timestamp,
  Uint,
} from "./values.ts";

/** Throws a CelError for values that the operator does not know. */
export function binary(name: string, a: CelValue, b: CelValue): CelValue {
  switch (name) {
    case "==":
      return equals(a, b);
    case "!=":
      return !equals(a, b);
    case "<":
      return compare(a, b) < 0;
    case "<=":
      return compare(a, b) <= 0;
    case ">":
      return compare(a, b) > 0;
    case ">=":
      return compare(a, b) >= 0;
    case "in":
      if (isMap(b)) return b.has(a);
      if (isList(b)) return b.some((item) => equals(item, a));
      throw new CelError("no such overload");
    default:
      return arithmetic(name, a, b);
  }
}

function arithmetic(name: string, a: CelValue, b: CelValue): CelValue {
  if (typeof a === "bigint" && typeof b === "bigint") return int(wholeResult(name, a, b));
  if (a instanceof Uint && b instanceof Uint) return new Uint(wholeResult(name, a.value, b.value));
  if (typeof a === "number" && typeof b === "number") return floatResult(name, a, b);
  if (name === "+") {
    if (typeof a === "string" && typeof b === "string") return a + b;
    if (isList(a) && isList(b)) return [...a, ...b];
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos + b.nanos);
    if (a instanceof Timestamp && b instanceof Duration) return shifted(a, b.nanos);
    if (a instanceof Duration && b instanceof Timestamp) return shifted(b, a.nanos);
  }
  if (name === "-") {
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos - b.nanos);
    if (a instanceof Timestamp && b instanceof Duration) return shifted(a, -b.nanos);
    if (a instanceof Timestamp && b instanceof Timestamp)
      return new Duration(BigInt(Math.round((a.ms - b.ms) * 1e6)));
  }
  throw new CelError("no such overload");
}

const shifted = ({ ms }: Timestamp, nanos: bigint): Timestamp =>
  new Timestamp(ms + Number(nanos) / 1e6);

function wholeResult(name: string, a: bigint, b: bigint): bigint {
  switch (name) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      if (b === 0n) throw new CelError("division by zero");
      return a / b;
    default:
      if (b === 0n) throw new CelError("modulus by zero");
      return a % b;
  }
}

function floatResult(name: string, a: number, b: number): number {
  switch (name) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    default:
      throw new CelError("no such overload");
  }
}
