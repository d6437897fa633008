// Expressions as trees. Macros (`has`, `all`, `map`, …) stand as what they mean: tests of presence and folds, with a note
// of the macro so that the evaluator need not fold step by step.
import type { Literal } from "./lexer.ts";

/** `at`: offset in the text to which a problem with this part points. `id`: different for each part of a tree. */
type Part = { readonly id: number; readonly at: number };

export type LiteralExpression = Part & {
  readonly is: "literal";
  readonly value: Literal | boolean | null;
};
/** `name`: with a dot in front when it is to be found outside of all folds. */
export type NameExpression = Part & { readonly is: "name"; readonly name: string };
export type SelectExpression = Part & {
  readonly is: "select";
  readonly of: Expression;
  readonly field: string;
  /** `a.?b` */
  readonly optional: boolean;
  /** `has(a.b)` */
  readonly test: boolean;
};
export type CallExpression = Part & {
  readonly is: "call";
  /** Operators are called `_+_`, `!_`, `_[_]`, `_?_:_`, … */
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
};
export type ListExpression = Part & {
  readonly is: "list";
  readonly items: readonly Expression[];
  /** Positions of `?item`. */
  readonly optional: ReadonlySet<number>;
};
export type MapExpression = Part & {
  readonly is: "map";
  readonly entries: readonly Entry[];
};
export type Entry = {
  readonly key: Expression;
  readonly value: Expression;
  readonly optional: boolean;
};
export type StructExpression = Part & {
  readonly is: "struct";
  readonly name: string;
  readonly fields: readonly FieldInit[];
};
export type FieldInit = {
  readonly at: number;
  readonly name: string;
  readonly value: Expression;
  readonly optional: boolean;
};
/**
 * `accu` starts as `init`; for each item of `range`, named `names`, it becomes `step` while `condition` holds; the value is
 * `result`. With two names they are index or key, and value.
 */
export type FoldExpression = Part & {
  readonly is: "fold";
  readonly range: Expression;
  readonly names: readonly string[];
  readonly accu: string;
  readonly init: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
  readonly macro: FoldMacro;
};

/** What the fold does, by its parts. `bind`: a name for a value. */
export type FoldMacro =
  | { readonly is: "all" | "exists" | "existsOne"; readonly test: Expression }
  | {
      readonly is: "list";
      readonly test: Expression | undefined;
      readonly item: Expression;
    }
  | {
      readonly is: "map";
      readonly test: Expression | undefined;
      readonly value: Expression;
    }
  | {
      readonly is: "mapOfEntries";
      readonly test: Expression | undefined;
      readonly entry: Expression;
    }
  | { readonly is: "bind"; readonly value: Expression; readonly body: Expression };

export type Expression =
  | LiteralExpression
  | NameExpression
  | SelectExpression
  | CallExpression
  | ListExpression
  | MapExpression
  | StructExpression
  | FoldExpression;

/** Parts of `expression`, the folds' own machinery included. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.is) {
    case "literal":
    case "name":
      return [];
    case "select":
      return [expression.of];
    case "call":
      return expression.target ? [expression.target, ...expression.args] : expression.args;
    case "list":
      return expression.items;
    case "map":
      return expression.entries.flatMap(({ key, value }) => [key, value]);
    case "struct":
      return expression.fields.map(({ value }) => value);
    case "fold": {
      const { range, init, condition, step, result } = expression;
      return [range, init, condition, step, result];
    }
  }
}

/** `a.b.c` as text; undefined for what is no such chain. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.is === "name") return expression.name;
  if (expression.is !== "select" || expression.test || expression.optional) return undefined;
  const of = qualifiedName(expression.of);
  return of === undefined ? undefined : `${of}.${expression.field}`;
}
