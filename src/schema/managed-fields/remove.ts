// Takes items, entries and fields out of an object.
import { isObject, setField } from "../clone.ts";
import { type FieldSet, has } from "./field-set.ts";
import type { Form, ListForm } from "./form.ts";
import { keyOfItem } from "./items.ts";
import { fieldKey } from "./path-key.ts";

/**
 * `value` without the paths of `set`. A list or object of which nothing is left becomes null, as
 * does everything that is owned as a whole and has a path of the set below it.
 */
export function removePaths(form: Form, value: unknown, set: FieldSet): unknown {
  switch (form.kind) {
    case "scalar":
      return value;
    case "struct": {
      if (form.atomic) return null;
      const { rest } = form;
      return removeFields((name) => form.part(name)?.form ?? rest, value, set);
    }
    case "map":
      return form.atomic ? null : removeFields(() => form.value(), value, set);
    case "list":
      return form.type === "atomic" ? null : removeItems(form, value, set);
    case "any":
      if (!isObject(value) && !Array.isArray(value)) return value;
      return form.atomic ? null : removeFields(() => form, value, set);
  }
}

function removeFields(form: (name: string) => Form | undefined, value: unknown, set: FieldSet) {
  if (!isObject(value)) return null;
  const result: Record<string, unknown> = {};
  let left = false;
  for (const name in value) {
    const key = fieldKey(name);
    if (has(set, [key])) continue;
    const part = form(name);
    const below = set[key];
    const field = value[name];
    setField(
      result,
      name,
      below === undefined || part === undefined ? field : removePaths(part, field, below),
    );
    left = true;
  }
  return left ? result : null;
}

function removeItems(form: ListForm, value: unknown, set: FieldSet): unknown {
  if (!Array.isArray(value)) return null;
  const result: unknown[] = [];
  for (const item of value) {
    const key = keyOfItem(form, item);
    if (has(set, [key])) continue;
    const below = set[key];
    result.push(below === undefined ? item : removePaths(form.item(), item, below));
  }
  return result.length > 0 ? result : null;
}
