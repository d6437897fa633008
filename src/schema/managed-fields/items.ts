// What identifies the items of a list that is owned item by item.
import { isObject } from "../clone.ts";
import type { ListForm } from "./form.ts";
import { itemKey, valueKey } from "./path-key.ts";

/** An item that cannot be identified; the message is upstream's, without the path. */
export class ItemError extends Error {}

/** The items by key, in the order of the list. Throws an ItemError. */
export function itemKeys(form: ListForm, items: readonly unknown[]): Map<string, unknown[]> {
  const byKey = new Map<string, unknown[]>();
  for (const [i, item] of items.entries()) {
    const key = keyAt(form, items, i);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [item]);
    else same.push(item);
  }
  return byKey;
}

function keyAt(form: ListForm, items: readonly unknown[], i: number): string {
  try {
    return keyOfItem(form, items[i]);
  } catch (error) {
    throw error instanceof ItemError ? new ItemError(`element ${i}: ${error.message}`) : error;
  }
}

/** Throws an ItemError. */
export const keyOfItem = (form: ListForm, item: unknown): string =>
  form.type === "map" ? keyOfObject(form, item) : keyOfValue(item);

function keyOfObject(form: ListForm, item: unknown): string {
  if (item === null) {
    throw new ItemError("associative list with keys may not have a null element");
  }
  if (!isObject(item)) {
    throw new ItemError("associative list with keys may not have non-map elements");
  }
  const { keys } = form;
  let defaults: readonly unknown[] | undefined;
  let found = false;
  const values: unknown[] = [];
  for (const [i, key] of keys.entries()) {
    let value = item[key];
    if (value === undefined) {
      defaults ??= form.keyDefaults();
      value = defaults[i];
    }
    if (value !== undefined) found = true;
    values.push(value);
  }
  if (found) return itemKey(keys, values);
  const names = keys.map((key) => `"${key}"`).join(" ");
  throw new ItemError(
    `associative list with keys has an element that omits all key fields [${names}] ` +
      "(and doesn't have default values for any key fields)",
  );
}

function keyOfValue(item: unknown): string {
  if (item === null) {
    throw new ItemError("associative list without keys has an element that's an explicit null");
  }
  if (Array.isArray(item)) {
    throw new ItemError("not supported: associative list with lists as elements");
  }
  if (typeof item === "object") {
    throw new ItemError("associative list without keys has an element that's a map type");
  }
  return valueKey(item);
}
