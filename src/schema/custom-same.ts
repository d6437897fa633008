// Whether a part of a custom resource is what it was before an update: items of a list that is a map are known by their
// keys, wherever they stand; all other lists are compared as a whole.
import { equal } from "../lib/equal.ts";
import { isObject } from "./clone.ts";
import { mentions } from "./custom-rules.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

const isMapList = (schema: JSONSchemaProps): boolean => schema["x-kubernetes-list-type"] === "map";

const known = new WeakMap<JSONSchemaProps, boolean>();

function hasMapLists(schema: JSONSchemaProps): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    found = mentions(schema, isMapList);
    known.set(schema, found);
  }
  return found;
}

export function isUnchanged(
  value: unknown,
  old: unknown,
  schema: JSONSchemaProps | undefined,
): boolean {
  if (equal(old, value)) return true;
  if (schema === undefined || !hasMapLists(schema)) return false;
  if (Array.isArray(value)) return Array.isArray(old) && sameItems(value, old, schema);
  if (!isObject(value) || !isObject(old)) return false;
  const { properties = {}, additionalProperties: rest } = schema;
  const names = Object.keys(value);
  if (names.length !== Object.keys(old).length) return false;
  return names.every((name) => {
    if (!Object.hasOwn(old, name)) return false;
    const other = typeof rest === "object" ? rest : undefined;
    const part = Object.hasOwn(properties, name) ? properties[name] : other;
    return isUnchanged(value[name], old[name], part);
  });
}

function sameItems(
  list: readonly unknown[],
  old: readonly unknown[],
  schema: JSONSchemaProps,
): boolean {
  if (!isMapList(schema) || list.length !== old.length) return false;
  const keys = schema["x-kubernetes-list-map-keys"];
  const items = schema.items as JSONSchemaProps | undefined;
  return list.every((item) => isUnchanged(item, sameItem(item, old, keys), items));
}

/** The item of the same keys in the old list; other lists have no items that could be told to be the same. */
export function sameItem(
  item: unknown,
  old: unknown,
  keys: readonly string[] | undefined,
): unknown {
  if (keys === undefined || !Array.isArray(old) || !isObject(item)) return undefined;
  return old.find((one) => isObject(one) && keys.every((key) => equal(one[key], item[key])));
}
