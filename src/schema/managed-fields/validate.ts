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
  visit(form, value, "", problems);
  if (problems.length <= 1) return problems[0];
  return ["errors:", ...problems.map((p) => `  ${p}`)].join("\n");
}

function visit(form: Form, value: unknown, path: string, problems: string[]): void {
  if (value === null || value === undefined) return;
  const refuse = (message: string): void => {
    problems.push(path === "" ? message : `${path}: ${message}`);
  };
  const shown = `&{${goText(value)}}`;
  switch (form.kind) {
    case "scalar":
      return refuseScalar(form.type, value, shown, refuse);
    case "struct":
      if (!isObject(value)) return refuse(`expected map, got ${shown}`);
      for (const name of Object.keys(value)) {
        const part = form.part(name)?.form ?? form.rest;
        if (part === undefined) {
          problems.push(`${path}.${name}: field not declared in schema`);
          break;
        }
        visit(part, value[name], `${path}.${name}`, problems);
      }
      return;
    case "map":
      if (!isObject(value)) return refuse(`expected map, got ${shown}`);
      for (const name of Object.keys(value)) {
        visit(form.value(), value[name], `${path}.${name}`, problems);
      }
      return;
    case "list":
      if (!Array.isArray(value)) return refuse(`expected list, got ${shown}`);
      return visitItems(form, value, path, problems);
    case "any":
      return;
  }
}

function refuseScalar(
  type: string,
  value: unknown,
  shown: string,
  refuse: (message: string) => void,
): void {
  const plain = typeof value !== "object";
  if (type === "untyped" && !plain) refuse(`expected any scalar, got ${shown}`);
  if (type === "boolean" && typeof value !== "boolean") refuse(`expected boolean, got ${shown}`);
  if (type === "numeric" && typeof value !== "number" && typeof value !== "bigint") {
    refuse(`expected numeric (int or float), got ${goType(value)}`);
  }
  if (type === "string" && typeof value !== "string") {
    const text = plain ? String(value) : `${goType(value)}${jsonText(value)}`;
    refuse(`expected string, got &value.valueUnstructured{Value:${text}}`);
  }
}

function visitItems(form: ListForm, items: unknown[], path: string, problems: string[]): void {
  const refuse = (message: string): void => {
    problems.push(path === "" ? message : `${path}: ${message}`);
  };
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    let step = `[${i}]`;
    if (form.type !== "atomic") {
      try {
        const key = keyOfItem(form, item);
        step = printKey(key);
        if (seen.has(key)) refuse(`duplicate entries for key ${step}`);
        seen.add(key);
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        return refuse(`element ${i}: ${error.message}`);
      }
    }
    visit(form.item(), item, path + step, problems);
  }
}
