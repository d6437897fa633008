// Expressions at work. Each step costs one unit, and calls on long values cost by their length: an
// expression that would take too long is stopped.

import { CelError } from "./error.ts";
import { functions } from "./functions.ts";
import { binary } from "./operators.ts";
import { type Expression, parseExpression } from "./parser.ts";
import { type CelValue, int, isList, isMap, Optional, TypeName, Uint } from "./values.ts";

/** What may be spent on one expression, as upstream allows. */
export const costMax = 1_000_000;

export const tooCostly = "operation cancelled: actual cost limit exceeded";

export type Program = {
  readonly expression: Expression;
  /** Names of variables that the expression uses and does not bind itself. */
  readonly names: ReadonlySet<string>;
  /** Throws a CelError. `cost` says what was spent, also then. */
  readonly run: (
    variables: Readonly<Record<string, CelValue>>,
    spent: { cost: number },
  ) => CelValue;
};

/** Throws a CelSyntaxError, or a CelError for a function that nobody knows. */
export function compileExpression(source: string): Program {
  const expression = parseExpression(source);
  const names = new Set<string>();
  survey(expression, new Set(), names);
  return {
    expression,
    names,
    run(variables, spent) {
      const scope: Scope = { variables: new Map(Object.entries(variables)), outer: undefined };
      return new Run(spent).value(expression, scope);
    },
  };
}

const types: ReadonlySet<string> = new Set([
  "int",
  "uint",
  "double",
  "bool",
  "string",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
]);
/** First parts of names of functions. */
const libraries: ReadonlySet<string> = new Set(["math", "sets", "optional", "cel"]);

function survey(expression: Expression, bound: ReadonlySet<string>, names: Set<string>): void {
  const go = (inner: Expression, more: readonly string[] = []): void =>
    survey(inner, more.length === 0 ? bound : new Set([...bound, ...more]), names);
  switch (expression.is) {
    case "literal":
      return;
    case "name":
      if (!bound.has(expression.name) && !types.has(expression.name)) names.add(expression.name);
      return;
    case "select":
    case "has":
      return go(expression.of);
    case "index":
      go(expression.of);
      return go(expression.index);
    case "call": {
      const { name, target, args } = expression;
      const library = libraryOf(target);
      const full = library === undefined ? name : `${library}.${name}`;
      if (!Object.hasOwn(functions, full) && !lazy.has(name))
        throw new CelError(`undeclared reference to '${full}' (in container '')`);
      if (target !== undefined && library === undefined) go(target);
      for (const arg of args) go(arg);
      return;
    }
    case "operator":
      for (const arg of expression.args) go(arg);
      return;
    case "list":
      for (const item of expression.items) go(item);
      return;
    case "map":
      for (const [key, value] of expression.entries) {
        go(key);
        go(value);
      }
      return;
    case "each":
      go(expression.over);
      for (const part of expression.parts) go(part, expression.names);
      return;
    case "bind":
      go(expression.value);
      return go(expression.body, [expression.name]);
  }
}

/** Methods whose argument is an expression over a name. */
const lazy: ReadonlySet<string> = new Set(["optMap", "optFlatMap"]);

const libraryOf = (target: Expression | undefined): string | undefined =>
  target?.is === "name" && libraries.has(target.name) ? target.name : undefined;

type Scope = {
  readonly variables: ReadonlyMap<string, CelValue>;
  readonly outer: Scope | undefined;
};

class Run {
  readonly #spent: { cost: number };
  readonly #limit: number;

  constructor(spent: { cost: number }) {
    this.#spent = spent;
    this.#limit = spent.cost + costMax;
  }

  value(expression: Expression, scope: Scope): CelValue {
    this.#pay(1);
    switch (expression.is) {
      case "literal": {
        const { value } = expression;
        if (value !== null && typeof value === "object" && "uint" in value)
          return new Uint(value.uint);
        return value as CelValue;
      }
      case "name":
        return lookUp(expression.name, scope);
      case "select": {
        const of = this.value(expression.of, scope);
        return expression.optional
          ? optionalPart(of, expression.field)
          : fieldOf(of, expression.field);
      }
      case "has": {
        const of = this.value(expression.of, scope);
        const holder = of instanceof Optional ? of.value : of;
        if (holder === undefined) return false;
        if (!isMap(holder)) throw new CelError("no such overload");
        return holder.has(expression.field);
      }
      case "index": {
        const of = this.value(expression.of, scope);
        const index = this.value(expression.index, scope);
        return expression.optional ? optionalPart(of, index) : itemOf(of, index);
      }
      case "call":
        return this.#call(expression, scope);
      case "operator":
        return this.#operator(expression.name, expression.args, scope);
      case "list":
        return expression.items.map((item) => this.value(item, scope));
      case "map":
        return new Map(
          expression.entries.map(([key, value]) => [
            this.value(key, scope),
            this.value(value, scope),
          ]),
        );
      case "each":
        return this.#each(expression, scope);
      case "bind": {
        const value = this.value(expression.value, scope);
        return this.value(expression.body, inner(scope, [[expression.name, value]]));
      }
    }
  }

  #pay(cost: number): void {
    this.#spent.cost += cost;
    if (this.#spent.cost > this.#limit) throw new CelError(tooCostly);
  }

  #truth(expression: Expression, scope: Scope): boolean {
    const value = this.value(expression, scope);
    if (typeof value !== "boolean") throw new CelError("no such overload");
    return value;
  }

  #call({ name, target, args }: Expression & { is: "call" }, scope: Scope): CelValue {
    if (target !== undefined && lazy.has(name)) return this.#optionalMap(name, target, args, scope);
    const library = libraryOf(target);
    const run = functions[library === undefined ? name : `${library}.${name}`]!;
    const values = args.map((arg) => this.value(arg, scope));
    if (target !== undefined && library === undefined) values.unshift(this.value(target, scope));
    this.#pay(values.reduce<number>((cost, value) => cost + weightOf(value), 0));
    const result = run(...values);
    this.#pay(weightOf(result));
    return result;
  }

  #optionalMap(
    name: string,
    target: Expression,
    args: readonly Expression[],
    scope: Scope,
  ): CelValue {
    const of = this.value(target, scope);
    const [variable, body] = args;
    if (!(of instanceof Optional) || variable?.is !== "name" || body === undefined)
      throw new CelError("no such overload");
    if (of.value === undefined) return of;
    const value = this.value(body, inner(scope, [[variable.name, of.value]]));
    return name === "optMap" ? new Optional(value) : value;
  }

  #operator(name: string, args: readonly Expression[], scope: Scope): CelValue {
    const [first, second, third] = args as [Expression, Expression, Expression];
    if (name === "&&") return this.#either(false, first, second, scope);
    if (name === "||") return this.#either(true, first, second, scope);
    if (name === "?:") return this.value(this.#truth(first, scope) ? second : third, scope);
    if (name === "!_") return !this.#truth(first, scope);
    const a = this.value(first, scope);
    if (name === "-_") {
      if (typeof a === "bigint") return int(-a);
      if (typeof a === "number") return -a;
      throw new CelError("no such overload");
    }
    const b = this.value(second, scope);
    this.#pay(weightOf(a) + weightOf(b));
    return binary(name, a, b);
  }

  /** One side that decides is enough, even when the other one fails. */
  #either(decides: boolean, first: Expression, second: Expression, scope: Scope): boolean {
    try {
      if (this.#truth(first, scope) === decides) return decides;
    } catch (error) {
      if (!(error instanceof CelError) || error.message === tooCostly) throw error;
      if (this.#truth(second, scope) === decides) return decides;
      throw error;
    }
    return this.#truth(second, scope);
  }

  #each({ macro, over, names, parts }: Expression & { is: "each" }, scope: Scope): CelValue {
    const of = this.value(over, scope);
    const items = entriesOf(of, names.length === 2);
    const scopes = items.map((values) =>
      inner(
        scope,
        names.map((name, at) => [name, values[at]!]),
      ),
    );
    const [first, second] = parts as [Expression, Expression | undefined];
    switch (macro) {
      case "all":
        return this.#decided(false, first, scopes);
      case "exists":
        return this.#decided(true, first, scopes);
      case "exists_one":
        return scopes.filter((one) => this.#truth(first, one)).length === 1;
      case "filter":
        return items.filter((_, at) => this.#truth(first, scopes[at]!)).map(([item]) => item!);
      case "map":
      case "transformList": {
        const chosen =
          second === undefined ? scopes : scopes.filter((one) => this.#truth(first, one));
        return chosen.map((one) => this.value(second ?? first, one));
      }
      case "transformMap": {
        const chosen = items.flatMap(([key], at): [CelValue, CelValue][] =>
          second !== undefined && !this.#truth(first, scopes[at]!)
            ? []
            : [[key!, this.value(second ?? first, scopes[at]!)]],
        );
        return new Map(chosen);
      }
    }
  }

  /** Fails only when none decides. */
  #decided(decides: boolean, part: Expression, scopes: readonly Scope[]): boolean {
    let failure: CelError | undefined;
    for (const one of scopes) {
      try {
        if (this.#truth(part, one) === decides) return decides;
      } catch (error) {
        if (!(error instanceof CelError) || error.message === tooCostly) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return !decides;
  }
}

const inner = (outer: Scope, variables: readonly (readonly [string, CelValue])[]): Scope => ({
  variables: new Map(variables),
  outer,
});

/** Items of a list, keys of a map; with two names index or key, and value. */
function entriesOf(of: CelValue, two: boolean): CelValue[][] {
  if (isList(of)) return of.map((item, at) => (two ? [BigInt(at), item] : [item]));
  if (isMap(of)) return [...of].map(([key, value]) => (two ? [key, value] : [key]));
  throw new CelError("no such overload");
}

function lookUp(name: string, scope: Scope): CelValue {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const value = at.variables.get(name);
    if (value !== undefined) return value;
  }
  if (types.has(name)) return new TypeName(name);
  throw new CelError(`no such attribute(s): ${name}`);
}

function fieldOf(of: CelValue, field: string): CelValue {
  if (of instanceof Optional) return optionalPart(of, field);
  if (!isMap(of)) throw new CelError("no such overload");
  const value = of.get(field);
  if (value === undefined) throw new CelError(`no such key: ${field}`);
  return value;
}

function itemOf(of: CelValue, index: CelValue): CelValue {
  if (isMap(of)) {
    const value = of.get(index);
    if (value === undefined) throw new CelError(`no such key: ${String(index)}`);
    return value;
  }
  if (!isList(of)) throw new CelError("no such overload");
  const at = typeof index === "bigint" || typeof index === "number" ? Number(index) : Number.NaN;
  if (Number.isNaN(at)) throw new CelError("no such overload");
  const value = of[at];
  if (value === undefined) throw new CelError(`index out of bounds: ${at}`);
  return value;
}

function optionalPart(of: CelValue, key: CelValue): Optional {
  const holder = of instanceof Optional ? of.value : of;
  if (holder === undefined) return new Optional(undefined);
  if (isMap(holder)) return new Optional(holder.get(key));
  if (isList(holder)) return new Optional(holder[Number(key)]);
  throw new CelError("no such overload");
}

/** Ten letters, or one item, for a unit. */
function weightOf(value: CelValue): number {
  if (typeof value === "string") return value.length / 10;
  if (isList(value)) return value.length;
  return isMap(value) ? value.size : 0;
}
