// Sets of fields that many objects have in common. The pods of one Deployment are all owned alike: each set is held
// once, frozen, together with its JSON, which is what is stored of it.
import { deepFreeze } from "../clone.ts";
import type { FieldSet } from "./field-set.ts";

/** Sets that are remembered; what was not met for longest goes first. */
const setsMax = 1024;

/** A longer set is that of one odd object. */
const textLengthMax = 8192;

const byText = new Map<string, FieldSet>();
const texts = new WeakMap<object, string>();

/** The set that others have, too, when it is remembered. */
export const sharedSet = (set: FieldSet): FieldSet =>
  texts.has(set) ? set : sharedAs(JSON.stringify(set), set);

/** The set that `text`, its canonical JSON, tells. */
export const sharedSetOf = (text: string): FieldSet => sharedAs(text, undefined);

/** JSON of a set that is shared; undefined for any other value. */
export const sharedText = (value: unknown): string | undefined => texts.get(value as object);

function sharedAs(text: string, made: FieldSet | undefined): FieldSet {
  const known = byText.get(text);
  if (known === undefined && text.length > textLengthMax) return made ?? JSON.parse(text);
  const set = known ?? deepFreeze(made ?? (JSON.parse(text) as FieldSet));
  if (known === undefined) texts.set(set, text);
  else byText.delete(text);
  byText.set(text, set);
  if (byText.size > setsMax) byText.delete(byText.keys().next().value!);
  return set;
}
