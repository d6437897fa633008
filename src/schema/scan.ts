// Reads JSON that came from outside. One pass over the text finds what `JSON.parse` would hide from
// us: depth, numbers that a double would change, and keys that stand twice. Then `JSON.parse` does
// the work.

import { DecodeError, OddNumber } from "./decode-place.ts";
import { plain } from "./decode-scalars.ts";
import { syntaxError } from "./scan-errors.ts";
import type { Shape } from "./shape.ts";

/** Nesting that upstream's reader accepts. */
const depthMax = 10_000;

/** Deeper documents are not walked by recursion. */
const recursionMax = 500;

/** Duplicates beyond this are not collected, as upstream. */
const duplicatesMax = 100;

export type Document = {
  readonly value: unknown;
  /**
   * The value holds bigints for integers beyond 2^53 and may hold OddNumbers; pass it on to
   * `decode`.
   */
  readonly exact: boolean;
  /**
   * Where a key stands for the second time, in the order of the document; empty when not asked for.
   */
  readonly duplicates: readonly Path[];
};

/** Field names, map keys and indexes from the root. */
export type Path = readonly (string | number)[];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Throws a DecodeError worded as upstream's for text that is not JSON. Invalid UTF-8 becomes
 * U+FFFD, as upstream.
 */
export function readJson(bytes: Uint8Array, options: { duplicates: boolean }): Document {
  const found = surveyed(bytes);
  const value = parsed(bytes, found);
  return { value, exact: found.exact, duplicates: options.duplicates ? repeats(value, found) : [] };
}

/** The same in three goes; `rest` resolves when others have had their turn. */
export async function readJsonInGoes(
  bytes: Uint8Array,
  { duplicates, rest }: { duplicates: boolean; rest: () => Promise<void> },
): Promise<Document> {
  const found = surveyed(bytes);
  await rest();
  const value = parsed(bytes, found);
  if (!duplicates) return { value, exact: found.exact, duplicates: [] };
  await rest();
  return { value, exact: found.exact, duplicates: repeats(value, found) };
}

type Surveyed = { text: string; depth: number; keys: number; exact: boolean };

function surveyed(bytes: Uint8Array): Surveyed {
  const text = decoder.decode(bytes);
  const { depth, keys, odd } = survey(text);
  if (depth > depthMax) throw new DecodeError("exceeded max depth");
  return { text, depth, keys, exact: odd || hasSurrogates(text) };
}

function parsed(bytes: Uint8Array, { text, exact }: Surveyed): unknown {
  try {
    return exact ? parseExactly(text) : JSON.parse(text);
  } catch {
    throw new DecodeError(syntaxError(bytes));
  }
}

const repeats = (value: unknown, { text, depth, keys }: Surveyed): Path[] =>
  depth > recursionMax || countKeys(value) !== keys ? findDuplicates(text) : [];

/** A JSON value inside another document: integers keep their digits. Throws a SyntaxError. */
export function readRawJson(text: string): unknown {
  return survey(text).odd ? plain(parseExactly(text)) : JSON.parse(text);
}

const hasSurrogates = (text: string): boolean => /\\u[dD][89a-fA-F]/.test(text);

/**
 * Duplicates as upstream names them. With a shape: only those that its decoder would come to see.
 */
export function duplicateFields(duplicates: readonly Path[], shape?: Shape): string[] {
  const seen = duplicates.filter((path) => shape === undefined || isDecoded(path, shape));
  return [...new Set(seen.map(pathText))];
}

const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");

function isDecoded(path: Path, shape: Shape): boolean {
  let here: Shape | undefined = shape;
  for (const step of path) {
    if (here?.kind === "object") here = here.fields.get(String(step))?.shape();
    else if (here?.kind === "map") here = here.value();
    else if (here?.kind === "list") here = here.item();
    else return false;
    if (here === undefined) return false;
  }
  return true;
}

/**
 * Depth, number of keys, and whether a number needs the exact reader. Malformed text gives any
 * answer.
 */
function survey(text: string): { depth: number; keys: number; odd: boolean } {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  let odd = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at);
        break;
      case colon:
        keys++;
        break;
      case openBrace:
      case openBracket:
        if (++depth > deepest) deepest = depth;
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
      default:
        if (isDigit(text.charCodeAt(at))) {
          const end = endOfNumber(text, at);
          odd ||= end < 0;
          at = Math.abs(end) - 1;
        }
    }
  }
  return { depth: deepest, keys, odd };
}

const quote = 34;
const colon = 58;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const backslash = 92;
const space = 32;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * Index of the closing quote of the string that starts at `start`; the end of the text when there
 * is none.
 */
function endOfString(text: string, start: number): number {
  let at = start;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return at;
  }
}

/**
 * Index behind the number at `start`; negative when it has a fraction, an exponent or more than 15
 * digits.
 */
function endOfNumber(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  let odd = at - start > 15;
  const code = text.charCodeAt(at) | 32;
  if (code === 46 || code === 101) {
    odd = true;
    while (/[0-9.eE+-]/.test(text.charAt(at))) at++;
  }
  return odd ? -at : at;
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null || value instanceof OddNumber) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    count += typeof inner === "object" ? countKeys(inner) + 1 : 1;
  }
  return count;
}

/** Of 64 bits, with the sign. */
const integerDigitsMax = 20;

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Integers keep every digit up to 64 bits; other numbers of a whole value keep their text. */
function parseExactly(text: string): unknown {
  const revive: Reviver = (_, value, { source }) => {
    if (typeof value === "string") return value.toWellFormed();
    if (typeof value !== "number" || source === undefined) return value;
    if (/[.eE]/.test(source)) {
      return Number.isInteger(value) || !Number.isFinite(value) ? new OddNumber(source) : value;
    }
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
    // Reading millions of digits takes long, and no integer has them.
    if (source.length > integerDigitsMax) return new OddNumber(source);
    const whole = BigInt(source);
    return BigInt.asIntN(64, whole) === whole ? whole : new OddNumber(source);
  };
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

type Frame = { readonly keys: Set<string> | undefined; step: string | number };

function findDuplicates(text: string): Path[] {
  const found: Path[] = [];
  eachKey(text, (stack, repeated) => {
    if (repeated) found.push(stack.map(({ step }) => step));
    return found.length < duplicatesMax;
  });
  return found;
}

/**
 * Unknown and repeated fields as upstream's decoder meets them: an unknown one where it stands first, a repeated one
 * where it stands again. `bytes` is valid JSON.
 */
export function inDocumentOrder(
  bytes: Uint8Array,
  {
    unknown,
    repeated,
  }: { readonly unknown: readonly string[]; readonly repeated: readonly string[] },
): { readonly path: string; readonly repeated: boolean }[] {
  const wanted = new Set([...unknown, ...repeated]);
  const first = new Map<string, number>();
  const again = new Map<string, number>();
  let count = 0;
  eachKey(decoder.decode(bytes), (stack, isAgain) => {
    const path = pathText(stack.map(({ step }) => step));
    const places = isAgain ? again : first;
    if (wanted.has(path) && !places.has(path)) places.set(path, count);
    count++;
    return true;
  });
  const all = [
    ...unknown.map((path) => ({ path, repeated: false, at: first.get(path) ?? count })),
    ...repeated.map((path) => ({ path, repeated: true, at: again.get(path) ?? count })),
  ];
  return all.sort((a, b) => a.at - b.at);
}

/** Until `visit` says no. `text` is valid JSON. Without recursion, since it may be deep. */
function eachKey(
  text: string,
  visit: (stack: readonly Frame[], repeated: boolean) => boolean,
): void {
  const stack: Frame[] = [];
  for (let at = 0; at < text.length; at++) {
    const frame = stack.at(-1);
    switch (text.charCodeAt(at)) {
      case openBrace:
        stack.push({ keys: new Set(), step: "" });
        break;
      case openBracket:
        stack.push({ keys: undefined, step: 0 });
        break;
      case closeBrace:
      case closeBracket:
        stack.pop();
        break;
      case 44:
        if (typeof frame?.step === "number") frame.step++;
        break;
      case quote: {
        const end = endOfString(text, at);
        if (frame?.keys && isKey(text, end)) {
          const raw = text.slice(at + 1, end);
          const key = raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
          frame.step = key;
          if (!visit(stack, frame.keys.has(key))) return;
          frame.keys.add(key);
        }
        at = end;
      }
    }
  }
}

/** Whether the string that ends at `end` is followed by a colon. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  // What stands between is white space.
  while (text.charCodeAt(at) <= space) at++;
  return text.charCodeAt(at) === colon;
}
