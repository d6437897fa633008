// What the schema of a custom resource may say: the part of OpenAPI that is allowed, and the rules
// of our extensions.
import { isObject } from "../../clone.ts";
import type { Cardinality } from "../../custom-expression-cost.ts";
import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import type { Cause } from "../../status-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.ts";
import type { Out } from "../checks.ts";
import { defaultProblems } from "./default-rules.ts";
import { structuralProblems } from "./structural-rules.ts";
import { expressionProblems, TotalCost, validationProblems } from "./validation-rules.ts";

export function checkSchema(out: Out, path: string, schema: JSONSchemaProps): void {
  const unreadable = unreadablePart(schema);
  const structure = unreadable === undefined ? structuralProblems(path, schema) : [];
  const before =
    structure.length > 0
      ? structure
      : unreadable === undefined
        ? defaultProblems(path, schema)
        : [];
  out.push(...before);
  // Rules are read only where the schema around them is sound.
  const total = before.length > 0 ? undefined : new TotalCost();
  const { sound, expressions } = visit(path, schema, {
    root: true,
    meta: false,
    noDefault: undefined,
    times: 1,
    unrelated: undefined,
    total,
  });
  out.push(...sound, ...expressions);
  out.push(...(total?.problems(path) ?? []));
  if (unreadable !== undefined && out.length === 0) out.push(invalidValue(path, "", unreadable));
}

const unreadableFields = [
  "id",
  "$schema",
  "$ref",
  "patternProperties",
  "dependencies",
  "additionalItems",
  "definitions",
] as const;

/** Why upstream cannot read the schema as a structural one: it then looks neither at its structure nor at its rules. */
function unreadablePart(schema: JSONSchemaProps): string | undefined {
  const given = unreadableFields.find((name) => isGiven(schema[name]));
  if (given !== undefined)
    return `OpenAPIV3Schema '${given === "$schema" ? "schema" : given}' is not supported`;
  const { items, additionalProperties, properties = {}, allOf, anyOf, oneOf, not } = schema;
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  if (Array.isArray(items) && items.length > 0)
    return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  const junctors = [...(allOf ?? []), ...(anyOf ?? []), ...(oneOf ?? []), not];
  const parts: unknown[] = [...junctors, items, ...Object.values(properties), additionalProperties];
  for (const part of parts) {
    const why = isObject(part) ? unreadablePart(part as JSONSchemaProps) : undefined;
    if (why !== undefined) return why;
  }
  return undefined;
}

const isGiven = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== "";

type Place = {
  readonly root: boolean;
  /** Within apiVersion, kind or metadata of a resource. */
  readonly meta: boolean;
  /** Why no default may stand here. */
  readonly noDefault: string | undefined;
  /** How often it may be met in one object. */
  readonly times: Cardinality;
  /** The path of an outer schema whose parts cannot be told to be the same after a change. */
  readonly unrelated: string | undefined;
  /** undefined: rules are not read. */
  readonly total: TotalCost | undefined;
};

/** What is wrong with the form of a schema and of all within it, and with their rules. */
type Found = { readonly sound: Cause[]; readonly expressions: Cause[] };

const metaFields = new Set(["metadata", "kind", "apiVersion"]);

function visit(path: string, schema: JSONSchemaProps, place: Place): Found {
  const sound: Cause[] = [];
  const expressions: Cause[] = [];
  const within = (at: string, part: JSONSchemaProps, inner: Place): void => {
    const found = visit(at, part, inner);
    sound.push(...found.sound);
    expressions.push(...found.expressions);
  };
  sound.push(...standardProblems(path, schema, place));
  if (schema.uniqueItems === true)
    sound.push(
      fieldForbidden(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  visitParts(path, schema, place, within, sound);
  sound.push(...extensionProblems(path, schema), ...listProblems(path, schema));
  sound.push(...validationProblems(path, schema));
  if (sound.length === 0 && place.total) {
    const { root, times: cardinality, unrelated } = place;
    const embedded = schema["x-kubernetes-embedded-resource"] === true;
    const at = { root: root || embedded, cardinality, unrelated };
    expressions.push(...expressionProblems(path, schema, at, place.total));
  }
  return { sound, expressions };
}

type Visit = (path: string, part: JSONSchemaProps, place: Place) => void;

function visitParts(
  path: string,
  schema: JSONSchemaProps,
  place: Place,
  within: Visit,
  sound: Cause[],
): void {
  const inner: Place = { ...place, root: false };
  const { properties = {}, additionalProperties: rest, items, maxItems, maxProperties } = schema;
  const times = (max: number | undefined): Place => ({
    ...inner,
    times: max === undefined || place.times === undefined ? undefined : place.times * max,
  });
  if (rest !== undefined) {
    if (Object.keys(properties).length > 0 && rest !== true)
      sound.push(
        fieldForbidden(
          `${path}.additionalProperties`,
          "additionalProperties and properties are mutual exclusive",
        ),
      );
    const why = "inside additionalProperties applying to object metadata";
    if (typeof rest === "object") {
      const below = times(maxProperties);
      const part = place.meta ? { ...below, noDefault: why } : below;
      within(`${path}.additionalProperties`, rest, part);
    }
  }
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  for (const name of Object.keys(properties).sort()) {
    const isMeta = (place.root || embedded) && metaFields.has(name);
    within(`${path}.properties[${name}]`, properties[name]!, {
      ...inner,
      meta: isMeta || place.meta,
      noDefault: isMeta && place.root ? `in top-level ${name}` : place.noDefault,
    });
  }
  const apart: Place = { ...inner, total: undefined };
  if (schema.not) within(`${path}.not`, schema.not, apart);
  for (const list of ["allOf", "oneOf", "anyOf"] as const)
    schema[list]?.forEach((one, at) => {
      within(`${path}.${list}[${at}]`, one, apart);
    });
  if (items === undefined || Array.isArray(items)) return;
  const isMap = schema["x-kubernetes-list-type"] === "map";
  within(`${path}.items`, items, {
    ...times(maxItems),
    unrelated: isMap ? place.unrelated : path,
  });
}

const types = ["array", "boolean", "integer", "number", "object", "string"];

function standardProblems(path: string, schema: JSONSchemaProps, place: Place): Cause[] {
  const causes: Cause[] = [];
  const unsupported = (field: string, given: boolean): void => {
    if (given) causes.push(fieldForbidden(`${path}.${field}`, `${field} is not supported`));
  };
  if (schema.type && !types.includes(schema.type))
    causes.push(notSupported(`${path}.type`, schema.type, types));
  if (schema.default !== undefined && place.noDefault !== undefined)
    causes.push(fieldForbidden(`${path}.default`, `must not be set ${place.noDefault}`));
  unsupported("id", (schema.id ?? "") !== "");
  unsupported("additionalItems", schema.additionalItems !== undefined);
  unsupported("patternProperties", hasKeys(schema.patternProperties));
  unsupported("definitions", hasKeys(schema.definitions));
  unsupported("dependencies", schema.dependencies !== undefined);
  unsupported("$ref", schema.$ref !== undefined);
  if (schema.type === "null")
    causes.push(
      fieldForbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative"),
    );
  if (Array.isArray(schema.items) && schema.items.length > 0)
    causes.push(fieldForbidden(`${path}.items`, "items must be a schema object and not an array"));
  if (place.meta && schema["x-kubernetes-embedded-resource"] === true)
    causes.push(
      fieldForbidden(
        `${path}.x-kubernetes-embedded-resource`,
        "must not be used inside of resource meta",
      ),
    );
  return causes;
}

const hasKeys = (map: object | undefined): boolean => Object.keys(map ?? {}).length > 0;

function extensionProblems(path: string, schema: JSONSchemaProps): Cause[] {
  const causes: Cause[] = [];
  const mapType = schema["x-kubernetes-map-type"];
  const listType = schema["x-kubernetes-list-type"];
  const wantsType = (wanted: string, extension: string): void => {
    const why = `must be ${wanted} if ${extension} is specified`;
    causes.push(
      schema.type ? invalidValue(`${path}.type`, schema.type, why) : required(`${path}.type`, why),
    );
  };
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    causes.push(
      invalidValue(
        `${path}.x-kubernetes-preserve-unknown-fields`,
        false,
        "must be true or undefined",
      ),
    );
  if (mapType !== undefined && schema.type !== "object")
    wantsType("object", "x-kubernetes-map-type");
  if (mapType !== undefined && mapType !== "atomic" && mapType !== "granular")
    causes.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
  if (listType !== undefined && schema.type !== "array")
    wantsType("array", "x-kubernetes-list-type");
  else if (listType === "set") causes.push(...setProblems(path, schema));
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType))
    causes.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "set", "map"]));
  return causes;
}

/** Items of a set are told apart as a whole. */
function setProblems(path: string, { items }: JSONSchemaProps): Cause[] {
  const item = items as JSONSchemaProps | undefined;
  const why = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = item?.["x-kubernetes-list-type"];
  if (item?.type === "array" && listType !== undefined && listType !== "atomic")
    return [invalidValue(`${path}.items.x-kubernetes-list-type`, listType, why)];
  if (item?.type === "object" && item["x-kubernetes-map-type"] !== "atomic")
    return [invalidValue(`${path}.items.x-kubernetes-map-type`, listType ?? null, why)];
  return [];
}

function listProblems(path: string, schema: JSONSchemaProps): Cause[] {
  const causes: Cause[] = [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const listType = schema["x-kubernetes-list-type"];
  const typePath = `${path}.x-kubernetes-list-type`;
  const why = "must be map if x-kubernetes-list-map-keys is non-empty";
  if (keys.length > 0 && listType === undefined) causes.push(required(typePath, why));
  else if (keys.length > 0 && listType !== "map")
    causes.push(invalidValue(typePath, listType, why));
  if (listType === "map") causes.push(...mapProblems(path, schema, keys));
  if (listType === "map" || listType === "set") causes.push(...itemProblems(path, schema, keys));
  return causes;
}

function mapProblems(path: string, { items }: JSONSchemaProps, keys: readonly string[]): Cause[] {
  const causes: Cause[] = [];
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0)
    causes.push(required(keysPath, "must not be empty if x-kubernetes-list-type is map"));
  if (items === undefined)
    causes.push(required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"));
  if (items === undefined || Array.isArray(items)) return causes;
  if (items.type !== "object") {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [...causes, invalidValue(`${path}.items.type`, items.type ?? "", why)];
  }
  keys.forEach((key, at) => {
    const part = items.properties?.[key];
    if (part === undefined)
      causes.push(invalidValue(keysPath, keys, "entries must all be names of item properties"));
    else if (part.type === "array" || part.type === "object")
      causes.push(
        invalidValue(
          `${path}.items.properties[${key}].type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    if (keys.indexOf(key) < at)
      causes.push(invalidValue(keysPath, keys, "must not contain duplicate entries"));
  });
  return causes;
}

/** Each item must be there, with all of its keys. */
function itemProblems(path: string, schema: JSONSchemaProps, keys: readonly string[]): Cause[] {
  const items = schema.items as JSONSchemaProps | undefined;
  if (items === undefined || Array.isArray(items)) return [];
  const causes: Cause[] = [];
  const listType = schema["x-kubernetes-list-type"];
  if (items.nullable === true)
    causes.push(
      fieldForbidden(
        `${path}.items.nullable`,
        `cannot be nullable when x-kubernetes-list-type is ${listType}`,
      ),
    );
  if (listType !== "map") return causes;
  for (const key of keys) {
    const part = items.properties?.[key];
    if (part === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    const why = "this property is in x-kubernetes-list-map-keys, so it";
    if (!items.required?.includes(key) && part.default === undefined)
      causes.push(
        required(`${at}.default`, `${why} must have a default or be a required property`),
      );
    if (part.nullable === true)
      causes.push(fieldForbidden(`${at}.nullable`, `${why} cannot be nullable`));
  }
  return causes;
}
