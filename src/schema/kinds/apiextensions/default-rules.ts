// Defaults of a schema must be good values themselves, without fields that would be dropped.
import { isObject } from "../../clone.ts";
import { unknownFields } from "../../custom-codec.ts";
import { expressionCauses } from "../../custom-expressions.ts";
import { embeddedProblems, isEmbedded } from "../../custom-rules.ts";
import { customCheck } from "../../custom-validate.ts";
import { invalidValue } from "../../field-error.ts";
import type { Cause } from "../../status-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.ts";

const metaFields = new Set(["metadata", "kind", "apiVersion"]);

/** Where a schema stands within the nearest resource; `meta`: inside what all resources have. */
type Place = {
  readonly path: string;
  readonly resource: JSONSchemaProps;
  readonly meta: boolean;
  /** The resource with `value` at this place, and nothing else but what it must have. */
  readonly around: (value: unknown) => unknown;
};

const resourceAround = (value: unknown): unknown => ({
  apiVersion: "validation/v1",
  kind: "Validation",
  ...(isObject(value) ? value : {}),
});

/** `schema` is structural, that of a whole resource. */
export function defaultProblems(path: string, schema: JSONSchemaProps): Cause[] {
  const resource = { ...schema, "x-kubernetes-embedded-resource": true };
  return problemsWithin(resource, { path, resource, meta: false, around: resourceAround });
}

function problemsWithin(schema: JSONSchemaProps, outer: Place): Cause[] {
  const embedded = isEmbedded(schema);
  const place = embedded
    ? { ...outer, resource: schema, meta: false, around: resourceAround }
    : outer;
  const { path, meta, around } = place;
  const { default: value, items, properties = {} } = schema;
  const causes = value === undefined ? [] : problemsOf(value, schema, place);
  if (items !== undefined && !Array.isArray(items)) {
    const list = (item: unknown): unknown => around([item]);
    causes.push(...problemsWithin(items, { ...place, path: `${path}.items`, around: list }));
  }
  for (const [name, part] of Object.entries(properties))
    causes.push(
      ...problemsWithin(part, {
        ...place,
        path: `${path}.properties[${name}]`,
        meta: meta || (embedded && metaFields.has(name)),
        around: (field) => around({ [name]: field }),
      }),
    );
  return causes;
}

function problemsOf(value: unknown, schema: JSONSchemaProps, place: Place): Cause[] {
  const path = `${place.path}.default`;
  const causes: Cause[] = [];
  if (!place.meta && unknownFields(value, schema).length > 0)
    causes.push(invalidValue(path, value, "must not have unknown fields"));
  const found = metadataProblems(value, schema, place, path);
  if (found.length === 0) found.push(...customCheck(loosened(schema), path)(value));
  if (found.length === 0) {
    const root = schema === place.resource;
    const asUpdate = { path, root, old: value };
    found.push(...expressionCauses(schema, value, asUpdate, []));
    // Rules may say other things of a value that is new.
    if (found.length === 0)
      found.push(...expressionCauses(schema, value, { path, root, old: undefined }, []));
  }
  return [...causes, ...found];
}

/** What a resource would lack whose metadata is the default, or which is in the default. */
function metadataProblems(
  value: unknown,
  schema: JSONSchemaProps,
  { meta, resource, around }: Place,
  path: string,
): Cause[] {
  if (!meta) return embeddedProblems(value, schema, path);
  const found = embeddedProblems(around(value), resource);
  if (found.length === 0) return [];
  const all = found.map(({ field, message }) => `${field}: ${message}`);
  const why = all.length === 1 ? all[0] : `[${all.join(", ")}]`;
  return [invalidValue(path, value, `must result in valid metadata: ${why}`)];
}

/** Upstream forgets here that such a value is of one of two types. */
function loosened(schema: JSONSchemaProps): JSONSchemaProps {
  const { "x-kubernetes-int-or-string": _, items, properties, ...others } = schema;
  const rest = schema.additionalProperties;
  return {
    ...others,
    ...(isObject(items) && { items: loosened(items as JSONSchemaProps) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, part]) => [name, loosened(part)]),
      ),
    }),
    ...(isObject(rest) && { additionalProperties: loosened(rest as JSONSchemaProps) }),
  };
}
