// Printer columns and selectable fields of custom resources: values that a JSONPath finds.

import { printAge } from "./duration.ts";
import {
  findResults,
  type JsonPath,
  JsonPathError,
  parseJsonPath,
  printValue,
} from "./jsonpath.ts";
import type { ApiObject, Column } from "./kind.ts";
import type { CustomResourceColumnDefinition, SelectableField } from "./types/apiextensions-v1.ts";

/** The columns of a definition; the age alone where it names none. */
export const customColumns = (
  definitions: readonly CustomResourceColumnDefinition[] = [],
): Column<ApiObject>[] => (definitions.length > 0 ? definitions : [ageColumn]).map(columnOf);

const ageColumn: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
};

function columnOf(definition: CustomResourceColumnDefinition): Column<ApiObject> {
  const { name, type, format, description, priority, jsonPath } = definition;
  const path = parsed(jsonPath);
  return {
    name,
    type: type as NonNullable<Column<ApiObject>["type"]>,
    ...(format && { format }),
    description:
      description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell: (object, now) => cellOf(type, firstIn(path, object), now),
  };
}

/** By name, for each selectable field what it is in an object. */
export function customSelectors(
  fields: readonly SelectableField[] = [],
): Record<string, (object: ApiObject) => string> {
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const path = parsed(jsonPath);
      return [
        jsonPath.replace(/^\./, ""),
        (object: ApiObject) => String(firstIn(path, object) ?? ""),
      ];
    }),
  );
}

/** A path that is none finds nothing, as upstream. */
function parsed(path: string): JsonPath | undefined {
  try {
    return parseJsonPath(`{${path}}`);
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function firstIn(path: JsonPath | undefined, object: unknown): unknown {
  if (path === undefined) return undefined;
  try {
    return findResults(path, object, { allowMissingKeys: true })[0]?.[0];
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

/** Null for a value of another type than the column's. */
function cellOf(type: string, value: unknown, now: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "string":
      return printValue(value);
    case "integer":
      return typeof value === "number"
        ? Math.trunc(value)
        : typeof value === "bigint"
          ? value
          : null;
    case "number":
      return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? ageOf(value, now) : null;
    default:
      return null;
  }
}

function ageOf(text: string, now: number): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? "<invalid>" : printAge(now - time);
}
