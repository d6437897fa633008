// Texts. Positions count letters, not units of UTF-16.
import { foundParts, pattern } from "../../custom-pattern.ts";
import { CelError } from "../error.ts";
import { fn, fns, type Overload } from "../function.ts";
import type { CelValue } from "../values.ts";
import { format } from "./format-text.ts";

function matches(text: string, expression: string): boolean {
  try {
    return pattern(expression)(text);
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

function find(text: string, expression: string, max: number): string[] {
  try {
    return foundParts(expression, text, max);
  } catch (error) {
    throw new CelError(`Illegal regex: ${error instanceof Error ? error.message : error}`);
  }
}

function charAt(text: string, at: bigint): string {
  const letters = [...text];
  if (at < 0n || at > letters.length) throw new CelError(`index out of range: ${at}`);
  return letters[Number(at)] ?? "";
}

function indexOf(text: string, wanted: string, from = 0n): bigint {
  const letters = [...text];
  if (wanted === "" && from === 0n) return 0n;
  if (from < 0n || from > letters.length) throw new CelError(`index out of range: ${from}`);
  const sought = [...wanted];
  for (let at = Number(from); at <= letters.length - sought.length; at++) {
    if (sought.every((letter, i) => letters[at + i] === letter)) return BigInt(at);
  }
  return -1n;
}

function lastIndexOf(text: string, wanted: string, from?: bigint): bigint {
  const letters = [...text];
  const sought = [...wanted];
  if (from !== undefined && (from < 0n || from > letters.length))
    throw new CelError(`index out of range: ${from}`);
  const last = letters.length - sought.length;
  for (let at = Math.min(last, from === undefined ? last : Number(from)); at >= 0; at--) {
    if (sought.every((letter, i) => letters[at + i] === letter)) return BigInt(at);
  }
  return -1n;
}

function substring(text: string, from: bigint, to?: bigint): string {
  const letters = [...text];
  const end = to ?? BigInt(letters.length);
  for (const at of to === undefined ? [from] : [from, to]) {
    if (at < 0n || at > letters.length) throw new CelError(`index out of range: ${at}`);
  }
  if (from > end) throw new CelError(`invalid substring range. start: ${from}, end: ${end}`);
  return letters.slice(Number(from), Number(end)).join("");
}

function replace(text: string, old: string, next: string, limit = -1n): string {
  if (limit === 0n) return text;
  const parts = old === "" ? ["", ...text, ""] : text.split(old);
  const max = limit < 0n ? parts.length : Number(limit);
  if (parts.length - 1 <= max) return parts.join(next);
  const kept = old === "" ? parts.slice(max).join("") : parts.slice(max).join(old);
  return [...parts.slice(0, max), kept].join(next);
}

function split(text: string, separator: string, limit = -1n): string[] {
  if (limit === 0n) return [];
  const parts = separator === "" ? [...text] : text.split(separator);
  const max = Number(limit);
  if (max < 0 || parts.length <= max) return parts;
  return [...parts.slice(0, max - 1), parts.slice(max - 1).join(separator)];
}

/** White space as Unicode knows it, which is not quite that of the platform's `trim`. */
const spaces = /^\p{White_Space}+|\p{White_Space}+$/gu;

const trim = (text: string): string => text.replace(spaces, "");

const quotedLetters: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

const quote = (text: string): string =>
  `"${text.toWellFormed().replace(/[\u0007-\r"\\]/g, (letter) => quotedLetters[letter]!)}"`;

const join = (list: readonly CelValue[], separator = ""): string => {
  if (!list.every((one) => typeof one === "string")) throw new CelError("no such overload");
  return list.join(separator);
};

export const strings: readonly Overload[] = [
  fn("contains", "string.(string): bool", (text: string, part: string) => text.includes(part)),
  fn("endsWith", "string.(string): bool", (text: string, end: string) => text.endsWith(end)),
  fn("startsWith", "string.(string): bool", (text: string, start: string) =>
    text.startsWith(start),
  ),
  ...fns("matches", ["(string, string): bool", "string.(string): bool"], matches),
];

/** Of the extension, what upstream has of it. */
export const extendedStrings: readonly Overload[] = [
  fn("charAt", "string.(int): string", charAt),
  ...fns("indexOf", ["string.(string): int", "string.(string, int): int"], indexOf),
  ...fns("lastIndexOf", ["string.(string): int", "string.(string, int): int"], lastIndexOf),
  ...fns("join", ["list(string).(): string", "list(string).(string): string"], join),
  fn("lowerAscii", "string.(): string", (text: string) =>
    text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  ),
  fn("upperAscii", "string.(): string", (text: string) =>
    text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  ),
  ...fns(
    "replace",
    ["string.(string, string): string", "string.(string, string, int): string"],
    replace,
  ),
  ...fns("split", ["string.(string): list(string)", "string.(string, int): list(string)"], split),
  ...fns("substring", ["string.(int): string", "string.(int, int): string"], substring),
  fn("trim", "string.(): string", trim),
  fn("format", "string.(list(dyn)): string", format),
  fn("strings.quote", "(string): string", quote),
];

export const reversedStrings: readonly Overload[] = [
  fn("reverse", "string.(): string", (text: string) => [...text].reverse().join("")),
];

export const regularExpressions: readonly Overload[] = [
  fn(
    "find",
    "string.(string): string",
    (text: string, expression: string) => find(text, expression, 1)[0] ?? "",
  ),
  fn("findAll", "string.(string): list(string)", (text: string, expression: string) =>
    find(text, expression, Number.POSITIVE_INFINITY),
  ),
  fn(
    "findAll",
    "string.(string, int): list(string)",
    (text: string, expression: string, max: bigint) =>
      find(text, expression, max < 0n ? Number.POSITIVE_INFINITY : Number(max)),
  ),
];
