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

export const isGivenEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && given.has(value);
