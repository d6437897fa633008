// The JSONPath dialect of kubectl and of printer columns: text with actions in braces.
//
//   {.metadata.name}  {.items[*].status.phase}  {range .items[*]}{.metadata.name}{"\n"}{end}
//   {.spec.containers[?(@.name=="web")].image}  {..image}  {.data.a\.b}  {['a','b']}
import { quoted } from "./quoted.ts";

/** `text` refused in upstream's words. */
export class JsonPathError extends Error {}

export type Bound = { readonly value: number; readonly known: boolean; readonly derived: boolean };

export type Node =
  | { readonly is: "list"; readonly nodes: readonly Node[] }
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "field"; readonly name: string }
  | { readonly is: "slice"; readonly bounds: readonly [Bound, Bound, Bound] }
  | { readonly is: "filter"; readonly left: Node; readonly operator: string; readonly right: Node }
  | {
      readonly is: "constant";
      readonly kind: "int" | "float" | "bool";
      readonly value: number | boolean;
    }
  | { readonly is: "wildcard" }
  | { readonly is: "recursive" }
  | { readonly is: "union"; readonly nodes: readonly Node[] }
  | { readonly is: "word"; readonly word: string };

/** Longest template; a column's path and a command line are far below. */
const lengthMax = 64 * 1024;

/** The parts of a template: text and actions (lists). Throws a JsonPathError. */
export function parseTemplate(text: string): Node[] {
  if (text.length > lengthMax) throw new JsonPathError("template is too long");
  const nodes: Node[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("{", at);
    if (open !== at) nodes.push({ is: "text", text: text.slice(at, open < 0 ? undefined : open) });
    if (open < 0) break;
    const reader = new ActionReader(text, open + 1);
    nodes.push({ is: "list", nodes: reader.read() });
    at = reader.at;
  }
  return nodes;
}

const parseAction = (text: string): Node => parseTemplate(`{${text}}`)[0]!;

const terminators = new Set([" ", "\t", "\r", "\n", ".", ",", "[", "]", "$", "@", "{", "}"]);
const isWordPart = (c: string): boolean => /[_\p{L}\p{Nd}]/u.test(c);

/** Reads what stands between braces; `at` is behind the closing one then. */
class ActionReader {
  at: number;
  readonly #text: string;
  readonly #nodes: Node[] = [];

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  read(): Node[] {
    while (!this.#sees("}")) this.#part();
    this.at++;
    return this.#nodes;
  }

  #sees(prefix: string): boolean {
    return this.#text.startsWith(prefix, this.at);
  }

  /** The character here, a whole one also beyond the basic plane; "" at the end. */
  #peek(): string {
    const code = this.#text.codePointAt(this.at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  #part(): void {
    if (this.#sees("[?(")) return this.#filter();
    if (this.#sees("..")) return this.#recursive();
    const c = this.#peek();
    if (c === "" || c === "\r" || c === "\n") throw new JsonPathError("unclosed action");
    if (c === "[") return this.#array();
    if (c === '"' || c === "'") return this.#quote(c);
    if (c === ".") {
      this.at++;
      return this.#field();
    }
    if (c === "+" || c === "-" || /\p{Nd}/u.test(c)) return this.#number();
    if (isWordPart(c)) return this.#word();
    if (c !== " " && c !== "@" && c !== "$") {
      const hex = c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      const shown = quoted(c).slice(1, -1);
      const printed = shown === c || c === '"' || c === "\\" ? ` '${c}'` : "";
      throw new JsonPathError(`unrecognized character in action: U+${hex}${printed}`);
    }
    this.at++;
  }

  #until(ends: (c: string) => boolean): string {
    const start = this.at;
    while (this.at < this.#text.length && !ends(this.#text[this.at]!)) this.at++;
    return this.#text.slice(start, this.at);
  }

  #word(): void {
    const word = this.#until((c) => terminators.has(c));
    if (word === "true" || word === "false") {
      this.#nodes.push({ is: "constant", kind: "bool", value: word === "true" });
    } else this.#nodes.push({ is: "word", word });
  }

  #recursive(): void {
    if (this.#nodes.at(-1)?.is === "recursive") {
      throw new JsonPathError("invalid multiple recursive descent");
    }
    this.at += 2;
    this.#nodes.push({ is: "recursive" });
    if (isWordPart(this.#peek())) this.#field();
  }

  #number(): void {
    const start = this.at;
    if (this.#sees("+") || this.#sees("-")) this.at++;
    this.#until((c) => c !== "." && !/\p{Nd}/u.test(c));
    const text = this.#text.slice(start, this.at);
    if (/^[+-]?[0-9]{1,15}$/.test(text)) {
      this.#nodes.push({ is: "constant", kind: "int", value: Number(text) });
    } else if (/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text)) {
      this.#nodes.push({ is: "constant", kind: "float", value: Number(text) });
    } else throw new JsonPathError(`cannot parse number ${text}`);
  }

  #field(): void {
    const start = this.at;
    while (this.at < this.#text.length && !terminators.has(this.#text[this.at]!)) {
      this.at += this.#text[this.at] === "\\" ? 2 : 1;
    }
    this.at = Math.min(this.at, this.#text.length);
    const name = this.#text.slice(start, this.at);
    if (name === "*") this.#nodes.push({ is: "wildcard" });
    else this.#nodes.push({ is: "field", name: name.replaceAll("\\", "") });
  }

  #quote(end: string): void {
    const start = this.at++;
    for (;;) {
      const c = this.#text[this.at];
      if (c === undefined || c === "\n") throw new JsonPathError("unterminated quoted string");
      this.at++;
      if (c === end && this.#text[this.at - 2] !== "\\") break;
    }
    const text = this.#text.slice(start, this.at);
    this.#nodes.push({ is: "text", text: unquoted(text) });
  }

  #array(): void {
    const body = this.#until((c) => c === "]" || c === "\n").slice(1);
    if (!this.#sees("]")) throw new JsonPathError("unterminated array");
    this.at++;
    const text = body === "*" ? ":" : body;
    const parts = text.split(",");
    if (parts.length > 1) {
      const nodes = parts.map((part) => parseAction(`[${withoutBlanks(part)}]`));
      this.#nodes.push({ is: "union", nodes });
      return;
    }
    const key = /^'([^']*)'$/.exec(text);
    if (key !== null) {
      const action = parseAction(`.${key[1]}`);
      if (action.is === "list") this.#nodes.push(...action.nodes);
      return;
    }
    this.#nodes.push({ is: "slice", bounds: sliceBounds(text) });
  }

  #filter(): void {
    this.at += 3;
    const start = this.at;
    let quote = "";
    let closed = false;
    for (;;) {
      const c = this.#text[this.at];
      if (c === undefined || c === "\n") throw new JsonPathError("unterminated filter");
      this.at++;
      if (c === '"' || c === "'") {
        if (quote === "") quote = c;
        else if (this.#text[this.at - 2] !== "\\" && c === quote) closed = true;
      } else if (c === ")" && (quote !== "") === closed) break;
    }
    if (!this.#sees("]")) throw new JsonPathError("unclosed array expect ]");
    const text = this.#text.slice(start, this.at - 1);
    this.at++;
    const parts = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    if (parts === null) {
      const right: Node = { is: "list", nodes: [] };
      this.#nodes.push({ is: "filter", left: parseAction(text), operator: "exists", right });
    } else {
      const [, left = "", operator = "", right = ""] = parts;
      this.#nodes.push({
        is: "filter",
        left: parseAction(left),
        operator,
        right: parseAction(right),
      });
    }
  }
}

/** Not by a pattern, which would look at a run of blanks once for each of them. */
function withoutBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (text[start] === " ") start++;
  while (end > start && text[end - 1] === " ") end--;
  return text.slice(start, end);
}

function sliceBounds(text: string): [Bound, Bound, Bound] {
  const parts = /^(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?$/.exec(text);
  if (parts === null) throw new JsonPathError(`invalid array index ${text}`);
  const unknown: Bound = { value: 0, known: false, derived: false };
  const bound = (digits: string): Bound => {
    if (digits === "") return unknown;
    if (!/^-?[0-9]{1,15}$/.test(digits)) {
      throw new JsonPathError(`array index ${digits} is not a number`);
    }
    return { value: Number(digits), known: true, derived: false };
  };
  const start = bound(parts[1] ?? "");
  const end =
    parts[2] === undefined
      ? { value: start.value + 1, known: true, derived: true }
      : bound(parts[2].slice(1));
  return [start, end, parts[3] === undefined ? unknown : bound(parts[3].slice(1))];
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
};

/** Go's escapes between quotes of either kind. */
function unquoted(text: string): string {
  const quote = text[0]!;
  const fail = (): never => {
    throw new JsonPathError(`unquote string ${text} error invalid syntax`);
  };
  if (text.length < 2) fail();
  return text
    .slice(1, -1)
    .replace(
      /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)?|["']/gs,
      (match, code: string | undefined) => {
        if (match === '"' || match === "'") return match === quote ? fail() : match;
        if (code === undefined) return fail();
        if (code === quote) return code;
        const known = escapes[code];
        if (known !== undefined) return known;
        const value = /^[0-7]{3}$/.test(code)
          ? Number.parseInt(code, 8)
          : Number.parseInt(code.slice(1), 16);
        return code.length > 1 && value <= 0x10ffff ? String.fromCodePoint(value) : fail();
      },
    );
}
