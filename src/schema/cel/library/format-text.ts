// `'%d of %s'.format([3, "x"])`
import { CelError } from "../error.ts";
import {
  type CelValue,
  Duration,
  isList,
  isMap,
  Timestamp,
  TypeName,
  typeOf,
  Uint,
} from "../values.ts";
import { goDouble } from "./conversions.ts";
import { durationText, timestampText } from "./moments.ts";

const defaultDigits = 6;
const digitsMax = 1000;

export function format(text: string, args: readonly CelValue[]): string {
  let result = "";
  let used = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "%") {
      result += text[at];
      continue;
    }
    at++;
    if (text[at] === "%") {
      result += "%";
      continue;
    }
    const digits = /^\.(\d+)/.exec(text.slice(at, at + 12));
    if (digits) at += digits[0].length;
    const verb = text[at];
    if (verb === undefined) throw new CelError("error during formatting: unexpected end of string");
    if (used >= args.length)
      throw new CelError(`error during formatting: index ${used} out of range`);
    const precision = digits ? Number(digits[1]) : undefined;
    if (precision !== undefined && precision > digitsMax)
      throw new CelError(`error during formatting: precision ${precision} is too large`);
    result += clause(verb, args[used++]!, precision);
  }
  return result;
}

function clause(verb: string, value: CelValue, digits: number | undefined): string {
  switch (verb) {
    case "s":
      return shown(value);
    case "d":
      return decimal(value);
    case "f":
      return fixed(value, digits ?? defaultDigits);
    case "e":
      return scientific(value, digits ?? defaultDigits);
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : based(value, 2, "binary");
    case "o":
      return based(value, 8, "octal");
    case "x":
      return hex(value);
    case "X":
      return hex(value).toUpperCase();
    default:
      throw new CelError(`error during formatting: unrecognized formatting clause "${verb}"`);
  }
}

const wrong = (clause_: string, allowed: string, value: CelValue): CelError =>
  new CelError(
    `error during formatting: ${clause_} clause can only be used on ${allowed}, was given ${typeOf(value)}`,
  );

function decimal(value: CelValue): string {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (typeof value === "number" && !Number.isFinite(value)) return special(value);
  throw wrong("decimal", "integers", value);
}

const special = (value: number): string =>
  Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

function doubleOf(value: CelValue, clause_: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  throw wrong(clause_, "doubles", value);
}

function fixed(value: CelValue, digits: number): string {
  const number = doubleOf(value, "fixed-point");
  if (!Number.isFinite(number)) return special(number);
  return digits > 100 ? number.toFixed(100).padEnd(digits, "0") : evenly(number, digits);
}

/** Halves go to the even digit, as Go prints them; the value itself decides, not its text. */
function evenly(value: number, digits: number): string {
  const rounded = value.toFixed(digits);
  if (digits > 15) return rounded;
  const scaled = Math.abs(value) * 10 ** digits;
  if (scaled - Math.floor(scaled) !== 0.5 || Math.floor(scaled) % 2 !== 0) return rounded;
  if (scaled / 10 ** digits !== Math.abs(value)) return rounded;
  const down = Math.floor(scaled) / 10 ** digits;
  return (value < 0 ? -down : down).toFixed(digits);
}

function scientific(value: CelValue, digits: number): string {
  const number = doubleOf(value, "scientific");
  if (!Number.isFinite(number)) return special(number);
  return number.toExponential(Math.min(digits, 100)).replace(/e([+-])(\d)$/, "e$10$2");
}

function based(value: CelValue, base: number, name: string): string {
  if (typeof value === "bigint") return value.toString(base);
  if (value instanceof Uint) return value.value.toString(base);
  throw wrong(name, base === 2 ? "integers and bools" : "integers", value);
}

function hex(value: CelValue): string {
  if (typeof value === "string") return hexOf(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return hexOf(value);
  if (typeof value === "bigint") return value.toString(16);
  if (value instanceof Uint) return value.value.toString(16);
  throw wrong("hex", "integers, byte buffers, and strings", value);
}

const hexOf = (value: Uint8Array): string =>
  [...value].map((one) => one.toString(16).padStart(2, "0")).join("");

function shown(value: CelValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? goDouble(value) : special(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeName) return value.name;
  if (isList(value)) return `[${value.map(shown).join(", ")}]`;
  if (isMap(value)) {
    const entries = [...value].map(([key, one]) => `${shown(key)}: ${shown(one)}`);
    return `{${entries.sort().join(", ")}}`;
  }
  throw new CelError(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeOf(value)}`,
  );
}
