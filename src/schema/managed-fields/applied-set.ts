// The paths that an applied configuration names: its leaves, and the items and entries on the way
// to them, but not the known fields on the way (who applies spec.replicas does not own spec).
import { isObject } from "../clone.ts";
import { type FieldSet, leaf, newNode, noFields } from "./field-set.ts";
import type { Form, ListForm, StructForm } from "./form.ts";
import { itemsByKey, sortedByKey } from "./items.ts";
import { fieldKey } from "./path-key.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The set of a whole object. Throws an ItemError, unless `lenient`: then null is good as an item.
 */
export const appliedSet = (form: Form, value: unknown, lenient = false): FieldSet =>
  pathsBelow(form, value, lenient) ?? noFields;

/** What lies below a value; undefined: nothing; a leaf: the value itself counts. */
function pathsBelow(form: Form, value: unknown, lenient: boolean): FieldSet | undefined {
  switch (form.kind) {
    case "scalar":
      return leaf;
    case "struct":
      if (form.atomic) return leaf;
      return isObject(value) ? fieldsBelow(form, value, lenient) : undefined;
    case "map":
      if (form.atomic) return leaf;
      return isObject(value)
        ? entriesBelow(
            () => form.value(),
            () => true,
            value,
            lenient,
          )
        : undefined;
    case "list":
      if (form.type === "atomic") return leaf;
      return Array.isArray(value) ? itemsBelow(form, value, lenient) : undefined;
    case "any":
      if (form.atomic || (!isObject(value) && value !== null)) return leaf;
      return isObject(value)
        ? entriesBelow(
            () => form,
            () => true,
            value,
            lenient,
          )
        : undefined;
  }
}

function fieldsBelow(form: StructForm, value: Fields, lenient: boolean): FieldSet | undefined {
  const { rest } = form;
  if (rest !== undefined) {
    const known = (name: string): Form | undefined => form.part(name)?.form;
    return entriesBelow(
      (name) => known(name) ?? rest,
      (name) => known(name) === undefined,
      value,
      lenient,
    );
  }
  let node: Record<string, FieldSet> | undefined;
  for (const { name, key, form: part } of form.parts()) {
    const field = value[name];
    if (field === undefined) continue;
    const below = isNothing(field) ? leaf : pathsBelow(part, field, lenient);
    if (below === undefined) continue;
    node ??= {};
    node[key] = below;
  }
  return node;
}

/** Null, or an object without fields: named as such. */
function isNothing(value: unknown): boolean {
  if (value === null) return true;
  if (!isObject(value)) return false;
  for (const _ in value) return false;
  return true;
}

function entriesBelow(
  form: (name: string) => Form,
  counts: (name: string) => boolean,
  value: Fields,
  lenient: boolean,
): FieldSet | undefined {
  let node: Record<string, FieldSet> | undefined;
  for (const name of Object.keys(value).sort()) {
    const field = value[name];
    if (field === undefined) continue;
    const below = isNothing(field) ? leaf : pathsBelow(form(name), field, lenient);
    const part = counts(name) ? counted(below) : below;
    if (part === undefined) continue;
    node ??= {};
    node[fieldKey(name)] = part;
  }
  return node;
}

/** The node with its own path in the set. */
function counted(below: FieldSet | undefined): FieldSet {
  if (below === undefined || below === leaf) return leaf;
  return { ...newNode(true), ...below };
}

function itemsBelow(
  form: ListForm,
  items: readonly unknown[],
  lenient: boolean,
): FieldSet | undefined {
  if (items.length === 0) return undefined;
  const node: Record<string, FieldSet> = {};
  for (const { key, items: same } of sortedByKey(form, [
    ...itemsByKey(form, items, lenient).values(),
  ])) {
    node[key] = same.length > 1 ? leaf : counted(pathsBelow(form.item(), same[0], lenient));
  }
  return node;
}
