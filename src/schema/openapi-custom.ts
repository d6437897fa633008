// Definitions of custom resources for OpenAPI: the schema that the author wrote, made to stand
// beside the built-in ones.

import type { Definitions, Dialect, Json } from "./openapi-schemas.ts";
import { textOf } from "./openapi-texts.ts";
import type { Resource } from "./resource.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

/**
 * Name of a custom resource's definition: `com.example.stable.v1.Thing` for
 * `things.stable.example.com`.
 */
const customName = (resource: Resource, kind = resource.kind): string =>
  [...resource.group.split(".").reverse(), resource.version, kind].join(".");

/** A reference to the resource's definition. Without a schema any object is described. */
export function customRef(
  definitions: Definitions,
  dialect: Dialect,
  resource: Resource,
  schema: Json | undefined,
): Json {
  return definitions.add(customName(resource), () => {
    const own = schema === undefined ? { type: "object", [keepsUnknown]: true } : schema;
    // Old clients take a list of properties for all that there may be.
    if (dialect === "v2" && own[keepsUnknown] === true)
      return { type: "object", ...kindOf(resource) };
    const published = (dialect === "v2" ? forVersion2(own) : forVersion3(own, definitions)) as Json;
    const properties = published["properties"] as Json | undefined;
    return {
      ...published,
      properties: {
        ...properties,
        apiVersion: { type: "string", ...described("apiVersion") },
        kind: { type: "string", ...described("kind") },
        metadata: definitions.beside(definitions.ref(`${meta}.ObjectMeta`), described("metadata")),
      },
      ...kindOf(resource),
    };
  });
}

const described = (field: string) => ({ description: textOf("", field, true) });

export function customListRef(definitions: Definitions, resource: Resource, item: Json): Json {
  const kind = `${resource.kind}List`;
  return definitions.add(customName(resource, kind), () => ({
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: { type: "string" },
      items: { type: "array", items: item },
      kind: { type: "string" },
      metadata: definitions.beside(definitions.ref(`${meta}.ListMeta`), {}),
    },
    ...kindOf(resource, kind),
  }));
}

const kindOf = ({ group, version, kind: own }: Resource, kind = own): Json => ({
  "x-kubernetes-group-version-kind": [{ group, kind, version }],
});

const keepsUnknown = "x-kubernetes-preserve-unknown-fields";
const isEmbedded = "x-kubernetes-embedded-resource";
const intOrString = "x-kubernetes-int-or-string";

/** Keys of a schema under which further schemas stand: one, by name, or a list. */
const single = ["items", "additionalProperties", "not"];
const byName = ["properties", "patternProperties", "definitions"];
const lists = ["allOf", "anyOf", "oneOf"];

function mapSchemas(schema: Json, change: (inner: Json) => Json): Json {
  const result: Json = { ...schema };
  for (const key of single) {
    if (isSchema(result[key])) result[key] = change(result[key]);
  }
  for (const key of byName) {
    if (!isSchema(result[key])) continue;
    const entries = Object.entries(result[key]).map(([name, inner]) => [
      name,
      change(inner as Json),
    ]);
    result[key] = Object.fromEntries(entries);
  }
  for (const key of lists) {
    if (Array.isArray(result[key])) result[key] = (result[key] as Json[]).map(change);
  }
  return result;
}

const isSchema = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function forVersion3(schema: Json, definitions: Definitions): Json {
  const result = mapSchemas(schema, (inner) => forVersion3(inner, definitions));
  if (result[intOrString] === true && result["anyOf"] === undefined) {
    result["anyOf"] = [{ type: "integer" }, { type: "string" }];
  }
  if (result[isEmbedded] !== true) return result;
  return {
    ...result,
    required: [
      "kind",
      "apiVersion",
      ...((result["required"] as string[] | undefined) ?? []),
    ].filter((name, at, all) => all.indexOf(name) === at),
    properties: {
      ...(result["properties"] as Json | undefined),
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: definitions.beside(definitions.ref(`${meta}.ObjectMeta`), {}),
    },
  };
}

/**
 * Without what version 2 has no words for; of a value that may be null, or of several types, the parts are not
 * described.
 */
function forVersion2(schema: Json): Json {
  const { allOf, anyOf, oneOf, not, default: _, nullable, ...rest } = schema;
  const described = mapSchemas(rest, forVersion2);
  const { type, items, properties, ...others } = described;
  if (nullable === true || described[intOrString] === true) return others;
  if (described[keepsUnknown] === true)
    return type === "object" || type === "array" ? others : { type, ...others };
  if (type === "array" && items === undefined) return others;
  return withoutNullable(described, schema);
}

/** A field that may be null cannot be asked for: what is null is as good as absent to version 2. */
function withoutNullable(described: Json, { properties }: Json): Json {
  const { required, ...others } = described;
  if (!Array.isArray(required)) return described;
  const parts = (properties ?? {}) as Record<string, Json>;
  const left = required.filter((name) => parts[name]?.["nullable"] !== true);
  return left.length === 0 ? others : { ...others, required: left };
}
