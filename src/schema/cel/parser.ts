// Reads expressions, with the words of upstream's parser for what cannot be read.
import type { Entry, Expression, FieldInit } from "./ast.ts";
import { CelSyntaxError, type Problem } from "./error.ts";
import { type Token, tokensOf } from "./lexer.ts";
import { globalMacro, memberMacro, Parts } from "./macros.ts";

export type { Expression } from "./ast.ts";

/** Deeper expressions are refused, as upstream's parser does. */
const depthMax = 250;

/** Letters of an expression; upstream's bound. */
const lettersMax = 100_000;

/** Throws a CelSyntaxError. `binds`: whether `cel.bind` is a macro. */
export function parseExpression(source: string, binds = false): Expression {
  if (source.length > lettersMax) {
    const size = [...source].length;
    if (size > lettersMax)
      throw new CelSyntaxError(
        `expression code point size exceeds limit: size: ${size}, limit ${lettersMax}`,
        -1,
      );
  }
  const problems: Problem[] = [];
  const tokens = tokensOf(source, problems);
  const parser = new Parser(tokens, problems, new Parts(binds));
  let expression: Expression | undefined;
  try {
    expression = parser.whole();
  } catch (error) {
    if (!(error instanceof CelSyntaxError)) throw error;
    problems.push(...error.problems);
  }
  if (expression !== undefined && problems.length === 0) return expression;
  const [first] = problems.toSorted((a, b) => a.at - b.at);
  throw new CelSyntaxError(first!.message, first!.at, problems);
}

/** Chains of operators and selections make trees as deep as they are long. */
const tooDeep = (): CelSyntaxError => new CelSyntaxError("max recursion depth exceeded", -1);

const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["<", "<=", ">=", ">", "==", "!=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

const starts = ["'['", "'{'", "'('", "'.'", "'-'", "'!'", "'true'", "'false'", "'null'"];
const values = ["NUM_FLOAT", "NUM_INT", "NUM_UINT", "STRING", "BYTES", "IDENTIFIER"];
const operand = `{${[...starts, ...values].join(", ")}}`;
const operandOrClose = operand.replace("'(', ", "'(', ')', ");
const keyOrEnd =
  "{'[', '{', '}', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const fieldOrEnd = "{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}";

const reserved: ReadonlySet<string> = new Set(
  "as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

class Parser {
  readonly #tokens: readonly Token[];
  readonly #problems: Problem[];
  readonly #parts: Parts;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], problems: Problem[], parts: Parts) {
    this.#tokens = tokens;
    this.#problems = problems;
    this.#parts = parts;
  }

  whole(): Expression {
    const expression = this.#expression();
    if (this.#token.is === "end") return expression;
    const isLast = this.#tokens[this.#at + 1]?.is === "end";
    return this.#unexpected("<EOF>", isLast ? "extraneous" : "mismatched");
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > depthMax)
      throw new CelSyntaxError(`expression recursion limit exceeded: ${depthMax}`, -1);
    const result = read();
    this.#depth--;
    return result;
  }

  #expression(): Expression {
    return this.#deeper(() => {
      const condition = this.#level(0);
      const { at } = this.#token;
      if (!this.#takes("?")) return condition;
      const yes = this.#level(0);
      this.#expect(":");
      return this.#parts.call(at, "_?_:_", [condition, yes, this.#expression()]);
    });
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #isSymbol(text: string): boolean {
    const { is, text: own } = this.#token;
    return own === text && (is === "symbol" || (is === "name" && text === "in"));
  }

  #takes(text: string): boolean {
    if (!this.#isSymbol(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (this.#takes(text)) return;
    const { text: found, at } = this.#token;
    // A word that could stand behind the missing one: it is told, and taken as there.
    if (text === ":" || !endsOperand(this.#token)) this.#unexpected(`'${text}'`);
    this.#problems.push({ at, message: `Syntax error: missing '${text}' at '${found}'` });
  }

  #unexpected(wanted: string, how = "mismatched"): never {
    const { text, at } = this.#token;
    throw new CelSyntaxError(`Syntax error: ${how} input '${text}' expecting ${wanted}`, at);
  }

  #level(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#level(level + 1);
    let steps = 0;
    const chained: { terms: Expression[]; ats: number[] } = { terms: [left], ats: [] };
    for (;;) {
      const name = operators.find((one) => this.#isSymbol(one));
      if (name === undefined) break;
      const { at } = this.#token;
      this.#at++;
      if (level >= 2 && ++steps > depthMax) throw tooDeep();
      const right = this.#level(level + 1);
      if (level < 2) {
        chained.terms.push(right);
        chained.ats.push(at);
      } else left = this.#parts.call(at, name === "in" ? "@in" : `_${name}_`, [left, right]);
    }
    return level < 2 ? this.#balanced(`_${operators[0]}_`, chained) : left;
  }

  /** Long chains of `&&` and `||` become trees that are not deep. */
  #balanced(name: string, { terms, ats }: { terms: Expression[]; ats: number[] }): Expression {
    const build = (low: number, high: number): Expression => {
      const middle = Math.floor((low + high + 1) / 2);
      const left = middle === low ? terms[middle]! : build(low, middle - 1);
      const right = middle === high ? terms[middle + 1]! : build(middle + 1, high);
      return this.#parts.call(ats[middle]!, name, [left, right]);
    };
    return ats.length === 0 ? terms[0]! : build(0, ats.length - 1);
  }

  #unary(): Expression {
    const { at } = this.#token;
    const first = this.#isSymbol("!") ? "!" : this.#isSymbol("-") ? "-" : undefined;
    if (first === undefined) return this.#member();
    const next = this.#tokens[this.#at + 1]!;
    const isNumber = next.is === "value" && ["bigint", "number"].includes(typeof next.value);
    if (first === "-" && isNumber) return this.#member();
    let count = 0;
    while (this.#takes(first)) count++;
    const of = this.#deeper(() => this.#member());
    // An even number of them takes itself back.
    return count % 2 === 0 ? of : this.#parts.call(at, `${first}_`, [of]);
  }

  #member(): Expression {
    let of = this.#primary();
    for (let steps = 0; ; steps++) {
      if (steps > depthMax) throw tooDeep();
      const { at } = this.#token;
      if (this.#takes(".")) of = this.#selected(of, at);
      else if (this.#takes("[")) {
        const optional = this.#takes("?");
        const index = this.#expression();
        this.#expect("]");
        of = this.#parts.call(at, optional ? "_[?_]" : "_[_]", [of, index]);
      } else return of;
    }
  }

  #selected(of: Expression, at: number): Expression {
    if (this.#takes("?"))
      return this.#parts.select(at, of, this.#field("IDENTIFIER"), { optional: true });
    const token = this.#token;
    if (token.is !== "name" && token.is !== "quoted") this.#noField();
    const field = this.#field("IDENTIFIER");
    const open = this.#token.at;
    if (token.is === "quoted" || !this.#takes("(")) return this.#parts.select(at, of, field, {});
    return this.#memberCall(of, field, open);
  }

  /** Behind a dot stands no name. */
  #noField(): never {
    const { is, text, at } = this.#token;
    const seen = is === "end" ? "." : `.${text}`;
    throw new CelSyntaxError(`Syntax error: no viable alternative at input '${seen}'`, at);
  }

  #field(wanted: string): string {
    const { is, text } = this.#token;
    const isName = is === "name" && !/^(?:true|false|null|in)$/.test(text);
    if (!isName && is !== "quoted") this.#unexpected(wanted);
    this.#at++;
    return text;
  }

  #memberCall(target: Expression, name: string, at: number): Expression {
    const args = this.#arguments(")");
    return (
      memberMacro(this.#parts, { target, name, args, at }) ??
      this.#parts.call(at, name, args, target)
    );
  }

  #arguments(close: string): Expression[] {
    const args: Expression[] = [];
    if (this.#takes(close)) return args;
    if (this.#token.is === "end") this.#unexpected(operandOrClose);
    for (;;) {
      args.push(this.#expression());
      if (this.#takes(",")) continue;
      this.#expect(close);
      return args;
    }
  }

  #primary(): Expression {
    const token = this.#token;
    const { at } = token;
    if (token.is === "value" || this.#isSymbol("-")) return this.#literal();
    if (token.is === "name" && token.text !== "in") return this.#named("", at);
    if (this.#isSymbol(".")) {
      this.#at++;
      if (this.#token.is !== "name") this.#noField();
      return this.#named(".", at);
    }
    if (this.#takes("(")) {
      const inner = this.#expression();
      this.#expect(")");
      return inner;
    }
    if (this.#takes("[")) return this.#list(at);
    if (this.#takes("{")) return this.#map(at);
    return this.#missing(operand, () => this.#primary());
  }

  /** A word too many before a good one is passed over, so that more can be told. */
  #missing(wanted: string, again: () => Expression): Expression {
    const next = this.#tokens[this.#at + 1];
    if (next === undefined || !startsOperand(next)) this.#unexpected(wanted);
    const { text, at } = this.#token;
    const message = `Syntax error: extraneous input '${text}' expecting ${wanted}`;
    this.#problems.push({ at, message });
    this.#at++;
    return again();
  }

  #literal(): Expression {
    const { at } = this.#token;
    const negative = this.#takes("-");
    const token = this.#token;
    if (token.is !== "value") return this.#unexpected(operand);
    this.#at++;
    const { value } = token;
    if (typeof value === "bigint") {
      const signed = negative ? -value : value;
      if (signed >= 2n ** 63n || signed < -(2n ** 63n))
        throw new CelSyntaxError("invalid int literal", at);
      return this.#parts.literal(at, signed);
    }
    if (typeof value === "number") return this.#parts.literal(at, negative ? -value : value);
    return this.#parts.literal(at, value);
  }

  #named(dot: "" | ".", at: number): Expression {
    const token = this.#token;
    const { text: name } = token;
    this.#at++;
    if (dot === "" && (name === "true" || name === "false"))
      return this.#parts.literal(at, name === "true");
    if (dot === "" && name === "null") return this.#parts.literal(at, null);
    if (reserved.has(name)) throw new CelSyntaxError(`reserved identifier: ${name}`, token.at);
    const open = this.#token.at;
    if (this.#takes("(")) return this.#globalCall(`${dot}${name}`, open);
    const struct = this.#structName(`${dot}${name}`);
    return struct === undefined
      ? this.#parts.name(token.at, `${dot}${name}`)
      : this.#struct(struct);
  }

  #globalCall(name: string, at: number): Expression {
    const args = this.#arguments(")");
    return globalMacro(this.#parts, { name, args, at }) ?? this.#parts.call(at, name, args);
  }

  /** The name of a message that is made, `a.b.C{`; undefined where none is. */
  #structName(first: string): string | undefined {
    let name = first;
    let at = this.#at;
    while (this.#tokens[at]?.text === "." && this.#tokens[at + 1]?.is === "name") {
      name += `.${this.#tokens[at + 1]!.text}`;
      at += 2;
    }
    const open = this.#tokens[at];
    if (open?.is !== "symbol" || open.text !== "{") return undefined;
    this.#at = at;
    return name;
  }

  #struct(name: string): Expression {
    const { at } = this.#token;
    this.#expect("{");
    const fields: FieldInit[] = [];
    while (!this.#takes("}")) {
      const optional = this.#takes("?");
      const field = this.#field(fieldOrEnd);
      const place = this.#token.at;
      this.#expect(":");
      fields.push({ at: place, name: field, value: this.#expression(), optional });
      if (!this.#takes(",") && !this.#isSymbol("}")) this.#unexpected("{'}', ','}");
    }
    return this.#parts.struct(at, name, fields);
  }

  #list(at: number): Expression {
    const items: Expression[] = [];
    const optional = new Set<number>();
    while (!this.#takes("]")) {
      if (items.length > 0 && this.#token.is === "end")
        throw new CelSyntaxError("Syntax error: missing ']' at '<EOF>'", this.#token.at);
      if (this.#takes("?")) optional.add(items.length);
      items.push(this.#expression());
      if (!this.#takes(",") && !this.#isSymbol("]")) this.#unexpected("{']', ','}");
    }
    return this.#parts.list(at, items, optional);
  }

  #map(at: number): Expression {
    const entries: Entry[] = [];
    while (!this.#takes("}")) {
      const optional = this.#takes("?");
      if (!startsOperand(this.#token) && !optional && entries.length === 0)
        this.#missing(keyOrEnd, () => this.#parts.literal(at, null));
      const key = this.#expression();
      this.#expect(":");
      entries.push({ key, value: this.#expression(), optional });
      if (!this.#takes(",") && !this.#isSymbol("}")) this.#unexpected("{'}', ','}");
    }
    return this.#parts.map(at, entries);
  }
}

const startsOperand = ({ is, text }: Token): boolean =>
  is === "value" ||
  (is === "name" && text !== "in") ||
  (is === "symbol" && /^[[{(.!-]$/.test(text));

const endsOperand = ({ is, text }: Token): boolean =>
  is === "end" || (is === "symbol" && !/^[{(!]$/.test(text));
