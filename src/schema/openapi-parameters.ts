// Parameters of the operations: the options that every verb takes in its query.

import { shapeOf } from "./facts.ts";
import type { ScalarShape } from "./shape.ts";

export type Parameter = {
  readonly name: string;
  readonly in: "query" | "path";
  readonly type: "string" | "integer" | "boolean";
};

export const query = (name: string, type: Parameter["type"]): Parameter => ({
  name,
  in: "query",
  type,
});

export const pathParameter = (name: string): Parameter => ({ name, in: "path", type: "string" });

export const listQuery: readonly Parameter[] = [
  query("allowWatchBookmarks", "boolean"),
  query("continue", "string"),
  query("fieldSelector", "string"),
  query("labelSelector", "string"),
  query("limit", "integer"),
  query("resourceVersion", "string"),
  query("resourceVersionMatch", "string"),
  query("sendInitialEvents", "boolean"),
  query("shardSelector", "string"),
  query("timeoutSeconds", "integer"),
  query("watch", "boolean"),
];

export const writeQuery: readonly Parameter[] = [
  query("dryRun", "string"),
  query("fieldManager", "string"),
  query("fieldValidation", "string"),
];

export const deleteQuery: readonly Parameter[] = [
  query("dryRun", "string"),
  query("gracePeriodSeconds", "integer"),
  query("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"),
  query("orphanDependents", "boolean"),
  query("propagationPolicy", "string"),
];

/**
 * The fields of an options kind (`PodLogOptions`) as parameters; lists are repeated, times left
 * out.
 */
export function optionsQuery(type: string): Parameter[] {
  return [...shapeOf(type).fields.values()].flatMap((field): Parameter[] => {
    if (field.name === "kind" || field.name === "apiVersion") return [];
    const shape = field.shape();
    const item = shape.kind === "list" ? shape.item() : shape;
    const type = item.kind === "scalar" ? queryTypes[item.type] : undefined;
    return type === undefined ? [] : [query(field.name, type)];
  });
}

const queryTypes: Partial<Record<ScalarShape["type"], Parameter["type"]>> = {
  string: "string",
  bool: "boolean",
  int32: "integer",
  int64: "integer",
};

/** Every parameter once, by name. */
export const sorted = (...parts: readonly (readonly Parameter[])[]): Parameter[] => {
  const all = new Map(
    parts.flat().map((parameter) => [`${parameter.name} ${parameter.in}`, parameter]),
  );
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parameter]) => parameter);
};
