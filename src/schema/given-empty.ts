// Lists and maps without anything in them that a caller wrote out, where Go keeps those apart from absent ones: in
// fields that it always writes. What is stored and shown is the same for both; who owns the field is not.
//
// `rules: []` of a new Role is owned by its maker, `rules: null` and a Role without rules are not.

const given = new WeakSet<object>();

/** `value` was just decoded from what a caller wrote. Copies of it count as absent. */
export function noteGiven(value: object): void {
  for (const _ in value) return;
  given.add(value);
}

/** By the object that has the field. */
const omitted = new WeakMap<object, string[]>();

/** The field `name` of `holder` was written out with nothing in it and is left out, as where it is stored. */
export function noteOmitted(holder: object, name: string): void {
  const names = omitted.get(holder);
  if (names === undefined) omitted.set(holder, [name]);
  else names.push(name);
}

/** Few rules of upstream tell such a field from an absent one, and messages that show it. */
export const isOmitted = (holder: object | undefined, name: string): boolean =>
  holder !== undefined && omitted.get(holder)?.includes(name) === true;

/** Whether a field of `holder` itself was. */
export const hasOmitted = (holder: object): boolean => omitted.has(holder);

/** Whether any part of `value` was written out with nothing in it and left out. */
export function holdsOmitted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return omitted.has(value) || Object.values(value).some(holdsOmitted);
}

export const isGivenEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && given.has(value);
