// Strategic merge patches of built-in types: as a merge patch, but lists merge by key where the
// type's fields say so, and directives in the patch steer it.
//
//   {"containers": [{"name": "a", "image": "x"}]}         merges into the container a, or adds it
//   {"containers": [{"name": "a", "$patch": "delete"}]}   removes it
//   {"strategy": {"$retainKeys": ["type"], "type": "X"}}  and drops what else strategy holds
//   {"$deleteFromPrimitiveList/finalizers": ["f"]}        removes plain values from a list
//   {"$setElementOrder/containers": [{"name": "b"}, …]}   sets the order of the merged list
import { clone, isObject, setField } from "./clone.ts";
import { goText, goType } from "./go-text.ts";
import type { ObjectShape, Shape } from "./shape.ts";
import { badRequest } from "./status-error.ts";
import {
  directiveKey,
  directiveOf,
  type ElementKind,
  elementKind,
  keyOf,
  type ListRule,
  mergeLists,
  ordered,
  partitioned,
  unexplained,
  unknownDirective,
} from "./strategic-lists.ts";

type Fields = Record<string, unknown>;

/**
 * The patched document; parts that the patch does not touch are shared with `document`, `patch`
 * stays as it is. The result is yet to be decoded: it holds what the patch brought, unknown fields
 * and nulls included. Throws a StatusError in upstream's words: 400 and 500 for what is no good
 * patch, 422 for lists of lists.
 */
export function applyStrategicPatch(
  shape: ObjectShape,
  document: Readonly<Fields>,
  patch: unknown,
): Fields {
  if (!isObject(patch)) {
    if (patch === null) return { ...document };
    const wanted = "Go value of type map[string]interface {}";
    throw badRequest(`json: cannot unmarshal ${typeName(patch)} into ${wanted}`);
  }
  return mergeFields(shape, document, clone(patch));
}

const typeName = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

const deleteList = "$deleteFromPrimitiveList/";
const elementOrder = "$setElementOrder";

/** Merges `patch`, which is used up, into a copy of `original`. */
function mergeFields(shape: Shape, original: Readonly<Fields>, patch: Fields): Fields {
  if (Object.hasOwn(patch, directiveKey)) return directed(patch);
  const result: Fields = {};
  for (const key in original) setField(result, key, original[key]);
  retainKeys(result, patch);
  for (const key of Object.keys(patch)) {
    if (key.startsWith(elementOrder)) mergeOrderedList(shape, result, patch, key);
  }
  for (const key of Object.keys(patch)) mergeField(shape, result, key, patch[key]);
  return result;
}

function directed(patch: Fields): Fields {
  const kind = patch[directiveKey];
  if (kind === "replace") {
    delete patch[directiveKey];
    return patch;
  }
  if (kind === "delete") return {};
  throw unknownDirective(patch);
}

function retainKeys(result: Fields, patch: Fields): void {
  if (!Object.hasOwn(patch, "$retainKeys")) return;
  const kept = patch["$retainKeys"];
  delete patch["$retainKeys"];
  const broken = badRequest("invalid patch format of retainKeys");
  if (!Array.isArray(kept)) throw broken;
  const keys = new Set(kept);
  for (const key in patch) {
    const steers = key.startsWith("$deleteFromPrimitiveList") || key.startsWith(elementOrder);
    if (patch[key] !== null && !steers && !keys.has(key)) throw broken;
  }
  for (const key of Object.keys(result)) if (!keys.has(key)) delete result[key];
}

function mergeField(shape: Shape, result: Fields, patchKey: string, change: unknown): void {
  const deletes = patchKey.startsWith("$deleteFromPrimitiveList");
  if (deletes && !patchKey.startsWith(deleteList)) {
    throw badRequest("invalid patch format of primitive list");
  }
  const key = deletes ? patchKey.slice(deleteList.length) : patchKey;
  if (change === null) {
    delete result[key];
    return;
  }
  const current = Object.hasOwn(result, key) ? result[key] : undefined;
  if (current === undefined || !sameType(current, change)) {
    if (!deletes) setUndirected(result, key, withoutNulls(change));
    return;
  }
  if (isObject(change)) {
    const { part, strategy } = fieldRule(shape, key);
    const merged = strategy === "replace" ? change : mergeFields(part, current as Fields, change);
    setField(result, key, merged);
  } else if (Array.isArray(change)) {
    const { part, strategy, mergeKey } = listRule(shape, key);
    const merges = strategy === "merge" || deletes;
    const rule = listRuleOf(part, mergeKey, deletes);
    setField(result, key, merges ? mergeLists(rule, current as unknown[], change) : change);
  } else setField(result, key, change);
}

/** `{"$setElementOrder/x": […], "x": […]}`: merges the list x and puts it into the order. */
function mergeOrderedList(shape: Shape, result: Fields, patch: Fields, orderKey: string): void {
  const order = patch[orderKey];
  delete patch[orderKey];
  const list = (value: unknown): unknown[] => {
    if (Array.isArray(value)) return value;
    throw unexplained(`expected a []interface {}, but received a ${goType(value)}`);
  };
  const wanted = list(order);
  if (!orderKey.startsWith(`${elementOrder}/`)) {
    throw badRequest("invalid patch format of setElementOrder list");
  }
  const key = orderKey.slice(elementOrder.length + 1);
  const [inOriginal, inPatch] = [Object.hasOwn(result, key), Object.hasOwn(patch, key)];
  const current = inOriginal ? list(result[key]) : [];
  const changes = inPatch ? list(patch[key]) : [];
  const { part, strategy, mergeKey } = listRule(shape, key);
  checkOrder(changes, wanted, mergeKey);
  if (!inOriginal && !inPatch) return;
  const kind: ElementKind = elementKind(current, changes);
  let merged = current;
  if (!inOriginal) merged = withoutDirectives(changes) as unknown[];
  else if (inPatch && strategy !== "merge") merged = changes;
  else if (inPatch) merged = mergeLists(listRuleOf(part, mergeKey, false), current, changes);
  const parts = partitioned(merged, wanted, mergeKey);
  setField(result, key, ordered(parts, wanted, current, mergeKey, kind));
  delete patch[key];
}

/** The items of the patch must come in the order that the patch asks for. */
function checkOrder(changes: unknown[], wanted: unknown[], mergeKey: string): void {
  if (wanted.length === 0 || changes.length === 0) return;
  const kept = mergeKey === "" ? changes : changes.filter((c) => directiveOf(c) !== "delete");
  let at = 0;
  for (const place of wanted) {
    while (at < kept.length && directiveOf(kept[at]) !== undefined) at++;
    if (at === kept.length) return;
    if (keyOf(kept[at], mergeKey) === keyOf(place, mergeKey)) at++;
  }
  if (at === kept.length) return;
  throw unexplained(
    `The order in patch list:\n${goText(changes)}\n doesn't match ` +
      `$setElementOrder list:\n${goText(wanted)}\n`,
  );
}

type Rule = { part: Shape; strategy: string; mergeKey: string };

function fieldRule(shape: Shape, key: string): Rule {
  if (shape.kind === "scalar") {
    throw unexplained(
      `unable to find api field in struct RawExtension for the json field "${key}"`,
    );
  }
  if (shape.kind !== "object") {
    const kind = shape.kind === "map" ? "map" : "slice";
    throw unexplained(`merging an object in json but data type is not struct, instead is: ${kind}`);
  }
  const field = shape.fields.get(key);
  if (field === undefined) {
    const name = shape.name.slice(shape.name.lastIndexOf(".") + 1);
    throw unexplained(`unable to find api field in struct ${name} for the json field "${key}"`);
  }
  const strategy = field.patchStrategy?.find((s) => s !== "retainKeys") ?? "";
  return { part: field.shape(), strategy, mergeKey: field.patchMergeKey ?? "" };
}

function listRule(shape: Shape, key: string): Rule {
  const rule = fieldRule(shape, key);
  if (rule.part.kind === "list") return { ...rule, part: rule.part.item() };
  const kind = rule.part.kind === "scalar" ? "string" : rule.part.kind === "map" ? "map" : "struct";
  throw unexplained(`expected slice or array type, but got: ${kind}`);
}

const listRuleOf = (item: Shape, mergeKey: string, deletes: boolean): ListRule => ({
  merge: (original, change) => mergeFields(item, original, change),
  itemName: item.kind === "object" ? "struct" : item.kind,
  mergeKey,
  deletes,
});

/** An object has an empty list only where upstream writes null, which is of no type. */
const sameType = (a: unknown, b: unknown): boolean =>
  a !== null &&
  !(Array.isArray(a) && a.length === 0) &&
  typeof a === typeof b &&
  Array.isArray(a) === Array.isArray(b);

/** Sets the field, or removes it when its value is nothing but a directive. */
function setUndirected(result: Fields, key: string, value: unknown): void {
  if (directiveOf(value) !== undefined) delete result[key];
  else setField(result, key, withoutDirectives(value));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) value.forEach(withoutNulls);
  else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (value[key] === null) delete value[key];
      else withoutNulls(value[key]);
    }
  }
  return value;
}

/** Drops objects that are directives wherever they are within `value`. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((v) => directiveOf(v) === undefined).map(withoutDirectives);
  }
  if (!isObject(value)) return value;
  for (const key of Object.keys(value)) setUndirected(value, key, value[key]);
  return value;
}
