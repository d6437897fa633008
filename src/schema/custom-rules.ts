// Rules for custom resources beyond their values: lists that are sets or maps repeat nothing, and
// resources inside others say what they are.

import { isObject } from "./clone.ts";
import { duplicate, invalidValue, required } from "./field-error.ts";
import { checkMetadataCreate } from "./metadata.ts";
import { checkDns1035Label, nameIsPathSegment } from "./names.ts";
import { jsonText } from "./quoted.ts";
import type { Cause } from "./status-error.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";
import type { ObjectMeta } from "./types/meta-v1.ts";

type Visit = (value: unknown, schema: JSONSchemaProps, path: string) => readonly Cause[];

/** What `visit` says of `value` and of all parts of it that have a schema. */
function visited(value: unknown, schema: JSONSchemaProps, path: string, visit: Visit): Cause[] {
  const causes = [...visit(value, schema, path)];
  const { properties = {}, additionalProperties: rest, items } = schema;
  if (Array.isArray(value)) {
    if (items === undefined) return causes;
    value.forEach((item, at) => {
      causes.push(...visited(item, items as JSONSchemaProps, `${path}[${at}]`, visit));
    });
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(properties, key))
        causes.push(...visited(value[key], properties[key]!, childOf(path, key), visit));
      else if (typeof rest === "object")
        causes.push(...visited(value[key], rest, `${path}[${key}]`, visit));
    }
  }
  return causes;
}

const childOf = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** True when some part of the schema asks for the visit: most schemas are never walked. */
export function mentions(
  schema: JSONSchemaProps,
  asks: (schema: JSONSchemaProps) => boolean,
): boolean {
  if (asks(schema)) return true;
  const { properties = {}, additionalProperties: rest, items } = schema;
  if (Object.values(properties).some((part) => mentions(part, asks))) return true;
  if (typeof rest === "object" && mentions(rest, asks)) return true;
  return items !== undefined && mentions(items as JSONSchemaProps, asks);
}

export const hasUniqueItems = (schema: JSONSchemaProps): boolean =>
  schema["x-kubernetes-list-type"] === "set" || schema["x-kubernetes-list-type"] === "map";

export const isEmbedded = (schema: JSONSchemaProps): boolean =>
  schema["x-kubernetes-embedded-resource"] === true;

/** Items that stand twice in a list of type set, or under the same keys in one of type map. */
export const repeatedItems = (object: unknown, schema: JSONSchemaProps): Cause[] =>
  visited(object, schema, "", (value, { ...part }, path) => {
    if (!Array.isArray(value)) return [];
    if (part["x-kubernetes-list-type"] === "set")
      return repeated(value.map(jsonText)).map((at) => duplicate(`${path}[${at}]`, value[at]));
    if (part["x-kubernetes-list-type"] !== "map") return [];
    const stranger = value.findIndex((one) => one !== null && !isObject(one));
    if (stranger >= 0) {
      const why = "must be an object for an array of list-type map";
      return [invalidValue(`${path}[${stranger}]`, value[stranger], why)];
    }
    const keys = [...(part["x-kubernetes-list-map-keys"] ?? [])].sort();
    const found = value.map((one) => keysOf(one ?? {}, keys));
    return repeated(found.map(jsonText)).map((at) => duplicate(`${path}[${at}]`, found[at]));
  });

const keysOf = (item: object, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([key]) => keys.includes(key))
      .sort(),
  );

/** Places at which a text stands for the second time; the third is not told. */
function repeated(texts: readonly string[]): number[] {
  const times = new Map<string, number>();
  const places: number[] = [];
  texts.forEach((text, at) => {
    const before = times.get(text) ?? 0;
    if (before === 1) places.push(at);
    times.set(text, before + 1);
  });
  return places;
}

/** What resources inside `object` lack. */
export const embeddedProblems = (object: unknown, schema: JSONSchemaProps, path = ""): Cause[] =>
  visited(object, schema, path, (value, part, path) =>
    isEmbedded(part) && isObject(value) ? embeddedCauses(value, path) : [],
  );

function embeddedCauses(value: Record<string, unknown>, path: string): Cause[] {
  const causes: Cause[] = [];
  const { apiVersion, kind, metadata } = value;
  const versionAt = childOf(path, "apiVersion");
  const kindAt = childOf(path, "kind");
  if (apiVersion === undefined) causes.push(required(versionAt));
  if (kind === undefined) causes.push(required(kindAt));
  if (apiVersion === "") causes.push(invalidValue(versionAt, apiVersion, "must not be empty"));
  else if (typeof apiVersion === "string" && apiVersion.split("/").length > 2)
    causes.push(
      invalidValue(versionAt, apiVersion, `unexpected GroupVersion string: ${apiVersion}`),
    );
  if (kind === "") causes.push(invalidValue(kindAt, kind, "must not be empty"));
  else if (typeof kind === "string") {
    const problems = checkDns1035Label(kind.toLowerCase());
    const why = `may have mixed case, but should otherwise match: ${problems.join(",")}`;
    if (problems.length > 0) causes.push(invalidValue(kindAt, kind, why));
  }
  if (isObject(metadata)) causes.push(...embeddedMetadata(metadata, childOf(path, "metadata")));
  return causes;
}

function embeddedMetadata(metadata: Record<string, unknown>, path: string): Cause[] {
  const meta = { ...metadata, name: metadata["name"] || "fakename" } as ObjectMeta;
  const rules = {
    namespaced: (meta.namespace ?? "") !== "",
    nameRule: nameIsPathSegment,
    builtIn: false,
  };
  return checkMetadataCreate(meta, rules).map((cause) => ({
    ...cause,
    field: path + (cause.field ?? "").slice("metadata".length),
  }));
}
