// As upstream's `equality.Semantic.DeepEqual`; `lib/equal` compares JSON values as they stand.
import { fieldOf } from "./clone.ts";

/**
 * Whether two API values mean the same: absent, null and empty lists do. Keys of objects are in any order; numbers,
 * strings and booleans by value, quantities by their text.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a)) return isEmpty(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b);
  return !Array.isArray(b) && equalObjects(a as Fields, b as Fields);
}

type Fields = Record<string, unknown>;

function equalLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!semanticEqual(a[i], b[i])) return false;
  return true;
}

function equalObjects(a: Fields, b: Fields): boolean {
  for (const key in a) if (!semanticEqual(a[key], fieldOf(b, key))) return false;
  for (const key in b) if (!Object.hasOwn(a, key) && !isEmpty(b[key])) return false;
  return true;
}

/** An empty object is kept apart from absent: `emptyDir: {}` says something, `labels: {}` is never stored. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);
