// Whether the fields that an expression names are those of the schema it stands at.

import type { Expression } from "./cel/parser.ts";
import { typeAndMetadata } from "./custom-codec.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

/** Schemas of variables; undefined: anything. */
export type Variables = ReadonlyMap<string, Known>;
export type Known = JSONSchemaProps | undefined;

export type TypeProblem = { readonly at: number; readonly message: string };

/** The first field that is not there; undefined when all are, as far as can be told. */
export function typeProblem(expression: Expression, variables: Variables): TypeProblem | undefined {
  const typing = new Typing();
  typing.of(expression, variables);
  return typing.problem;
}

export class Typing {
  problem: TypeProblem | undefined;

  /** The schema of what the expression gives; undefined where that cannot be told. */
  of(expression: Expression, variables: Variables): Known {
    switch (expression.is) {
      case "literal":
        return undefined;
      case "name":
        return variables.get(expression.name);
      case "select": {
        const field = this.#field(this.of(expression.of, variables), expression);
        return expression.optional ? undefined : field;
      }
      case "has":
        this.#field(this.of(expression.of, variables), expression);
        return undefined;
      case "index": {
        const of = this.of(expression.of, variables);
        this.of(expression.index, variables);
        return expression.optional ? undefined : itemOf(of);
      }
      case "call":
        if (expression.target !== undefined) this.of(expression.target, variables);
        for (const arg of expression.args) if (!isLazy(expression.name)) this.of(arg, variables);
        return undefined;
      case "operator":
        for (const arg of expression.args) this.of(arg, variables);
        return undefined;
      case "list":
        for (const item of expression.items) this.of(item, variables);
        return undefined;
      case "map":
        for (const [key, value] of expression.entries) {
          this.of(key, variables);
          this.of(value, variables);
        }
        return undefined;
      case "each":
        return this.#each(expression, variables);
      case "bind": {
        const value = this.of(expression.value, variables);
        return this.of(expression.body, new Map([...variables, [expression.name, value]]));
      }
    }
  }

  #each(expression: Expression & { is: "each" }, variables: Variables): Known {
    const of = this.of(expression.over, variables);
    const inner = new Map([...variables, ...this.bound(expression, of)]);
    for (const part of expression.parts) this.of(part, inner);
    return expression.macro === "filter" && of?.type === "array" ? of : undefined;
  }

  /** Schemas of the names that a macro binds, over a value of schema `of`. */
  bound({ names }: Expression & { is: "each" }, of: Known): [string, Known][] {
    const [first, second] = names;
    if (second !== undefined) {
      return [
        [first!, undefined],
        [second, itemOf(of)],
      ];
    }
    return [[first!, of?.type === "array" ? itemOf(of) : undefined]];
  }

  #field(of: Known, { field, at }: { readonly field: string; readonly at: number }): Known {
    if (of === undefined || of["x-kubernetes-int-or-string"] === true) return undefined;
    const { type, properties, additionalProperties: rest } = of;
    if (type === undefined) return undefined;
    if (type !== "object") {
      this.problem ??= {
        at,
        message: `type '${celTypes[type] ?? type}' does not support field selection`,
      };
      return undefined;
    }
    if (typeof rest === "object") return rest;
    if (rest !== undefined || of["x-kubernetes-preserve-unknown-fields"] === true) return undefined;
    const name = Object.keys(properties ?? {}).find((one) => escaped(one) === field);
    if (name !== undefined) return properties![name];
    if (!typeAndMetadata.has(field)) this.problem ??= { at, message: `undefined field '${field}'` };
    return undefined;
  }
}

const isLazy = (name: string): boolean => name === "optMap" || name === "optFlatMap";

function itemOf(of: Known): Known {
  if (of?.type === "array") return of.items as Known;
  return typeof of?.additionalProperties === "object" ? of.additionalProperties : undefined;
}

const celTypes: Readonly<Record<string, string>> = {
  array: "list",
  boolean: "bool",
  integer: "int",
  number: "double",
};

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const special: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/** The name of a field as expressions write it. */
export function escaped(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name.replace(/__|[-./]/g, (found) => special[found]!);
}
