// What identifies the items of a list that is owned item by item.
import { isObject } from "../clone.ts";
import type { ListForm } from "./form.ts";
import { compareValues, itemKey, valueKey } from "./path-key.ts";

/** An item that cannot be identified; the message is upstream's, without the path. */
export class ItemError extends Error {}

/** Items of a list that have one key: more than one where the list has duplicates. */
export type Same = {
  readonly key: string;
  /** The values of the form's keys, or the value itself. */
  readonly values: readonly unknown[];
  readonly items: unknown[];
};

/** Stands for all items without a key; no path has it. */
const anonymous = "?:";

/**
 * The items by key, in the order of the list. Throws an ItemError, unless `lenient`: then items
 * that cannot be told apart are taken for one.
 */
export function itemsByKey(
  form: ListForm,
  items: readonly unknown[],
  lenient = false,
): Map<string, Same> {
  const byKey = new Map<string, Same>();
  for (let i = 0; i < items.length; i++) {
    const values = lenient && items[i] === null ? undefined : valuesAt(form, items, i);
    const key = values === undefined ? anonymous : keyFrom(form, values);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, { key, values: values ?? [], items: [items[i]] });
    else same.items.push(items[i]);
  }
  return byKey;
}

/** In upstream's order of keys. Sorts in place. */
export const sortedByKey = (form: ListForm, all: Same[]): Same[] =>
  all.length > 1 ? all.sort((a, b) => compareKeyValues(form, a.values, b.values)) : all;

/** Throws an ItemError. */
export const keyOfItem = (form: ListForm, item: unknown): string =>
  keyFrom(form, identity(form, item));

const keyFrom = (form: ListForm, values: readonly unknown[]): string =>
  form.type === "map" ? itemKey(form.keyTexts, values) : valueKey(values[0]);

function valuesAt(form: ListForm, items: readonly unknown[], i: number): readonly unknown[] {
  try {
    return identity(form, items[i]);
  } catch (error) {
    throw error instanceof ItemError ? new ItemError(`element ${i}: ${error.message}`) : error;
  }
}

function compareKeyValues(form: ListForm, a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    if (a[i] !== undefined && b[i] !== undefined) {
      const order = compareValues(a[i], b[i]);
      if (order !== 0) return order;
      continue;
    }
    // One has no such field: it goes first when it has no later one either.
    const lacking = a[i] === undefined ? a : b;
    const ends = lacking.slice(i).every((value) => value === undefined);
    return ends === (lacking === a) ? -1 : 1;
  }
  return form.keys.length === 0 ? compareValues(a[0], b[0]) : 0;
}

const identity = (form: ListForm, item: unknown): readonly unknown[] =>
  form.type === "map" ? keyFields(form, item) : [plainValue(item)];

function keyFields(form: ListForm, item: unknown): readonly unknown[] {
  if (item === null) {
    throw new ItemError("associative list with keys may not have a null element");
  }
  if (!isObject(item)) {
    throw new ItemError("associative list with keys may not have non-map elements");
  }
  const { keys } = form;
  const values: unknown[] = [];
  let found = false;
  for (let i = 0; i < keys.length; i++) {
    const value = item[keys[i]!] ?? absentKey(form, item, i);
    if (value !== undefined) found = true;
    values.push(value);
  }
  if (found) return values;
  throw new ItemError(
    `associative list with keys has an element that omits all key fields ${form.keyList} ` +
      "(and doesn't have default values for any key fields)",
  );
}

const absentKey = (form: ListForm, item: Record<string, unknown>, i: number): unknown =>
  item[form.keys[i]!] === null ? null : form.keyDefaults()[i];

function plainValue(item: unknown): unknown {
  if (item === null) {
    throw new ItemError("associative list without keys has an element that's an explicit null");
  }
  if (Array.isArray(item)) {
    throw new ItemError("not supported: associative list with lists as elements");
  }
  if (typeof item === "object") {
    throw new ItemError("associative list without keys has an element that's a map type");
  }
  return item;
}
