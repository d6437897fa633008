// The shape of a custom resource: what its structural schema says of fields, lists and maps.

import { objectMeta, typeAndMetadata } from "./custom-codec.ts";
import { shapeOf } from "./facts.ts";
import type { Field, ObjectShape, ScalarShape, Shape } from "./shape.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

/** The shape of whole objects, with apiVersion, kind and metadata. */
export function customShape(schema: JSONSchemaProps): ObjectShape {
  const inner = objectShape(schema, true);
  return {
    ...inner,
    fields: new Map([...headFields(() => shapeOf(objectMeta)), ...inner.fields]),
  };
}

function headFields(metadata: () => Shape): [string, Field][] {
  return [
    ["apiVersion", field("apiVersion", () => text)],
    ["kind", field("kind", () => text)],
    ["metadata", field("metadata", metadata)],
  ];
}

const text: ScalarShape = { kind: "scalar", type: "string" };
const any: ScalarShape = { kind: "scalar", type: "any" };

function field(name: string, shape: () => Shape, schema: JSONSchemaProps = {}): Field {
  return {
    name,
    shape,
    number: 0,
    always: false,
    pointer: true,
    required: false,
    ...(schema.default !== undefined && { default: schema.default }),
  };
}

function objectShape(schema: JSONSchemaProps, root = false): ObjectShape {
  const { properties = {}, additionalProperties } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const fields = new Map<string, Field>();
  if (embedded)
    for (const [name, one] of headFields(() => shapeOf(objectMeta))) fields.set(name, one);
  for (const [name, part] of Object.entries(properties)) {
    if ((root || embedded) && typeAndMetadata.has(name)) continue;
    fields.set(
      name,
      field(
        name,
        lazily(() => shapeFrom(part)),
        part,
      ),
    );
  }
  return {
    kind: "object",
    name: "",
    fields,
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    keepsUnknown: schema["x-kubernetes-preserve-unknown-fields"] === true,
    embedded,
    ...(typeof additionalProperties === "object" && { rest: shapeFrom(additionalProperties) }),
  };
}

/** Shapes are compiled by identity: each place has one. */
function lazily(make: () => Shape): () => Shape {
  let made: Shape | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function shapeFrom(schema: JSONSchemaProps): Shape {
  if (schema["x-kubernetes-int-or-string"] === true) return scalar("intOrString", schema);
  switch (schema.type) {
    case "object":
      return isMap(schema) ? mapShape(schema) : objectShape(schema);
    case "array": {
      const listType = schema["x-kubernetes-list-type"];
      return {
        kind: "list",
        item: lazily(() =>
          schema.items === undefined ? any : shapeFrom(schema.items as JSONSchemaProps),
        ),
        listType: listType === "set" || listType === "map" ? listType : "atomic",
        typed: listType !== undefined,
        keys: schema["x-kubernetes-list-map-keys"] ?? [],
      };
    }
    case "string":
      return scalar("string", schema);
    case "boolean":
      return scalar("bool", schema);
    case "integer":
      return scalar("int64", schema);
    case "number":
      return scalar("number", schema);
    default:
      return scalar("any", schema);
  }
}

const scalar = (type: ScalarShape["type"], { nullable }: JSONSchemaProps): ScalarShape => ({
  kind: "scalar",
  type,
  ...(nullable === true && { nullable }),
});

const isMap = ({ properties, additionalProperties }: JSONSchemaProps): boolean =>
  properties === undefined && additionalProperties !== undefined && additionalProperties !== false;

function mapShape(schema: JSONSchemaProps): Shape {
  const { additionalProperties: value } = schema;
  return {
    kind: "map",
    value: lazily(() => (typeof value === "object" ? shapeFrom(value) : any)),
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    ...(schema.nullable === true && { nullable: true }),
  };
}
