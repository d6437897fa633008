// The words of an expression in the Common Expression Language (CEL).
import { CelSyntaxError, type Problem } from "./error.ts";

export { CelSyntaxError } from "./error.ts";

export type Token =
  | {
      readonly is: "name" | "quoted" | "symbol" | "end";
      readonly text: string;
      readonly at: number;
    }
  | { readonly is: "value"; readonly value: Literal; readonly text: string; readonly at: number };

export type Literal = string | bigint | number | Uint8Array | { readonly uint: bigint };

const symbols = /&&|\|\||[=!<>]=|[-+*/%!?:.,()[\]{}<>]/y;
const space = /(?:[\t\f\r\n ]|\/\/[^\n]*)+/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const quotedName = /`([A-Za-z0-9_./ -]+)`/y;
const number =
  /0x[0-9a-fA-F]+[uU]?|\d+\.\d+(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d+[uU]?/y;
const textStart = /(?:[rR][bB]|[bB][rR]|[rRbB])?("""|'''|"|')/y;

/** What cannot be read stands in `problems`, and is passed over. */
export function tokensOf(source: string, problems: Problem[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  for (;;) {
    at += match(space)?.[0].length ?? 0;
    if (at >= source.length) return [...tokens, { is: "end", text: "<EOF>", at }];
    const start = match(textStart);
    const text = start && textFrom(source, at, start);
    if (text) {
      tokens.push({ is: "value", value: text.value, text: source.slice(at, text.end), at });
      at = text.end;
      continue;
    }
    const digits = match(number);
    if (digits !== null) {
      tokens.push({ is: "value", value: numberOf(digits[0], at), text: digits[0], at });
      at += digits[0].length;
      continue;
    }
    const word = start ? null : match(name);
    const quoted = word ? null : match(quotedName);
    const found = word ?? quoted ?? match(symbols);
    if (found === null) {
      const unknown = unreadable(source, at, start);
      const message = `Syntax error: token recognition error at: '${shown(unknown)}'`;
      problems.push({ at, message });
      at += unknown.length;
      continue;
    }
    const is = word ? "name" : quoted ? "quoted" : "symbol";
    tokens.push({ is, text: found[1] ?? found[0], at });
    at += found[0].length;
  }
}

const shown = (text: string): string =>
  text.replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");

/** Up to where a reader of words can tell that there is none. */
function unreadable(source: string, at: number, text: RegExpExecArray | null): string {
  const [letter = ""] = source.slice(at);
  if (text === null) {
    const both = letter === "|" || letter === "&" || letter === "=";
    return both ? source.slice(at, at + 2) : letter;
  }
  const quote = text[1]!;
  const body = source.slice(at + text[0].length);
  const length = quote.length === 3 ? body.length : body.search(/\n|$/);
  const sound =
    /^(?:[^\\\n]|\\(?:[abfnrtv\\'"`?]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}))*/;
  const good = /r/i.test(text[0]) ? length : (sound.exec(body)?.[0].length ?? 0);
  return source.slice(at, at + text[0].length + Math.min(length, good + 3));
}

function numberOf(text: string, at: number): Literal {
  const unsigned = /[uU]$/.test(text);
  const digits = unsigned ? text.slice(0, -1) : text;
  if (/^0x/.test(digits) || /^\d+$/.test(digits)) {
    const value = BigInt(digits);
    if (!unsigned) return value;
    if (value >= 2n ** 64n) throw new CelSyntaxError("invalid uint literal", at);
    return { uint: value };
  }
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new CelSyntaxError("invalid double literal", at);
  return value;
}

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "`": "`",
  "?": "?",
};

const sequence =
  /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/y;

/** The text whose first quote `start` has found, and where it ends; undefined for one that has no end. */
function textFrom(
  source: string,
  from: number,
  start: RegExpExecArray,
): { value: Literal; end: number } | undefined {
  const [whole, quote = ""] = start;
  const prefix = whole.slice(0, whole.length - quote.length);
  const raw = /r/i.test(prefix);
  const isBytes = /b/i.test(prefix);
  const parts = new TextOrBytes(isBytes);
  let at = from + whole.length;
  while (!source.startsWith(quote, at)) {
    const code = source.codePointAt(at);
    if (code === undefined || (quote.length === 1 && code === 10)) return undefined;
    if (code !== 92) {
      parts.letter(code);
      at += code > 0xffff ? 2 : 1;
      continue;
    }
    if (raw) {
      const next = source[at + 1];
      if (next === undefined) return undefined;
      parts.letter(92);
      at++;
      // A quote behind a backslash does not end a raw text.
      if (next === quote[0] && quote.length === 1) {
        parts.letter(next.charCodeAt(0));
        at++;
      }
      continue;
    }
    sequence.lastIndex = at;
    const [taken = "", x, u, long, octal, plain = ""] = sequence.exec(source) ?? [];
    const value = x ?? u ?? long;
    if (value !== undefined) {
      const point = Number.parseInt(value, 16);
      if (isBytes && x === undefined) return undefined;
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
      parts.value(point);
    } else if (octal !== undefined) parts.value(Number.parseInt(octal, 8));
    else if (escapes[plain] !== undefined) parts.value(escapes[plain].charCodeAt(0));
    else return undefined;
    at += taken.length;
  }
  return { value: parts.result(), end: at + quote.length };
}

/** Escaped values are letters of a text, and bytes of bytes. */
class TextOrBytes {
  #text = "";
  readonly #bytes: number[] | undefined;
  constructor(isBytes: boolean) {
    this.#bytes = isBytes ? [] : undefined;
  }
  letter(code: number): void {
    const letter = String.fromCodePoint(code);
    if (this.#bytes) this.#bytes.push(...new TextEncoder().encode(letter));
    else this.#text += letter;
  }
  value(code: number): void {
    if (this.#bytes) this.#bytes.push(code);
    else this.#text += String.fromCodePoint(code);
  }
  result(): Literal {
    return this.#bytes ? Uint8Array.from(this.#bytes) : this.#text;
  }
}
