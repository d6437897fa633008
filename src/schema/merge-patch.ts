// JSON Merge Patch (RFC 7386) as upstream's library understands it: what is null is removed, also
// from objects within the lists that a patch brings, while nulls that are items of lists stay.
import { clone, isObject, setField } from "./clone.ts";
import { badRequest } from "./status-error.ts";

/**
 * The patched document; parts that the patch does not touch are shared with `document`, nothing is
 * shared with `patch`. Throws a StatusError(400) for what is no patch.
 */
export function applyMergePatch(
  document: Readonly<Record<string, unknown>>,
  patch: unknown,
): Record<string, unknown> {
  if (patch === null || patch === undefined) throw badRequest("Invalid JSON Patch");
  if (!isObject(patch)) {
    const type = Array.isArray(patch)
      ? "array"
      : typeof patch === "boolean"
        ? "bool"
        : typeof patch;
    const wanted = "Go value of type map[string]interface {}";
    throw badRequest(`error decoding patch: json: cannot unmarshal ${type} into ${wanted}`);
  }
  return merged(document, patch);
}

function merged(
  document: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key in document) {
    const current = document[key];
    const change = Object.hasOwn(patch, key) ? patch[key] : undefined;
    if (change === undefined) setField(result, key, current);
    else if (change !== null) setField(result, key, changed(current, change));
  }
  for (const key in patch) {
    const added = patch[key];
    if (added === null || Object.hasOwn(document, key)) continue;
    setField(result, key, withoutNulls(added));
  }
  return result;
}

function changed(current: unknown, change: unknown): unknown {
  if (!isObject(current)) return withoutNulls(change);
  return isObject(change) ? merged(current, change) : clone(change);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key in value) {
    if (value[key] !== null) setField(result, key, withoutNulls(value[key]));
  }
  return result;
}
