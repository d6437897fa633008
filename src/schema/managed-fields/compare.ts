// What a change did to an object, as sets of paths: fields that came, that have another value, that
// went.

import { equal } from "../../lib/equal.ts";
import { isObject } from "../clone.ts";
import { isGivenEmpty } from "../given-empty.ts";
import { type FieldSet, leaf, newNode } from "./field-set.ts";
import type { Form, ListForm, StructForm } from "./form.ts";
import { itemsByKey, sortedByKey } from "./items.ts";
import { fieldKey } from "./path-key.ts";

export type Changes = {
  added: FieldSet | undefined;
  modified: FieldSet | undefined;
  removed: FieldSet | undefined;
};
type Fields = Readonly<Record<string, unknown>>;

/**
 * From `old` to `next`, both of the same form; undefined when nothing changed. Throws for items of
 * lists that cannot be told apart (without any key).
 */
export function compare(form: Form, old: unknown, next: unknown): Changes | undefined {
  if (old === next) return undefined;
  if (old === undefined)
    return { added: wholeOf(form, next), modified: undefined, removed: undefined };
  if (next === undefined)
    return { added: undefined, modified: undefined, removed: wholeOf(form, old) };
  // What was stored does not say whether it was given: it counts as absent.
  if (isGivenEmpty(next) && isBare(old) && !isGivenEmpty(old)) return modified();
  switch (form.kind) {
    case "scalar":
      return equal(old, next) ? undefined : modified();
    case "struct":
      if (form.atomic) return equal(old, next) ? undefined : modified();
      return compareStructs(form, fieldsOf(old), fieldsOf(next)) ?? compareEmpty(old, next);
    case "map":
      if (form.atomic) return equal(old, next) ? undefined : modified();
      return compareMaps(form.value, fieldsOf(old), fieldsOf(next)) ?? compareEmpty(old, next);
    case "list":
      if (form.type === "atomic") return equal(old, next) ? undefined : modified();
      return compareLists(form, itemsOf(old), itemsOf(next)) ?? compareEmpty(old, next);
    case "any":
      return compareAny(form, old, next);
  }
}

/** Every path of a value that came or went as a whole: all containers are in it, too. */
export function wholeOf(form: Form, value: unknown): FieldSet {
  switch (form.kind) {
    case "scalar":
      return leaf;
    case "struct":
      return form.atomic || !isObject(value) ? leaf : wholeStruct(form, value);
    case "map":
      return form.atomic || !isObject(value) ? leaf : wholeMap(form.value(), value);
    case "list":
      return form.type === "atomic" || !Array.isArray(value) ? leaf : wholeList(form, value);
    case "any":
      return form.atomic || !isObject(value) ? leaf : wholeMap(form, value);
  }
}

const modified = (): Changes => ({ added: undefined, modified: leaf, removed: undefined });
const none: Fields = Object.freeze({});
const noItems: readonly unknown[] = Object.freeze([]);
const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : none);
const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : noItems);

function isBare(value: unknown): boolean {
  for (const _ in value as object | null) return false;
  return true;
}

/** Containers without anything in them are told apart from null. */
function compareEmpty(old: unknown, next: unknown): Changes | undefined {
  if ((old === null) === (next === null)) return undefined;
  for (const _ in old === null ? (next as object) : (old as object)) return undefined;
  return modified();
}

/** Adds what happened below `key`. */
function put(changes: Changes | undefined, key: string, part: Changes | undefined) {
  if (part === undefined) return changes;
  const all = changes ?? { added: undefined, modified: undefined, removed: undefined };
  if (part.added !== undefined) all.added = withPart(all.added, key, part.added);
  if (part.modified !== undefined) all.modified = withPart(all.modified, key, part.modified);
  if (part.removed !== undefined) all.removed = withPart(all.removed, key, part.removed);
  return all;
}

function withPart(node: FieldSet | undefined, key: string, part: FieldSet): FieldSet {
  if (node === undefined) return { [key]: part };
  (node as Record<string, FieldSet>)[key] = part;
  return node;
}

function compareStructs(form: StructForm, old: Fields, next: Fields): Changes | undefined {
  let changes: Changes | undefined;
  for (const { name, key, form: part, absent } of form.parts()) {
    const before = old[name] === undefined ? absent : old[name];
    const after = next[name] === undefined ? absent : next[name];
    if (before !== after) changes = put(changes, key, compare(part, before, after));
  }
  if (form.rest === undefined) return changes;
  const { rest } = form;
  return compareEntries((name) => form.part(name)?.form ?? rest, old, next);
}

const compareMaps = (value: () => Form, old: Fields, next: Fields): Changes | undefined => {
  const form = value();
  return compareEntries(() => form, old, next);
};

function compareEntries(form: (name: string) => Form, old: Fields, next: Fields) {
  const names: string[] = [];
  for (const name in old) if (old[name] !== next[name]) names.push(name);
  for (const name in next) {
    if (next[name] !== undefined && old[name] === undefined) names.push(name);
  }
  let changes: Changes | undefined;
  for (const name of names.length > 1 ? names.sort() : names) {
    const [before, after] = [ownField(old, name), ownField(next, name)];
    changes = put(changes, fieldKey(name), compare(form(name), before, after));
  }
  return changes;
}

const ownField = (fields: Fields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

function compareLists(form: ListForm, old: readonly unknown[], next: readonly unknown[]) {
  // Most lists do not change: their keys are not needed then.
  if (equal(old, next)) return undefined;
  const [before, after] = [itemsByKey(form, old), itemsByKey(form, next)];
  const all = [...before.values()];
  for (const same of after.values()) if (!before.has(same.key)) all.push(same);
  let changes: Changes | undefined;
  for (const { key } of sortedByKey(form, all)) {
    const part = compareItems(form.item(), before.get(key)?.items, after.get(key)?.items);
    changes = put(changes, key, part);
  }
  return changes;
}

/** Items that have one key twice are owned together, without a look into them. */
function compareItems(
  form: Form,
  old: readonly unknown[] = noItems,
  next: readonly unknown[] = noItems,
): Changes | undefined {
  if (old.length <= 1 && next.length <= 1) return compare(form, old[0], next[0]);
  if (old.length > 1 && next.length > 1) return equal(old, next) ? undefined : modified();
  if (old.length > 1) {
    const added = next.length === 0 ? undefined : wholeOf(form, next[0]);
    return { added, modified: undefined, removed: leaf };
  }
  const removed = old.length === 0 ? undefined : wholeOf(form, old[0]);
  return { added: leaf, modified: undefined, removed };
}

function compareAny(
  form: Form & { kind: "any" },
  old: unknown,
  next: unknown,
): Changes | undefined {
  if (form.atomic) return equal(old, next) ? undefined : modified();
  const [before, after] = [isObject(old), isObject(next)];
  if (!before && !after) return equal(old, next) ? undefined : modified();
  const changes = compareMaps(() => form, fieldsOf(old), fieldsOf(next));
  if (before && after) return changes;
  // One side is no object: its path as such has another value, unless that was null and there is
  // more to tell.
  if ((old === null || next === null) && changes !== undefined) return changes;
  const all = changes ?? { added: undefined, modified: undefined, removed: undefined };
  return { ...all, modified: leaf };
}

function wholeStruct(form: StructForm, value: Fields): FieldSet {
  if (form.rest !== undefined) {
    const { rest } = form;
    return wholeEntries((name) => form.part(name)?.form ?? rest, value);
  }
  let node: Record<string, FieldSet> | undefined;
  for (const { name, key, form: part, absent } of form.parts()) {
    const field = value[name] === undefined ? absent : value[name];
    if (field === undefined) continue;
    node ??= newNode(true);
    node[key] = wholeOf(part, field);
  }
  return node ?? leaf;
}

const wholeMap = (form: Form, value: Fields): FieldSet => wholeEntries(() => form, value);

function wholeEntries(form: (name: string) => Form, value: Fields): FieldSet {
  const names = Object.keys(value);
  if (names.length === 0) return leaf;
  const node = newNode(true);
  for (const name of names.length > 1 ? names.sort() : names) {
    if (value[name] !== undefined) node[fieldKey(name)] = wholeOf(form(name), value[name]);
  }
  return node;
}

function wholeList(form: ListForm, items: readonly unknown[]): FieldSet {
  if (items.length === 0) return leaf;
  const node = newNode(true);
  for (const { key, items: same } of sortedByKey(form, [...itemsByKey(form, items).values()])) {
    node[key] = same.length > 1 ? leaf : wholeOf(form.item(), same[0]);
  }
  return node;
}
