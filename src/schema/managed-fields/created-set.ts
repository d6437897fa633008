// What the maker of an object owns, written at once as the text that is stored: nearly all sets are met again and
// again, so that nothing but the text need be made to find one. Says the same as a comparison with an object that
// nobody has filled in, which is to be asked where this does not know.

import { equal } from "../../lib/equal.ts";
import { isObject } from "../clone.ts";
import { isGivenEmpty } from "../given-empty.ts";
import type { ObjectShape } from "../shape.ts";
import { type FieldSet, isEmpty } from "./field-set.ts";
import { type Form, type ListForm, objectForm, type StructForm } from "./form.ts";
import { itemsByKey, keyOfItem, sortedByKey } from "./items.ts";
import { emptyObject, type Fields, type Ignored } from "./ownership.ts";
import { fieldKey } from "./path-key.ts";
import { sharedSetOf } from "./shared-set.ts";

/**
 * The paths of `next` that its maker owns; undefined where only a comparison tells. Throws an ItemError for items of
 * lists that cannot be told apart.
 */
export function createdSet(
  shape: ObjectShape,
  next: Fields,
  ignored: Ignored | undefined,
): FieldSet | undefined {
  const text = createdText(shape, next, ignored);
  return text === undefined ? undefined : sharedSetOf(text);
}

/** The same as JSON. */
export function createdText(
  shape: ObjectShape,
  next: Fields,
  ignored: Ignored | undefined,
): string | undefined {
  const form = objectForm(shape);
  if (form.kind !== "struct" || form.atomic || form.rest !== undefined) return undefined;
  if (ignored !== undefined && !("except" in ignored)) return undefined;
  const except: FieldSet = ignored?.except ?? {};
  const empty = shape.name === "" ? anyEmpty : emptyObject(shape);
  let text = "";
  for (const slot of slotsOf(form)) {
    const left = except[slot.key];
    if (left !== undefined && isEmpty(left)) continue;
    const part = left === undefined ? changedField(slot, empty, next) : undefined;
    if (part === undefined) return undefined;
    text = added(text, slot.text, part);
  }
  return `{${text}}`;
}

/** Of a custom resource; its metadata is not owned as a whole. */
const anyEmpty: Fields = Object.freeze({ metadata: Object.freeze({}) });

const leafText = "{}";
const memberText = '".":{}';

type Slot = {
  readonly name: string;
  readonly key: string;
  readonly text: string;
  readonly form: Form;
  readonly absent: unknown;
};

const slots = new WeakMap<StructForm, readonly Slot[]>();

function slotsOf(form: StructForm): readonly Slot[] {
  let known = slots.get(form);
  if (known === undefined) {
    known = form.parts().map((part) => ({ ...part, text: keyText(part.key) }));
    slots.set(form, known);
  }
  return known;
}

/** `part` "": there is nothing to add. */
function added(text: string, key: string, part: string): string {
  if (part === "") return text;
  return text === "" ? key + part : `${text},${key}${part}`;
}

function changedField({ name, form, absent }: Slot, old: Fields, next: Fields): string | undefined {
  const before = old[name] === undefined ? absent : old[name];
  const after = next[name] === undefined ? absent : next[name];
  if (before === after) return "";
  return isGivenEmpty(after) ? leafText : changedText(form, before, after);
}

/** "" when nothing changed; undefined where this does not know. */
function changedText(form: Form, old: unknown, next: unknown): string | undefined {
  if (old === undefined) return wholeText(form, next);
  if (next === undefined) return undefined;
  switch (form.kind) {
    case "scalar":
      return equal(old, next) ? "" : leafText;
    case "struct":
      if (form.atomic) return equal(old, next) ? "" : leafText;
      return isObject(old) && isObject(next) ? changedStruct(form, old, next) : undefined;
    case "map":
      if (form.atomic) return equal(old, next) ? "" : leafText;
      return isBare(old) ? ofNothing(old, next, entriesText(form.value(), next)) : undefined;
    case "list":
      if (form.type === "atomic") return equal(old, next) ? "" : leafText;
      return isBare(old) ? ofNothing(old, next, itemsText(form, next)) : undefined;
    case "any":
      return undefined;
  }
}

function changedStruct(form: StructForm, old: Fields, next: Fields): string | undefined {
  if (form.rest !== undefined) return undefined;
  let text = "";
  for (const slot of slotsOf(form)) {
    const part = changedField(slot, old, next);
    if (part === undefined) return undefined;
    text = added(text, slot.text, part);
  }
  return text === "" ? "" : `{${text}}`;
}

/** A collection with nothing in it, or null in its place. */
function isBare(value: unknown): boolean {
  for (const _ in value as object | null) return false;
  return true;
}

/** `next` is null or a collection with these `parts`; before it stood another one with nothing in it. */
function ofNothing(old: unknown, next: unknown, parts: string): string {
  if (parts !== "") return `{${parts}}`;
  return (old === null) === (next === null) ? "" : leafText;
}

/** All paths of a value that came as a whole: all containers are in it, too. */
function wholeText(form: Form, value: unknown): string {
  switch (form.kind) {
    case "scalar":
      return leafText;
    case "struct":
      return form.atomic || !isObject(value) ? leafText : member(structText(form, value));
    case "map":
      return form.atomic ? leafText : member(entriesText(form.value(), value));
    case "list":
      return form.type === "atomic" ? leafText : member(itemsText(form, value));
    case "any":
      return form.atomic ? leafText : member(entriesText(form, value));
  }
}

const member = (parts: string): string => (parts === "" ? leafText : `{${memberText},${parts}}`);

function structText(form: StructForm, value: Fields): string {
  const { rest } = form;
  if (rest !== undefined) return namedText((name) => form.part(name)?.form ?? rest, value);
  let text = "";
  for (const { name, text: key, form: part, absent } of slotsOf(form)) {
    const field = value[name] === undefined ? absent : value[name];
    if (field !== undefined) text = added(text, key, wholeText(part, field));
  }
  return text;
}

const entriesText = (form: Form, value: unknown): string =>
  isObject(value) ? namedText(() => form, value) : "";

function namedText(form: (name: string) => Form, value: Fields): string {
  const names = Object.keys(value);
  let text = "";
  for (const name of isSorted(names) ? names : names.sort()) {
    if (value[name] === undefined) continue;
    text = added(text, keyText(fieldKey(name)), wholeText(form(name), value[name]));
  }
  return text;
}

/** Most are: sorting takes many times as long as looking. */
function isSorted(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return false;
  return true;
}

function itemsText(form: ListForm, value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return "";
  if (value.length === 1)
    return added("", keyText(keyOfItem(form, value[0])), wholeText(form.item(), value[0]));
  let text = "";
  for (const { key, items } of sortedByKey(form, [...itemsByKey(form, value).values()])) {
    const part = items.length > 1 ? leafText : wholeText(form.item(), items[0]);
    text = added(text, keyText(key), part);
  }
  return text;
}

const keyText = (key: string): string => `${JSON.stringify(key)}:`;
