// What rules see of a schema: types of its values, how long these can be, and the least that they take in a request.
//
//   { type: "array", maxItems: 9, items: { type: "string", maxLength: 5 } }   is  list(string), at most 9, each at most 20 bytes
import type { Expression } from "./cel/ast.ts";
import * as cel from "./cel/cel-type.ts";
import { check } from "./cel/check.ts";
import { environment } from "./cel/environment.ts";
import type { Problem } from "./cel/error.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

/** Schemas of variables; undefined: anything. */
export type Variables = ReadonlyMap<string, Known>;
export type Known = JSONSchemaProps | undefined;

/** A request is no longer than this; upstream's bound. */
export const requestBytesMax = 3 * 1024 * 1024;

/** The type of values of a schema, and their least length as JSON. */
export type Declared = { readonly type: cel.CelType; readonly bytesMin: number };

/** The first thing that does not fit; undefined when all does, as far as can be told. */
export function typeProblem(expression: Expression, variables: Variables): Problem | undefined {
  const types = [...variables].map(([name, schema]) => [name, knownType(schema)] as const);
  const { problems } = check(expression, environment(Object.fromEntries(types), { others: true }));
  return problems.toSorted((a, b) => a.at - b.at)[0];
}

/** Fields of which nothing is known are there all the same. */
function knownType(schema: Known): cel.CelType {
  const { properties } = schema ?? {};
  if (properties === undefined) return (schema && declared(schema)?.type) ?? cel.dyn;
  return cel.struct("object", (name) =>
    Object.hasOwn(properties, name) ? knownType(properties[name]) : undefined,
  );
}

const known = new WeakMap<JSONSchemaProps, Declared | "unknown">();
const knownRoots = new WeakMap<JSONSchemaProps, Declared | "unknown">();

/**
 * undefined: rules do not see values of this schema. `root`: of a resource, whose names are always there.
 */
export function declared(schema: JSONSchemaProps, root = false): Declared | undefined {
  const cache = root ? knownRoots : known;
  let found = cache.get(schema);
  if (found === undefined) {
    found = declare(schema, root) ?? "unknown";
    cache.set(schema, found);
  }
  return found === "unknown" ? undefined : found;
}

const within = (schema: JSONSchemaProps): Declared | undefined =>
  declared(schema, schema["x-kubernetes-embedded-resource"] === true);

const sized = (type: cel.CelType, max: number): cel.CelType => ({ ...type, max });

/** A letter may take so many bytes. */
const letterBytes = 4;
const textMax = requestBytesMax - 2;

function declare(schema: JSONSchemaProps, root: boolean): Declared | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) {
    const { maxLength } = schema;
    const max = maxLength === undefined ? textMax : Math.max(maxLength, 0) * letterBytes;
    return { type: sized(cel.dyn, max), bytesMin: 1 };
  }
  switch (schema.type) {
    case "array":
      return declareList(schema);
    case "object":
      return isSchema(schema.additionalProperties) && !root
        ? declareMap(schema, schema.additionalProperties)
        : declareObject(schema, root);
    case "string":
      return declareText(schema);
    case "boolean":
      return { type: cel.bool, bytesMin: 4 };
    case "number":
      return { type: cel.double, bytesMin: 1 };
    case "integer":
      return { type: cel.int, bytesMin: 1 };
    default:
      return undefined;
  }
}

const isSchema = (value: unknown): value is JSONSchemaProps =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function declareList({ items, maxItems }: JSONSchemaProps): Declared | undefined {
  const item = isSchema(items) ? within(items) : undefined;
  if (item === undefined) return undefined;
  const max =
    maxItems === undefined
      ? Math.floor((requestBytesMax - 2) / (item.bytesMin + 1))
      : Math.max(maxItems, 0);
  return { type: cel.listOf(item.type, max), bytesMin: 2 };
}

/** A name of two letters with its quotes, a colon and a comma. */
const entryBytes = 6;

function declareMap(
  { maxProperties }: JSONSchemaProps,
  rest: JSONSchemaProps,
): Declared | undefined {
  const value = within(rest);
  if (value === undefined) return undefined;
  const max =
    maxProperties === undefined
      ? Math.floor((requestBytesMax - 2) / (value.bytesMin + entryBytes))
      : Math.max(maxProperties, 0);
  return { type: cel.mapOf(cel.string, value.type, max), bytesMin: 2 };
}

const nameLengthMax = 253;

function capped(schema: JSONSchemaProps | undefined, max: number): JSONSchemaProps {
  return { type: "string", maxLength: Math.min(schema?.maxLength ?? max, max) };
}

function withHead(properties: Readonly<Record<string, JSONSchemaProps>>) {
  const names = properties["metadata"]?.properties;
  return {
    ...properties,
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: {
      type: "object",
      properties: {
        name: capped(names?.["name"], nameLengthMax),
        generateName: capped(names?.["generateName"], nameLengthMax - 1),
      },
    },
  } as Readonly<Record<string, JSONSchemaProps>>;
}

let objects = 0;

function declareObject(schema: JSONSchemaProps, root: boolean): Declared {
  const given = schema.properties ?? {};
  const properties = root ? withHead(given) : given;
  const names = new Map<string, string>();
  let bytesMin = 2;
  for (const [name, part] of Object.entries(properties)) {
    const own = within(part);
    if (own === undefined) continue;
    names.set(escaped(name), name);
    if (schema.required?.includes(name) && part.default === undefined)
      bytesMin += name.length + own.bytesMin + 4;
  }
  const field = (name: string): cel.CelType | undefined => {
    const real = names.get(name);
    return real === undefined ? undefined : within(properties[real]!)?.type;
  };
  return { type: cel.struct(`object#${objects++}`, field), bytesMin };
}

const textFormats: Readonly<Record<string, Declared>> = {
  duration: { type: sized(cel.duration, 32), bytesMin: 3 },
  date: { type: sized(cel.timestamp, 12), bytesMin: 12 },
  "date-time": { type: sized(cel.timestamp, 32), bytesMin: 21 },
};

function declareText({ format = "", maxLength, enum: values = [] }: JSONSchemaProps): Declared {
  if (Object.hasOwn(textFormats, format)) return textFormats[format]!;
  if (format === "byte")
    return { type: sized(cel.bytes, Math.max(maxLength ?? textMax, 0)), bytesMin: 2 };
  if (maxLength !== undefined)
    return { type: sized(cel.string, Math.max(maxLength, 0) * letterBytes), bytesMin: 2 };
  if (values.length === 0) return { type: sized(cel.string, textMax), bytesMin: 2 };
  const longest = values.map((one) => (typeof one === "string" ? utf8Length(one) : 0));
  return { type: sized(cel.string, Math.max(...longest)), bytesMin: 2 };
}

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const special: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};

/** The name of a field as expressions write it. */
export function escaped(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name.replace(/__|[-./]/g, (found) => special[found]!);
}
