import { isObject } from "../clone.ts";
import { type FieldSet, isEmpty } from "./field-set.ts";
import type { Form, ListForm } from "./form.ts";
import { itemsByKey } from "./items.ts";

/**
 * Whether no two items of a list that is owned item by item have one key, anywhere in `value`. Throws an ItemError for
 * items without any key.
 */
export function hasDistinctItems(form: Form, value: unknown): boolean {
  switch (form.kind) {
    case "scalar":
      return true;
    case "struct": {
      const { rest } = form;
      return form.atomic || entriesDo((name) => form.part(name)?.form ?? rest, value);
    }
    case "map": {
      const inner = form.value();
      return form.atomic || inner.kind === "scalar" || entriesDo(() => inner, value);
    }
    case "list":
      return form.type === "atomic" || !Array.isArray(value) || itemsDo(form, value);
    case "any":
      return form.atomic || entriesDo(() => form, value);
  }
}

function entriesDo(form: (name: string) => Form | undefined, value: unknown): boolean {
  if (!isObject(value)) return true;
  for (const name in value) {
    const field = value[name];
    if (typeof field !== "object" || field === null) continue;
    const part = form(name);
    if (part !== undefined && !hasDistinctItems(part, field)) return false;
  }
  return true;
}

function itemsDo(form: ListForm, items: readonly unknown[]): boolean {
  if (itemsByKey(form, items).size < items.length) return false;
  return items.every((item) => hasDistinctItems(form.item(), item));
}

/** Whether the set has an item of a list by its key, but nothing of what is in it. */
export function hasBareItem(set: FieldSet): boolean {
  for (const key in set) {
    const below = set[key]!;
    if (isEmpty(below) ? key.startsWith("k:") : hasBareItem(below)) return true;
  }
  return false;
}
