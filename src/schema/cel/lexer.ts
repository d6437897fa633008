// The words of an expression in the Common Expression Language (CEL).

/** An expression that cannot be read. `at`: offset of the text. */
export class CelSyntaxError extends Error {
  override name = "CelSyntaxError";
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export type Token =
  | { readonly is: "name" | "symbol" | "end"; readonly text: string; readonly at: number }
  | { readonly is: "value"; readonly value: Literal; readonly text: string; readonly at: number };

export type Literal = string | bigint | number | Uint8Array | { readonly uint: bigint };

const symbols = /\.\?|\[\?|&&|\|\||[=!<>]=|[-+*/%!?:.,()[\]{}<>]/y;
const space = /(?:\s|\/\/[^\n]*)+/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const quotedName = /`([A-Za-z0-9_./ -]+)`/y;
const number = /0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+|\d+)(?:[eE][-+]?\d+)?[uU]?/y;
const textStart = /([rR]?[bB]?|[bB]?[rR]?)("""|'''|"|')/y;

export function tokensOf(source: string): Token[] {
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
    if (start !== null) {
      const [value, end] = textFrom(source, at, start);
      tokens.push({ is: "value", value, text: source.slice(at, end), at });
      at = end;
      continue;
    }
    const found = match(number);
    if (found !== null && !(found[0].startsWith(".") && isOperand(tokens.at(-1)))) {
      tokens.push({ is: "value", value: numberOf(found[0], at), text: found[0], at });
      at += found[0].length;
      continue;
    }
    const word = match(name) ?? match(quotedName);
    const text = word ?? match(symbols);
    if (text === null)
      throw new CelSyntaxError(`Syntax error: token recognition error at: '${source[at]}'`, at);
    tokens.push({ is: word ? "name" : "symbol", text: text[1] ?? text[0], at });
    at += text[0].length;
  }
}

const isOperand = (token: Token | undefined): boolean =>
  token?.is === "name" || token?.text === ")" || token?.text === "]";

function numberOf(text: string, at: number): Literal {
  const unsigned = /[uU]$/.test(text);
  const digits = unsigned ? text.slice(0, -1) : text;
  if (/^0[xX]/.test(digits) || /^\d+$/.test(digits)) {
    const value = BigInt(digits);
    if (unsigned) return { uint: value };
    if (value > 2n ** 63n) throw new CelSyntaxError("invalid int literal", at);
    return value;
  }
  return Number(digits);
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

/** The text whose first quote `start` has found, and where it ends. */
function textFrom(source: string, from: number, start: RegExpExecArray): [Literal, number] {
  const [whole, prefix = "", quote = ""] = start;
  const raw = /r/i.test(prefix);
  let value = "";
  let at = from + whole.length;
  while (!source.startsWith(quote, at)) {
    const letter = source[at];
    if (letter === undefined || (quote.length === 1 && letter === "\n"))
      throw new CelSyntaxError("Syntax error: the text has no end", from);
    if (letter !== "\\" || raw) {
      value += letter;
      at++;
      continue;
    }
    const sequence =
      /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/y;
    sequence.lastIndex = at;
    const [taken = "", x, u, long, octal, plain = ""] = sequence.exec(source) ?? [];
    const hex = x ?? u ?? long;
    if (hex !== undefined) value += String.fromCodePoint(Number.parseInt(hex, 16));
    else if (octal !== undefined) value += String.fromCodePoint(Number.parseInt(octal, 8));
    else if (escapes[plain] !== undefined) value += escapes[plain];
    else throw new CelSyntaxError("Syntax error: unknown escape", at);
    at += taken.length;
  }
  const isBytes = /b/i.test(prefix);
  return [isBytes ? new TextEncoder().encode(value) : value, at + quote.length];
}
