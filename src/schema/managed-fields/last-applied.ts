// The annotation of kubectl's client-side apply: whoever moves from that to server-side apply keeps
// what was applied.
import { isObject } from "../clone.ts";
import { annotationBytesMax } from "../metadata.ts";
import { utf8Length } from "../names.ts";
import type { ObjectShape } from "../shape.ts";
import { appliedSet } from "./applied-set.ts";
import { compare } from "./compare.ts";
import { difference, type FieldSet, noFields } from "./field-set.ts";
import { formOf } from "./form.ts";
import { ItemError } from "./items.ts";
import type { Fields } from "./ownership.ts";
import { formProblem } from "./validate.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The configuration's text; undefined when the object has none. */
export function lastApplied(object: Fields): string | undefined {
  const metadata = object["metadata"];
  const annotations = isObject(metadata) ? metadata["annotations"] : undefined;
  const text = isObject(annotations) ? annotations[annotation] : undefined;
  return typeof text === "string" && text !== "" ? text : undefined;
}

/**
 * What client-side apply has set and nobody has changed since; undefined when there is no such
 * configuration of this version.
 */
export function allowedByLastApplied(
  shape: ObjectShape,
  live: Fields,
  apiVersion: string,
): FieldSet | undefined {
  const text = lastApplied(live);
  if (text === undefined) return undefined;
  const form = formOf(shape);
  try {
    const before: unknown = JSON.parse(text);
    if (!isObject(before) || before["apiVersion"] !== apiVersion) return undefined;
    if (formProblem(form, before) !== undefined) return undefined;
    const changes = compare(form, before, { apiVersion, kind: before["kind"], ...live });
    const parts = [changes?.modified, changes?.added, changes?.removed];
    return parts.reduce<FieldSet>(
      (set, part) => difference(set, part ?? noFields),
      appliedSet(form, before),
    );
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ItemError) return undefined;
    throw error;
  }
}

/**
 * `object` with the configuration that was applied now in place of the old one; without any when it
 * is too large.
 */
export function withLastApplied(
  object: Record<string, unknown>,
  applied: Fields,
): Record<string, unknown> {
  const metadata = object["metadata"] as Record<string, unknown>;
  const { [annotation]: _, ...annotations } = metadata["annotations"] as Record<string, string>;
  const text = `${JSON.stringify(withoutAnnotation(applied))}\n`;
  let bytes = 0;
  for (const [key, value] of Object.entries({ ...annotations, [annotation]: text })) {
    bytes += utf8Length(key) + utf8Length(value);
  }
  const kept = bytes > annotationBytesMax ? annotations : { ...annotations, [annotation]: text };
  return { ...object, metadata: { ...metadata, annotations: kept } };
}

function withoutAnnotation(applied: Fields): unknown {
  const sorted = sortedKeys(applied) as Record<string, unknown>;
  const metadata = sorted["metadata"];
  if (!isObject(metadata) || !isObject(metadata["annotations"])) return sorted;
  const { [annotation]: _, ...annotations } = metadata["annotations"];
  return { ...sorted, metadata: { ...metadata, annotations } };
}

/** As Go writes maps. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedKeys(value[key])]),
  );
}
