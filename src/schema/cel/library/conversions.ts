// From one type to another, and sizes.
import { CelError } from "../error.ts";
import { fn, fns, type Overload } from "../function.ts";
import {
  type CelValue,
  Duration,
  floorDivision,
  int,
  letterCount,
  Timestamp,
  TypeName,
  typeOf,
  Uint,
} from "../values.ts";
import { durationOf, durationText, timestampOf, timestampText } from "./moments.ts";

const size = (value: CelValue): bigint => {
  if (typeof value === "string") return BigInt(letterCount(value));
  if (value instanceof Map) return BigInt(value.size);
  return BigInt((value as readonly CelValue[]).length);
};

/** Upstream does not tell why a text is none of a type. */
const notOf = (type: string): CelError =>
  new CelError(`type conversion error from 'string' to '${type}'`);

function wholeText(text: string, type: "int" | "uint"): bigint {
  const form = type === "int" ? /^[+-]?\d+$/ : /^\d+$/;
  if (!form.test(text)) throw notOf(type);
  const value = BigInt(text.replace("+", ""));
  const isIn = type === "int" ? value >= -(2n ** 63n) && value < 2n ** 63n : value < 2n ** 64n;
  if (!isIn) throw notOf(type);
  return value;
}

function wholeDouble(value: number): bigint {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63)
    throw new CelError("integer overflow");
  return BigInt(Math.trunc(value));
}

function unsignedDouble(value: number): Uint {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64)
    throw new CelError("unsigned integer overflow");
  return new Uint(BigInt(Math.trunc(value)));
}

function doubleText(text: string): number {
  const word = /^[+-]?(?:inf|infinity|nan)$/i.exec(text);
  if (word) return /nan/i.test(text) ? Number.NaN : text.startsWith("-") ? -Infinity : Infinity;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) throw notOf("double");
  return Number(text);
}

function truth(text: string): boolean {
  if (/^(?:1|t|true|T|TRUE|True)$/.test(text)) return true;
  if (/^(?:0|f|false|F|FALSE|False)$/.test(text)) return false;
  throw notOf("bool");
}

/** As Go's `%g`: with an exponent from a million million on, and below a ten-thousandth. */
export function goDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  if (value === 0) return "0";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 21) return plain(value);
  const sign = exponent < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

const plain = (value: number): string => {
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text;
};

function decoded(value: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const same = (value: CelValue): CelValue => value;

export const conversions: readonly Overload[] = [
  ...["string", "bytes", "list(A)", "map(A, B)"].flatMap((one) =>
    fns("size", [`(${one}): int`, `${one}.(): int`], size),
  ),
  fn("int", "(int): int", same),
  fn("int", "(double): int", wholeDouble),
  fn("int", "(duration): int", (value: Duration) => value.nanos / 1_000_000_000n),
  fn("int", "(string): int", (text: string) => wholeText(text, "int")),
  fn("int", "(timestamp): int", (value: Timestamp) => floorDivision(value.nanos, 1_000_000_000n)),
  fn("int", "(uint): int", (value: Uint) => int(value.value)),
  fn("uint", "(uint): uint", same),
  fn("uint", "(double): uint", unsignedDouble),
  fn("uint", "(int): uint", (value: bigint) => new Uint(value)),
  fn("uint", "(string): uint", (text: string) => new Uint(wholeText(text, "uint"))),
  fn("double", "(double): double", same),
  fn("double", "(int): double", Number),
  fn("double", "(string): double", doubleText),
  fn("double", "(uint): double", (value: Uint) => Number(value.value)),
  fn("string", "(string): string", same),
  fn("string", "(bool): string", String),
  fn("string", "(bytes): string", decoded),
  fn("string", "(double): string", goDouble),
  fn("string", "(duration): string", durationText),
  fn("string", "(int): string", String),
  fn("string", "(timestamp): string", timestampText),
  fn("string", "(uint): string", (value: Uint) => String(value.value)),
  fn("bytes", "(bytes): bytes", same),
  fn("bytes", "(string): bytes", utf8),
  fn("bool", "(bool): bool", same),
  fn("bool", "(string): bool", truth),
  fn("duration", "(duration): duration", same),
  fn("duration", "(int): duration", (nanos: bigint) => new Duration(nanos)),
  fn("duration", "(string): duration", durationOf),
  fn("timestamp", "(timestamp): timestamp", same),
  fn("timestamp", "(int): timestamp", (seconds: bigint) => Timestamp.of(seconds * 1_000_000_000n)),
  fn("timestamp", "(string): timestamp", timestampOf),
  fn("dyn", "(A): dyn", same),
  fn("type", "(A): type", (value: CelValue) => new TypeName(typeOf(value))),
];
