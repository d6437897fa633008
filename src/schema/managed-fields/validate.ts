// Whether an applied configuration has the form of its kind, in upstream's words. Only the form:
// values are for decoding and for the kind's own rules.
import { isObject } from "../clone.ts";
import { goText, goType } from "../go-text.ts";
import { jsonText } from "../quoted.ts";
import type { Form, ListForm } from "./form.ts";
import { ItemError, keyOfItem } from "./items.ts";
import { printKey } from "./path-key.ts";

/** What is wrong, all of it in one text; undefined when nothing is. */
export function formProblem(form: Form, value: unknown): string | undefined {
  const problems: string[] = [];
  visit(form, value, undefined, problems);
  if (problems.length <= 1) return problems[0];
  return ["errors:", ...problems.map((p) => `  ${p}`)].join("\n");
}

/** Where a value stands: nearly always nobody asks, so that the text is made late. */
type Place = {
  readonly above: Place | undefined;
  readonly kind: "field" | "index" | "item";
  /** The name of a field or entry, an index, or the key of an item. */
  readonly step: string | number;
};

function visit(form: Form, value: unknown, place: Place | undefined, problems: string[]): void {
  if (value === null || value === undefined) return;
  switch (form.kind) {
    case "scalar": {
      const problem = scalarProblem(form.type, value);
      if (problem !== undefined) note(problems, place, problem);
      return;
    }
    case "struct":
      if (!isObject(value)) return note(problems, place, `expected map, got ${shown(value)}`);
      for (const name in value) {
        const part = form.part(name)?.form ?? form.rest;
        const here: Place = { above: place, kind: "field", step: name };
        if (part === undefined) return note(problems, here, "field not declared in schema");
        visit(part, value[name], here, problems);
      }
      return;
    case "map":
      if (!isObject(value)) return note(problems, place, `expected map, got ${shown(value)}`);
      for (const name in value)
        visit(form.value(), value[name], { above: place, kind: "field", step: name }, problems);
      return;
    case "list":
      if (!Array.isArray(value)) return note(problems, place, `expected list, got ${shown(value)}`);
      return visitItems(form, value, place, problems);
    case "any":
      return;
  }
}

const shown = (value: unknown): string => `&{${goText(value)}}`;

function note(problems: string[], place: Place | undefined, message: string): void {
  problems.push(place === undefined ? message : `${pathText(place)}: ${message}`);
}

function pathText({ above, kind, step }: Place): string {
  const before = above === undefined ? "" : pathText(above);
  if (kind === "index") return `${before}[${step}]`;
  return before + (kind === "item" ? printKey(String(step)) : `.${step}`);
}

function scalarProblem(type: string, value: unknown): string | undefined {
  const plain = typeof value !== "object";
  if (type === "untyped" && !plain) return `expected any scalar, got ${shown(value)}`;
  if (type === "boolean" && typeof value !== "boolean")
    return `expected boolean, got ${shown(value)}`;
  if (type === "numeric" && typeof value !== "number" && typeof value !== "bigint")
    return `expected numeric (int or float), got ${goType(value)}`;
  if (type !== "string" || typeof value === "string") return undefined;
  const text = plain ? String(value) : `${goType(value)}${jsonText(value)}`;
  return `expected string, got &value.valueUnstructured{Value:${text}}`;
}

function visitItems(
  form: ListForm,
  items: readonly unknown[],
  place: Place | undefined,
  problems: string[],
): void {
  const item = form.item();
  if (form.type === "atomic") {
    for (let i = 0; i < items.length; i++)
      visit(item, items[i], { above: place, kind: "index", step: i }, problems);
    return;
  }
  const seen = new Set<string>();
  for (let i = 0; i < items.length; i++) {
    let key: string;
    try {
      key = keyOfItem(form, items[i]);
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      return note(problems, place, `element ${i}: ${error.message}`);
    }
    if (seen.has(key)) note(problems, place, `duplicate entries for key ${printKey(key)}`);
    seen.add(key);
    visit(item, items[i], { above: place, kind: "item", step: key }, problems);
  }
}
