// Decoders of single values, one for each scalar type: they take what JSON holds and return what is
// stored.

import { canonicalDuration } from "./decode-duration.ts";
import { DecodeError, OddNumber, type Place } from "./decode-place.ts";
import { canonicalMicroTime, canonicalTime } from "./decode-time.ts";
import { canonicalQuantity, quantityProblem } from "./quantity.ts";
import type { ScalarShape } from "./shape.ts";

/**
 * Never called with null. Undefined: the value is as good as absent, or `place` knows what is
 * wrong.
 */
export type Decoder = (value: unknown, place: Place) => unknown;

type ScalarType = Exclude<
  ScalarShape["type"],
  "schemaOrArray" | "schemaOrBool" | "schemaOrStrings"
>;

export const scalarDecoders: Readonly<Record<ScalarType, Decoder>> = {
  string: (value, place) => (typeof value === "string" ? value : place.wrong(value, "string")),
  bool: (value, place) => (typeof value === "boolean" ? value : place.wrong(value, "bool")),
  int32: (value, place) =>
    typeof value === "number" && (value | 0) === value ? value : place.wrong(value, "int32"),
  uint32: (value, place) =>
    typeof value === "number" && value >>> 0 === value ? value : place.wrong(value, "uint32"),
  int64: (value, place) =>
    isWhole(value, -(2n ** 63n), 2n ** 63n - 1n) ? value : place.wrong(value, "int64"),
  uint64: (value, place) =>
    isWhole(value, 0n, 2n ** 64n - 1n) ? value : place.wrong(value, "uint64"),
  float: (value, place) => float(value, place, "float32"),
  double: (value, place) => float(value, place, "float64"),
  number: (value, place) => float(value, place, "float64"),
  bytes,
  quantity,
  time: (value, place) =>
    canonicalTime(typeof value === "string" ? value : place.fail(value, "string")),
  microTime: (value, place) =>
    canonicalMicroTime(typeof value === "string" ? value : place.fail(value, "string")),
  duration: (value, place) =>
    canonicalDuration(typeof value === "string" ? value : place.fail(value, "string")),
  intOrString: (value, place) => {
    if (typeof value === "string") return value;
    return typeof value === "number" && (value | 0) === value ? value : place.fail(value, "int32");
  },
  fieldsV1: (value, place) => (place.exact ? plain(value) : value),
  raw: (value, place) => (place.exact ? plain(value) : value),
  any: (value, place) => (place.exact ? plain(value) : value),
};

/** An integer in bounds, a bigint where a double would round it. */
function isWhole(value: unknown, min: bigint, max: bigint): value is number | bigint {
  if (typeof value === "number") return Number.isSafeInteger(value) && (min < 0n || value >= 0);
  return typeof value === "bigint" && value >= min && value <= max;
}

function float(value: unknown, place: Place, goType: string): unknown {
  if (typeof value === "number") return value;
  if (value instanceof OddNumber) return Number(value.text);
  if (typeof value === "bigint") return Number(value);
  return place.wrong(value, goType);
}

function quantity(value: unknown): unknown {
  const text = numberText(value) ?? value;
  if (typeof text !== "string") throw new DecodeError(quantityProblem("x")!);
  const canonical = canonicalQuantity(text);
  if (canonical !== undefined) return canonical;
  throw new DecodeError(quantityProblem(text.trim()) ?? quantityProblem("x")!);
}

const numberText = (value: unknown): string | undefined => {
  if (value instanceof OddNumber) return value.text;
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
};

/** Any JSON, kept as it stands but for numbers that were read as text. */
export function plain(value: unknown): unknown {
  if (value instanceof OddNumber) return Number(value.text);
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value);
  for (const key of keys) {
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner !== "object" || inner === null) continue;
    const decoded = plain(inner);
    if (decoded !== inner) (value as Record<string, unknown>)[key] = decoded;
  }
  return value;
}

const base64Values = new Int8Array(128).fill(-1);
for (const [at, char] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  base64Values[char.charCodeAt(0)] = at;
}

/** Base64 with padding; line ends between the characters are dropped, as Go's decoder does. */
function bytes(value: unknown, place: Place): unknown {
  if (Array.isArray(value)) return bytesOfNumbers(value, place);
  if (typeof value !== "string") return place.wrong(value, "[]uint8");
  const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, "") : value;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const end = text.length - padding;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code > 127 || base64Values[code]! < 0) {
      return place.note(`illegal base64 data at input byte ${at}`);
    }
  }
  if (text.length % 4 !== 0 || (padding > 0 && end === 0)) {
    return place.note(`illegal base64 data at input byte ${text.length - (text.length % 4)}`);
  }
  const lost =
    padding === 0 ? 0 : base64Values[text.charCodeAt(end - 1)]! & (padding === 1 ? 3 : 15);
  return lost === 0 ? text : btoa(atob(text));
}

/** Go also takes a list of numbers for bytes. */
function bytesOfNumbers(list: readonly unknown[], place: Place): unknown {
  let binary = "";
  for (const item of list) {
    const byte = item ?? 0;
    if (typeof byte !== "number" || (byte & 0xff) !== byte) return place.wrong(item, "uint8");
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}
