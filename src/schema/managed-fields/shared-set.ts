// Sets of fields that many objects have in common. The pods of one Deployment are all owned alike: each set is held
// once, frozen, together with its JSON, which is what is stored of it.
import { deepFreeze } from "../clone.ts";
import type { FieldSet } from "./field-set.ts";

/** Sets of one generation. */
const setsMax = 512;

/** A longer set is that of one odd object, and is not remembered for others. */
const textLengthMax = 8192;

/** Two generations: what is met again moves to the younger one, and the elder goes as a whole. */
let young = new Map<string, FieldSet>();
let elder = new Map<string, FieldSet>();
const texts = new WeakMap<object, string>();

/** The set that others have, too, when it is remembered. */
export const sharedSet = (set: FieldSet): FieldSet =>
  texts.has(set) ? set : sharedAs(JSON.stringify(set), set);

/** The set that `text`, its canonical JSON, tells. */
export const sharedSetOf = (text: string): FieldSet => sharedAs(text, undefined);

/** JSON of a set that was given out here; undefined for any other value. */
export const sharedText = (value: unknown): string | undefined => texts.get(value as object);

function sharedAs(text: string, made: FieldSet | undefined): FieldSet {
  if (text.length > textLengthMax) return withText(text, made ?? JSON.parse(text));
  const known = young.get(text);
  if (known !== undefined) return known;
  const set = elder.get(text) ?? withText(text, deepFreeze(made ?? (JSON.parse(text) as FieldSet)));
  young.set(text, set);
  if (young.size === setsMax) {
    elder = young;
    young = new Map();
  }
  return set;
}

/** Sets are never changed: their text saves writing them again, as long as somebody has them. */
function withText(text: string, set: FieldSet): FieldSet {
  texts.set(set, text);
  return set;
}
