// What a rule may cost at most, from the sizes that its schema allows: a definition whose rules
// could stop the server is refused. Never more than upstream's own estimate, so that no definition
// that upstream takes is refused here.

import type { Expression } from "./cel/parser.ts";
import { type Known, Typing, type Variables } from "./custom-expression-types.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

/** For one rule, wherever in an object it may be asked. */
export const ruleCostMax = 10_000_000;

/** A request is no longer than this. */
const requestBytesMax = 3 * 1024 * 1024;

/** How often a part may stand in an object; undefined: as often as a request has room for it. */
export type Cardinality = number | undefined;

/** Cost of `expression` at `schema`, times the places at which it may be asked. */
export function ruleCost(
  expression: Expression,
  schema: JSONSchemaProps,
  cardinality: Cardinality,
): number {
  const cost = costOf(
    expression,
    new Map<string, Known>([
      ["self", schema],
      ["oldSelf", schema],
    ]),
  );
  return cost * (cardinality ?? fitting(leastBytes(schema)));
}

/** How many items or entries a value of `schema` may have. */
export function sizeMax({ type, items, maxItems, ...schema }: JSONSchemaProps): number {
  if (type === "array")
    return maxItems ?? fitting(leastBytes((items as JSONSchemaProps | undefined) ?? {}));
  const { additionalProperties: rest, maxProperties } = schema;
  if (typeof rest !== "object") return 1;
  return maxProperties ?? fitting(leastBytes(rest) + 4);
}

/** A comma stands between items. */
const fitting = (bytes: number): number => Math.floor(requestBytesMax / (bytes + 1));

/** Length of the shortest JSON text of a value. */
function leastBytes({ type, properties = {}, required = [] }: JSONSchemaProps): number {
  if (type === "boolean") return 4;
  if (type === "integer" || type === "number") return 1;
  if (type !== "object") return 2;
  return required.reduce((sum, name) => {
    const part = properties[name];
    return part === undefined ? sum : sum + name.length + 4 + leastBytes(part);
  }, 2);
}

function costOf(expression: Expression, variables: Variables): number {
  const all = (parts: readonly Expression[]): number =>
    parts.reduce((sum, part) => sum + costOf(part, variables), 0);
  switch (expression.is) {
    case "literal":
      return 0;
    case "name":
      return 1;
    case "select":
      return costOf(expression.of, variables) + 1;
    case "has":
      return costOf(expression.of, variables);
    case "index":
      return all([expression.of, expression.index]) + 1;
    case "call":
      return (
        all(expression.args) + (expression.target ? costOf(expression.target, variables) : 0) + 1
      );
    case "operator":
      return all(expression.args) + 1;
    case "list":
      return all(expression.items) + 10;
    case "map":
      return all(expression.entries.flat()) + 30;
    case "each": {
      const { over, parts } = expression;
      const typing = new Typing();
      const of = typing.of(over, variables);
      const inner = new Map([...variables, ...typing.bound(expression, of)]);
      const each = parts.reduce((sum, part) => sum + costOf(part, inner), 1);
      return costOf(over, variables) + (of === undefined ? 1 : sizeMax(of)) * each;
    }
    case "bind": {
      const value = new Typing().of(expression.value, variables);
      const inner = new Map([...variables, [expression.name, value] as const]);
      return costOf(expression.value, variables) + costOf(expression.body, inner);
    }
  }
}
