// Expressions as trees. Macros (`has`, `all`, `exists`, `map`, `filter`, …) are nodes of their own:
// they bind names.

import { CelSyntaxError, type Literal, type Token, tokensOf } from "./lexer.ts";

export type Expression =
  | { readonly is: "literal"; readonly value: Literal | boolean | null }
  | { readonly is: "name"; readonly name: string; readonly at: number }
  | {
      readonly is: "select";
      readonly of: Expression;
      readonly field: string;
      readonly optional: boolean;
      readonly at: number;
    }
  | {
      readonly is: "index";
      readonly of: Expression;
      readonly index: Expression;
      readonly optional: boolean;
    }
  | {
      readonly is: "has";
      readonly of: Expression;
      readonly field: string;
      readonly at: number;
    }
  | {
      readonly is: "call";
      readonly name: string;
      readonly target: Expression | undefined;
      readonly args: readonly Expression[];
      readonly at: number;
    }
  | { readonly is: "operator"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly is: "list"; readonly items: readonly Expression[] }
  | { readonly is: "map"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | {
      readonly is: "each";
      readonly macro: Macro;
      readonly over: Expression;
      readonly names: readonly string[];
      readonly parts: readonly Expression[];
    }
  | {
      readonly is: "bind";
      readonly name: string;
      readonly value: Expression;
      readonly body: Expression;
    };

export type Macro =
  | "all"
  | "exists"
  | "exists_one"
  | "map"
  | "filter"
  | "transformList"
  | "transformMap";

/** Deeper expressions are refused, as upstream's parser does. */
const depthMax = 250;

/** Throws a CelSyntaxError. */
export function parseExpression(source: string): Expression {
  const parser = new Parser(tokensOf(source));
  const expression = parser.expression();
  parser.end();
  return expression;
}

const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["<", "<=", ">=", ">", "==", "!=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

const macros: Readonly<Record<string, Macro>> = {
  all: "all",
  exists: "exists",
  exists_one: "exists_one",
  existsOne: "exists_one",
  map: "map",
  filter: "filter",
  transformList: "transformList",
  transformMap: "transformMap",
};

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#token.is !== "end") this.#unexpected("<EOF>");
  }

  expression(): Expression {
    if (++this.#depth > depthMax)
      throw new CelSyntaxError("expression recursion limit exceeded", this.#token.at);
    const condition = this.#level(0);
    let result = condition;
    if (this.#takes("?")) {
      const yes = this.#level(0);
      this.#expect(":");
      result = { is: "operator", name: "?:", args: [condition, yes, this.expression()] };
    }
    this.#depth--;
    return result;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #isSymbol(text: string): boolean {
    const { is, text: own } = this.#token;
    return own === text && (is === "symbol" || text === "in");
  }

  #takes(text: string): boolean {
    if (!this.#isSymbol(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) this.#unexpected(`'${text}'`);
  }

  #unexpected(wanted: string): never {
    const { text, at } = this.#token;
    throw new CelSyntaxError(`Syntax error: mismatched input '${text}' expecting ${wanted}`, at);
  }

  #name(): string {
    const token = this.#token;
    if (token.is !== "name") this.#unexpected("IDENTIFIER");
    this.#at++;
    return token.text;
  }

  #level(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#level(level + 1);
    for (;;) {
      const name = operators.find((one) => this.#isSymbol(one));
      if (name === undefined) return left;
      this.#at++;
      left = { is: "operator", name, args: [left, this.#level(level + 1)] };
    }
  }

  #unary(): Expression {
    for (const name of ["!", "-"]) {
      if (!this.#takes(name)) continue;
      if (++this.#depth > depthMax)
        throw new CelSyntaxError("expression recursion limit exceeded", this.#token.at);
      const inner = this.#unary();
      this.#depth--;
      const value = inner.is === "literal" ? inner.value : undefined;
      if (name === "-" && (typeof value === "bigint" || typeof value === "number"))
        return { is: "literal", value: -value };
      return { is: "operator", name: `${name}_`, args: [inner] };
    }
    return this.#member();
  }

  #member(): Expression {
    let of = this.#primary();
    for (;;) {
      const { at } = this.#token;
      if (this.#takes(".")) {
        const field = this.#name();
        of = this.#takes("(") ? this.#call(of, field, at) : select(of, field, at);
      } else if (this.#takes(".?")) of = select(of, this.#name(), at, true);
      else if (this.#takes("[")) of = this.#index(of, false);
      else if (this.#takes("[?")) of = this.#index(of, true);
      else return of;
    }
  }

  #index(of: Expression, optional: boolean): Expression {
    const index = this.expression();
    this.#expect("]");
    return { is: "index", of, index, optional };
  }

  #arguments(close: string): Expression[] {
    const args: Expression[] = [];
    while (!this.#isSymbol(close)) {
      args.push(this.expression());
      if (!this.#takes(",")) break;
    }
    this.#expect(close);
    return args;
  }

  #call(target: Expression | undefined, name: string, at: number): Expression {
    const args = this.#arguments(")");
    if (target === undefined && name === "has") return hasField(args, at);
    if (target?.is === "name" && target.name === "cel" && name === "bind") return bound(args, at);
    const macro = target === undefined || !Object.hasOwn(macros, name) ? undefined : macros[name]!;
    if (macro !== undefined && args.length > 1) return each(macro, target!, args, at);
    return { is: "call", name, target, args, at };
  }

  #primary(): Expression {
    const token = this.#token;
    this.#at++;
    if (token.is === "value") return { is: "literal", value: token.value };
    if (token.is === "name") {
      const { text: name, at } = token;
      if (name === "true" || name === "false") return { is: "literal", value: name === "true" };
      if (name === "null") return { is: "literal", value: null };
      return this.#takes("(") ? this.#call(undefined, name, at) : { is: "name", name, at };
    }
    if (token.text === "(") {
      const inner = this.expression();
      this.#expect(")");
      return inner;
    }
    if (token.text === "[") return { is: "list", items: this.#arguments("]") };
    if (token.text === "{") return this.#map();
    if (token.text === ".") return this.#primary();
    this.#at--;
    return this.#unexpected("an expression");
  }

  #map(): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.#isSymbol("}")) {
      const key = this.expression();
      this.#expect(":");
      entries.push([key, this.expression()]);
      if (!this.#takes(",")) break;
    }
    this.#expect("}");
    return { is: "map", entries };
  }
}

const select = (of: Expression, field: string, at: number, optional = false): Expression => ({
  is: "select",
  of,
  field,
  optional,
  at,
});

function hasField([field, ...more]: readonly Expression[], at: number): Expression {
  if (field?.is !== "select" || more.length > 0)
    throw new CelSyntaxError("invalid argument to has() macro", at);
  return { is: "has", of: field.of, field: field.field, at: field.at };
}

function bound([name, value, body]: readonly Expression[], at: number): Expression {
  if (name?.is !== "name" || value === undefined || body === undefined)
    throw new CelSyntaxError("cel.bind() variable names must be simple identifiers", at);
  return { is: "bind", name: name.name, value, body };
}

/**
 * One name and what is asked of it, or two names (index or key, and value) where the last part is
 * asked.
 */
function each(macro: Macro, over: Expression, args: readonly Expression[], at: number): Expression {
  const two = args.length > 2 && args[1]!.is === "name" && macro !== "map";
  const names = args.slice(0, two ? 2 : 1).map((arg) => {
    if (arg.is !== "name") throw new CelSyntaxError("argument is not an identifier", at);
    return arg.name;
  });
  return { is: "each", macro, over, names, parts: args.slice(names.length) };
}
