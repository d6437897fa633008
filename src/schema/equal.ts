// Whether two objects mean the same, as upstream compares them: quantities by value, empty lists
// and maps as if they were absent. `lib/equal` compares JSON values as they stand.
import { fieldOf, isObject } from "./clone.ts";
import { compareQuantities, parseQuantity } from "./quantity.ts";
import type { ObjectShape, Shape } from "./shape.ts";

export function semanticEqual(shape: Shape, a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isAbsent(a) && isAbsent(b)) return true;
  switch (shape.kind) {
    case "scalar":
      return shape.type === "quantity" ? sameAmount(a, b) : sameValue(a, b);
    case "list": {
      if (isEmpty(a) && isEmpty(b)) return true;
      if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
      const item = shape.item();
      return a.every((value, i) => semanticEqual(item, value, b[i]));
    }
    case "map": {
      if (isEmpty(a) && isEmpty(b)) return true;
      if (!isObject(a) || !isObject(b)) return false;
      const value = shape.value();
      const keys = Object.keys(a);
      if (keys.length !== Object.keys(b).length) return false;
      return keys.every((k) => Object.hasOwn(b, k) && semanticEqual(value, a[k], b[k]));
    }
    case "object": {
      if (!isObject(a) || !isObject(b)) return false;
      for (const key in a) {
        if (!sameField(shape, key, fieldOf(a, key), fieldOf(b, key))) return false;
      }
      for (const key in b) {
        if (!Object.hasOwn(a, key) && !sameField(shape, key, undefined, b[key])) return false;
      }
      return true;
    }
  }
}

function sameField(shape: ObjectShape, key: string, a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const part = shape.fields.get(key)?.shape() ?? shape.rest;
  return part === undefined ? sameValue(a, b) : semanticEqual(part, a, b);
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Absent, or a list or map without anything in it. */
function isEmpty(value: unknown): boolean {
  if (isAbsent(value)) return true;
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

function sameAmount(a: unknown, b: unknown): boolean {
  const [x, y] = [parseQuantity(String(a)), parseQuantity(String(b))];
  return x !== undefined && y !== undefined && compareQuantities(x, y) === 0;
}

/** Whether two JSON values are the same as they stand, whatever the order of their fields. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  let count = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key)) return false;
    if (!sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) {
      return false;
    }
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}
