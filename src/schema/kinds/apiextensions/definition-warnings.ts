// Warnings about custom resource definitions: what they say that has no effect.
import { formatOf } from "../../custom-formats.ts";
import type { CustomResourceDefinition, JSONSchemaProps } from "../../types/apiextensions-v1.ts";

/** What is new since `old`. */
export function definitionWarnings(
  next: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): string[] {
  const before = new Set(old === undefined ? [] : allWarnings(old));
  return [...new Set(allWarnings(next))].filter((text) => !before.has(text));
}

function allWarnings({ spec }: CustomResourceDefinition): string[] {
  const schemas = (spec.versions ?? []).flatMap(({ schema }) =>
    schema?.openAPIV3Schema === undefined ? [] : allWithin(schema.openAPIV3Schema),
  );
  return [...schemas.flatMap(formatWarnings), ...schemas.flatMap(setWarnings).sort()];
}

const numberFormats: Readonly<Record<string, readonly string[]>> = {
  integer: ["int32", "int64"],
  number: ["float", "double"],
};

function formatWarnings({ type = "", format }: JSONSchemaProps): string[] {
  if (!format) return [];
  const known =
    type === "" || type === "string"
      ? formatOf(format) !== undefined
      : (numberFormats[type]?.includes(format) ?? false);
  return known ? [] : [`unrecognized format ${JSON.stringify(format)}`];
}

function setWarnings(schema: JSONSchemaProps): string[] {
  const { type } = (schema.items ?? {}) as JSONSchemaProps;
  if (schema["x-kubernetes-list-type"] !== "set" || (type !== "object" && type !== "array"))
    return [];
  return [
    `x-kubernetes-list-type: set for items of type "${type}" is not supported by server-side apply or CEL validation rules`,
  ];
}

function allWithin(schema: JSONSchemaProps): JSONSchemaProps[] {
  const { items, additionalProperties: rest, properties = {}, not } = schema;
  const inner = [
    ...(Array.isArray(items) ? items : items === undefined ? [] : [items]),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(not === undefined ? [] : [not]),
    ...Object.values(properties),
    ...(typeof rest === "object" ? [rest] : []),
  ];
  return [schema, ...inner.flatMap(allWithin)];
}
