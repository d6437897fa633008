// Copies and freezes JSON values. Faster than structuredClone by an order of magnitude, and safe
// for fields named `__proto__`, which a plain assignment would turn into a prototype.

/**
 * A private copy of a JSON value (objects, arrays, primitives, bigints), however deep parts of it
 * are frozen.
 */
export function clone<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.slice() as unknown[];
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (typeof item === "object" && item !== null) items[i] = clone(item);
    }
    return items as T;
  }
  const fields: Record<string, unknown> = {};
  for (const key in value) {
    const field: unknown = value[key];
    const copy = typeof field === "object" && field !== null ? clone(field) : field;
    if (key !== "__proto__") fields[key] = copy;
    else setField(fields, key, copy);
  }
  return fields as T;
}

/** `object[key] = value`, also where the key is `__proto__`. */
export function setField(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else {
    const options = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, key, options);
  }
}

/** The field's value when it is the object's own. */
export const fieldOf = (object: object, key: string): unknown =>
  Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;

/** Freezes `value` and all below it; what is frozen already is taken to be so all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") deepFreeze(item);
  } else
    for (const key in value) {
      const field = value[key];
      if (typeof field === "object") deepFreeze(field);
    }
  return value;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
