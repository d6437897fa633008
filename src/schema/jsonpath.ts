// Finds and prints what a JSONPath template names in a JSON value (`jsonpath-parser.ts` has the
// dialect).
import { isObject } from "./clone.ts";
import { goText, goType } from "./go-text.ts";
import { JsonPathError, type Node, parseTemplate } from "./jsonpath-parser.ts";
import { jsonText } from "./quoted.ts";

export { JsonPathError } from "./jsonpath-parser.ts";

export type JsonPath = { readonly nodes: readonly Node[] };

export type FindOptions = {
  /** A field that is not there finds nothing; else it is an error. */
  readonly allowMissingKeys?: boolean;
};

/** Throws a JsonPathError in upstream's words. Frozen: keep it as long as its text. */
export const parseJsonPath = (template: string): JsonPath =>
  Object.freeze({ nodes: parseTemplate(template) });

/** What each part of the template finds: of text the text. Throws a JsonPathError. */
export function findResults(path: JsonPath, data: unknown, options: FindOptions = {}): unknown[][] {
  return new Search(path.nodes, options.allowMissingKeys ?? false).find(0, data);
}

/** A value as it stands in the text that a template gives: objects as JSON, strings bare. */
export function printValue(value: unknown): string {
  if (value === undefined) return "<no value>";
  return typeof value === "object" && value !== null ? jsonText(sorted(value)) : String(value);
}

/** Go writes the fields of maps in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}

/** Most values that one step may find, so that a template cannot multiply without end. */
const resultsMax = 1_000_000;

/** One walk over a template. Ranges nest; their ends are told by the words `range` and `end`. */
class Search {
  readonly #nodes: readonly Node[];
  readonly #allowMissing: boolean;
  #begins = 0;
  #depth = 0;
  #ends = 0;
  /** Where the last range ended. */
  #lastEnd = -1;

  constructor(nodes: readonly Node[], allowMissing: boolean) {
    this.#nodes = nodes;
    this.#allowMissing = allowMissing;
  }

  find(start: number, data: unknown): unknown[][] {
    const all: unknown[][] = [];
    for (let i = start; i < this.#nodes.length; i++) {
      const results = this.#walk([data], this.#nodes[i]!);
      if (this.#ends > 0 && this.#ends <= this.#depth) {
        this.#ends--;
        this.#lastEnd = i;
        break;
      }
      if (this.#begins === 0) {
        all.push(results);
        continue;
      }
      this.#begins--;
      this.#depth++;
      // A range over nothing is walked once, to find its end.
      if (results.length === 0) this.find(i + 1, null);
      for (const result of results) all.push(...this.find(i + 1, result));
      this.#depth--;
      if (this.#lastEnd > i) i = this.#lastEnd;
    }
    return all;
  }

  #walk(values: unknown[], node: Node): unknown[] {
    switch (node.is) {
      case "list":
        return node.nodes.reduce((current, part) => bounded(this.#walk(current, part)), values);
      case "text":
        return [node.text];
      case "constant":
        return values.map(() => node.value);
      case "field":
        return this.#field(values, node.name);
      case "slice":
        return values.flatMap((value) => slice(value, node));
      case "wildcard":
        return values.flatMap(childrenOf);
      case "recursive":
        return descendants(values);
      case "union":
        return this.#union(values, node.nodes);
      case "filter":
        return this.#filter(values, node);
      case "word":
        return this.#word(values, node.word);
    }
  }

  #union(values: unknown[], parts: readonly Node[]): unknown[] {
    const results: unknown[] = [];
    for (const part of parts) {
      for (const value of this.#walk(values, part)) results.push(value);
      bounded(results);
    }
    return results;
  }

  #word(values: unknown[], word: string): unknown[] {
    if (word === "range") {
      this.#begins++;
      return values;
    }
    if (word !== "end") throw new JsonPathError(`unrecognized identifier ${word}`);
    if (this.#depth === 0) throw new JsonPathError("not in range, nothing to end");
    this.#ends++;
    return [];
  }

  #field(values: unknown[], name: string): unknown[] {
    if (values.length === 0) return values;
    const results: unknown[] = [];
    for (const value of values) {
      if (isObject(value) && Object.hasOwn(value, name)) results.push(value[name]);
    }
    if (results.length > 0 || this.#allowMissing) return results;
    throw new JsonPathError(`${name} is not found`);
  }

  #filter(values: unknown[], node: Node & { is: "filter" }): unknown[] {
    const results: unknown[] = [];
    for (const value of values) {
      if (!Array.isArray(value)) {
        throw new JsonPathError(`${goText(value)} is not array or slice and cannot be filtered`);
      }
      for (const item of value) if (this.#passes(item, node)) results.push(item);
    }
    return results;
  }

  #passes(item: unknown, { left, operator, right }: Node & { is: "filter" }): boolean {
    if (operator === "exists") return this.#exists(item, left);
    const a = this.#single(item, left);
    const b = a === undefined ? undefined : this.#single(item, right);
    if (a === undefined || b === undefined) return false;
    return compare(operator, a, b, kindOf(left, a[0]), kindOf(right, b[0]));
  }

  #exists(item: unknown, node: Node): boolean {
    try {
      return this.#walk([item], node).length > 0;
    } catch (error) {
      if (error instanceof JsonPathError) return false;
      throw error;
    }
  }

  /** Undefined when there is nothing to compare. */
  #single(item: unknown, node: Node): [unknown] | undefined {
    const results = this.#walk([item], node);
    if (results.length > 1) throw new JsonPathError("can only compare one element at a time");
    return results.length === 0 ? undefined : [results[0]];
  }
}

function bounded(values: unknown[]): unknown[] {
  if (values.length > resultsMax) throw new JsonPathError("too many results");
  return values;
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return [...new TextEncoder().encode(value)];
  return isObject(value) ? Object.values(value) : [];
}

/** Each value that has parts, before what is below it. */
function descendants(values: unknown[]): unknown[] {
  const results: unknown[] = [];
  const visit = (value: unknown): void => {
    const children = typeof value === "string" ? [] : childrenOf(value);
    if (children.length === 0 && (typeof value !== "string" || value === "")) return;
    results.push(value);
    bounded(results);
    for (const child of children) visit(child);
  };
  for (const value of values) visit(value);
  return results;
}

function slice(value: unknown, { bounds }: Node & { is: "slice" }): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new JsonPathError(`${goType(value)} is not array or slice`);
  const { length } = value;
  const [first, last, every] = bounds;
  let start = first.known ? first.value : 0;
  if (start < 0) start += length;
  let end = last.known ? last.value : length;
  if (end < 0 || (end === 0 && last.derived)) end += length;
  if (start === end) return [];
  const outside = (index: number): never => {
    throw new JsonPathError(`array index out of bounds: index ${index}, length ${length}`);
  };
  if (start >= length || start < 0) outside(start);
  if (end > length || end < 0) outside(end - 1);
  if (start > end) {
    throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
  }
  if (every.known && every.value <= 0) throw new JsonPathError("step must be > 0");
  const step = every.known ? every.value : 1;
  return value.slice(start, end).filter((_, i) => i % step === 0);
}

type Kind = "bool" | "int" | "float" | "string" | "none";

/** Go tells integers from other numbers; a constant says itself what it is. */
function kindOf(node: Node, value: unknown): Kind {
  const only = node.is === "list" && node.nodes.length === 1 ? node.nodes[0] : undefined;
  if (only?.is === "constant") return only.kind;
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (typeof value === "bigint") return "int";
  if (typeof value !== "number") return "none";
  return Number.isInteger(value) ? "int" : "float";
}

function compare(
  operator: string,
  [a]: [unknown],
  [b]: [unknown],
  kind: Kind,
  other: Kind,
): boolean {
  if (!operators.has(operator)) {
    throw new JsonPathError(`unrecognized filter operator ${operator}`);
  }
  if (kind === "none" || other === "none") {
    throw new JsonPathError("invalid type for comparison");
  }
  if (kind !== other) throw new JsonPathError("incompatible types for comparison");
  if (operator === "==") return a === b;
  if (operator === "!=") return a !== b;
  if (kind === "bool") throw new JsonPathError("invalid type for comparison");
  const [x, y] = [a as string, b as string];
  if (operator === "<") return x < y;
  if (operator === "<=") return x <= y;
  return operator === ">" ? x > y : x >= y;
}

const operators = new Set(["==", "!=", "<", "<=", ">", ">="]);
