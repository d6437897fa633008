// Custom resources between JSON and objects: fields that the schema does not know go, nulls that it does not allow
// go, defaults come, and metadata is read as that of every other kind.
//
//   schema { spec: { properties: { size: { default: 3 } } } }
//   { spec: { colour: "red" } }  becomes  { spec: { size: 3 } },  unknown: ["spec.colour"]

import { clone, isObject, setField } from "./clone.ts";
import { type Decoded, decode } from "./decode.ts";
import { DecodeError, OddNumber } from "./decode-place.ts";
import { encode, jsonText } from "./encode.ts";
import { shapeOf } from "./facts.ts";
import type { Codec } from "./kind.ts";
import type { Resource } from "./resource.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

type Json = Record<string, unknown>;

export const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** The three fields that every object has, whatever its schema says. */
export const typeAndMetadata: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** Reads and writes objects of one version. What is read gets this version's apiVersion. */
export function customCodec(resource: Resource, schema: JSONSchemaProps): Codec {
  const apiVersion = `${resource.group}/${resource.version}`;
  return {
    decode(value, { strict = false, exact = false, applied = false }) {
      const input = plainObject(value, exact);
      const unknown: string[] = [];
      const reading: Reading = { strict, exact, applied, unknown: [], embedded: [] };
      const metadata = decode(shapeOf(objectMeta), input["metadata"], { strict, exact });
      for (const path of metadata.unknown) unknown.push(`metadata.${path}`);
      const { apiVersion: _, kind: __, metadata: ___, ...content } = input;
      const known = read(content, schema, "", reading) as Json;
      const object = { apiVersion, kind: resource.kind, metadata: metadata.object, ...known };
      unknown.push(...reading.unknown.sort(), ...reading.embedded);
      return { object, unknown };
    },
    encode(object) {
      const { apiVersion, kind, metadata, ...rest } = object as Json;
      const parts = [
        `"apiVersion":${jsonText(apiVersion)}`,
        `"kind":${jsonText(kind)}`,
        `"metadata":${encode(shapeOf(objectMeta), metadata)}`,
      ];
      for (const key of Object.keys(rest)) {
        if (rest[key] !== undefined) parts.push(`${JSON.stringify(key)}:${jsonText(rest[key])}`);
      }
      return `{${parts.join(",")}}`;
    },
  };
}

function plainObject(value: unknown, exact: boolean): Json {
  if (value === null || value === undefined) return {};
  if (!isObject(value) || (exact && value instanceof OddNumber)) {
    const type = Array.isArray(value) ? "array" : typeof value;
    throw new DecodeError(
      `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
    );
  }
  return value;
}

type Reading = {
  readonly strict: boolean;
  readonly exact: boolean;
  /** Nulls stay where a type forbids them. */
  readonly applied: boolean;
  readonly unknown: string[];
  /** Unknown fields of the metadata of resources inside the object; upstream names them last. */
  readonly embedded: string[];
};

/**
 * A private copy of `value` with what `schema` knows; a part without a schema loses all its fields.
 */
function read(
  value: unknown,
  schema: JSONSchemaProps | undefined,
  path: string,
  reading: Reading,
): unknown {
  const keeps = schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (Array.isArray(value)) return readList(value, schema, path, reading, keeps);
  if (value instanceof OddNumber) return Number(value.text);
  if (typeof value === "bigint") return withinInt64(value);
  if (!isObject(value)) return value;
  if (schema === undefined) {
    if (reading.strict)
      for (const key of Object.keys(value)) reading.unknown.push(joined(path, key));
    return {};
  }
  const object = readFields(value, schema, path, reading, keeps);
  if (schema["x-kubernetes-embedded-resource"] === true) readEmbedded(object, path, reading);
  return object;
}

const limit = 2n ** 63n;

/** Beyond 64 bits upstream falls back to floating numbers. */
const withinInt64 = (value: bigint): bigint | number =>
  value >= -limit && value < limit ? value : Number(value);

const joined = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function readFields(
  value: Json,
  schema: JSONSchemaProps,
  path: string,
  reading: Reading,
  keeps: boolean,
): Json {
  const result: Json = {};
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  for (const key of fieldNames(value, schema)) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (embedded && typeAndMetadata.has(key)) {
      if (given !== undefined) result[key] = whole(given);
      continue;
    }
    const at = joined(path, key);
    const part = partOf(schema, key);
    if (part === "unknown") {
      if (keeps) setField(result, key, whole(given));
      else if (reading.strict) reading.unknown.push(at);
      continue;
    }
    const wished = isUnset(given, part) ? (part?.default ?? refused(given, part, reading)) : given;
    if (wished === undefined) continue;
    const defaulted = wished !== given;
    setField(result, key, read(defaulted ? clone(wished) : wished, part, at, reading));
  }
  return result;
}

/** Sorted, as upstream writes them. */
function fieldNames(value: Json, { properties }: JSONSchemaProps): readonly string[] {
  const names = Object.keys(value);
  for (const name in properties) {
    if (properties[name]?.default !== undefined && !Object.hasOwn(value, name)) names.push(name);
  }
  return names.sort();
}

/**
 * The schema of a field; undefined where fields may have any name, but nothing is said of their
 * values.
 */
function partOf(schema: JSONSchemaProps, key: string): JSONSchemaProps | undefined | "unknown" {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key]!;
  if (additionalProperties === undefined) return "unknown";
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** Not there, or a null that the schema does not allow. */
const isUnset = (value: unknown, schema: JSONSchemaProps | undefined): boolean =>
  value === undefined || (value === null && schema !== undefined && schema.nullable !== true);

/** A null that nothing replaces is dropped, but for one of an apply that has a type to offend. */
const refused = (value: unknown, schema: JSONSchemaProps | undefined, { applied }: Reading) =>
  applied && value === null && hasType(schema) ? null : undefined;

const hasType = (schema: JSONSchemaProps | undefined): boolean =>
  schema?.type !== undefined || schema?.["x-kubernetes-int-or-string"] === true;

function readList(
  list: readonly unknown[],
  schema: JSONSchemaProps | undefined,
  path: string,
  reading: Reading,
  keeps: boolean,
): unknown[] {
  const items = schema?.items as JSONSchemaProps | undefined;
  if (keeps && items === undefined) return list.map(whole);
  return list.map((item, index) => {
    const missing = item === null && items?.nullable !== true && items?.default !== undefined;
    return read(missing ? clone(items.default) : item, items, `${path}[${index}]`, reading);
  });
}

/** A copy of what no schema speaks of. */
function whole(value: unknown): unknown {
  if (value instanceof OddNumber) return Number(value.text);
  if (typeof value === "bigint") return withinInt64(value);
  if (Array.isArray(value)) return value.map(whole);
  if (!isObject(value)) return value;
  const result: Json = {};
  for (const key of Object.keys(value).sort()) setField(result, key, whole(value[key]));
  return result;
}

/** A resource inside another one has metadata of the same form. */
function readEmbedded(object: Json, path: string, { strict, embedded }: Reading): void {
  for (const name of ["apiVersion", "kind"]) {
    const value = object[name];
    if (value !== undefined && typeof value !== "string")
      throw new DecodeError(
        `${joined(path, name)}: Invalid value: ${jsonText(value)}: must be a string`,
      );
  }
  const { metadata } = object;
  if (metadata === undefined) return;
  const at = joined(path, "metadata");
  if (metadata !== null && !isObject(metadata)) {
    const type = Array.isArray(metadata) ? "array" : goKind(metadata);
    throw new DecodeError(
      `${at}: Invalid value: ${jsonText(metadata)}: json: cannot unmarshal ${type} into Go value of type v1.ObjectMeta`,
    );
  }
  const { object: known, unknown } = embeddedMetadata(metadata, at, strict);
  for (const name of unknown) embedded.push(`${at}.${name}`);
  object["metadata"] = known;
}

const goKind = (value: unknown): string => (typeof value === "boolean" ? "bool" : typeof value);

function embeddedMetadata(metadata: Json | null, at: string, strict: boolean): Decoded {
  try {
    return decode(shapeOf(objectMeta), metadata, { strict });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError(`${at}: Invalid value: ${jsonText(metadata)}: ${error.message}`);
  }
}

/** Paths of what `schema` does not know in a value. */
export function unknownFields(value: unknown, schema: JSONSchemaProps): readonly string[] {
  const reading: Reading = {
    strict: true,
    exact: false,
    applied: false,
    unknown: [],
    embedded: [],
  };
  read(value, schema, "", reading);
  return reading.unknown;
}
