// Merging of lists in a strategic merge patch: items of the patch take the patch's order, items
// that only the server knows keep theirs, and the two are woven together along the server's order.
import { isObject } from "./clone.ts";
import { goText, goType } from "./go-text.ts";
import { StatusError } from "./status-error.ts";

type Fields = Record<string, unknown>;

export type ListRule = {
  readonly merge: (original: Readonly<Fields>, change: Fields) => Fields;
  /** For messages. */
  readonly itemName: string;
  /** "" for plain values. */
  readonly mergeKey: string;
  /** The patch lists what is to be removed. */
  readonly deletes: boolean;
};

export type ElementKind = "object" | "plain";

/** `patch` is used up, `original` stays. */
export function mergeLists(rule: ListRule, original: unknown[], patch: unknown[]): unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  const kind = elementKind(original, patch);
  const { mergeKey } = rule;
  if (kind === "plain") {
    if (rule.deletes) {
      const deleted = new Set(patch);
      return original.filter((item) => !deleted.has(item));
    }
    const merged = [...new Set([...original, ...patch])];
    return ordered(partitioned(merged, patch, mergeKey), patch, original, mergeKey, kind);
  }
  if (mergeKey === "") {
    throw unexplained(`cannot merge lists without merge key for ${rule.itemName}`);
  }
  const { kept, changes } = afterDirectives(original, patch as Fields[], mergeKey);
  const merged = mergeItems(rule, kept, changes);
  return ordered(partitioned(merged, changes, mergeKey), changes, kept, mergeKey, kind);
}

/** Upstream gives these errors no reason, so that they come out as a plain 500. */
export const unexplained = (message: string): StatusError => new StatusError(500, "", message);

export const directiveKey = "$patch";

export const unknownDirective = (patch: Fields): StatusError =>
  unexplained(`unknown patch type: ${wordOf(patch[directiveKey])} in map: ${goText(patch)}`);

/** As Go's `%s` shows what is no string. */
const wordOf = (value: unknown): string =>
  typeof value === "string" ? value : `%!s(${goType(value)}=${goText(value)})`;

export const directiveOf = (value: unknown): unknown =>
  isObject(value) && Object.hasOwn(value, directiveKey) ? value[directiveKey] : undefined;

/** What identifies an item of a list: the value of `mergeKey`, or the item itself. */
export function keyOf(value: unknown, mergeKey: string): unknown {
  if (mergeKey === "") return value;
  if (!isObject(value)) {
    throw unexplained(`expected a map[string]interface {}, but received a ${goType(value)}`);
  }
  if (Object.hasOwn(value, mergeKey)) return value[mergeKey];
  throw unexplained(`map: ${goText(value)} does not contain declared merge key: ${mergeKey}`);
}

/** Does what items with `$patch` ask for: what is left of the list, and of the patch. */
function afterDirectives(original: unknown[], patch: Fields[], mergeKey: string) {
  const changes: Fields[] = [];
  const deleted = new Set<unknown>();
  let replaces = false;
  for (const change of patch) {
    const directive = directiveOf(change);
    if (directive === undefined) changes.push(change);
    else if (directive === "delete") deleted.add(keyOf(change, mergeKey));
    else if (directive === "replace") replaces = true;
    else if (directive === "merge") {
      throw unexplained("merging lists cannot yet be specified in the patch");
    } else throw unknownDirective(change);
  }
  if (replaces) return { kept: changes, changes: [] };
  const kept =
    deleted.size === 0 ? original : original.filter((v) => !deleted.has(looseKey(v, mergeKey)));
  return { kept, changes };
}

function mergeItems(rule: ListRule, original: unknown[], changes: Fields[]): unknown[] {
  const merged = original.slice();
  const places = positions(merged, rule.mergeKey);
  for (const change of changes) {
    const key = keyOf(change, rule.mergeKey);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, merged.length);
      merged.push(change);
    } else merged[place] = rule.merge(merged[place] as Fields, change);
  }
  return merged;
}

type Partition = { readonly wanted: unknown[]; readonly others: unknown[] };

/** Splits `items` into those that `by` also lists and the others. */
export function partitioned(items: unknown[], by: unknown[], mergeKey: string): Partition {
  const broken = mergeKey === "" ? -1 : by.findIndex((item) => !isObject(item));
  if (broken >= 0 && items.length > 0) throw unexplained(`value for key ${broken} is not a map`);
  const listed = positions(by, mergeKey);
  const wanted: unknown[] = [];
  const others: unknown[] = [];
  for (const item of items) (listed.has(keyOf(item, mergeKey)) ? wanted : others).push(item);
  return { wanted, others };
}

/**
 * Weaves both parts together: each in its own order, and both along `serverOrder` where that knows
 * them.
 */
export function ordered(
  parts: Partition,
  patchOrder: unknown[],
  serverOrder: unknown[],
  mergeKey: string,
  kind: ElementKind,
): unknown[] {
  const key = kind === "object" ? mergeKey : "";
  const server = positions(serverOrder, key, true);
  const wanted = sorted(parts.wanted, positions(patchOrder, key, true), key);
  const others = sorted(parts.others, server, key);
  const result: unknown[] = [];
  let at = 0;
  for (const item of others) {
    const place = server.get(looseKey(item, key));
    for (; at < wanted.length; at++) {
      const rival = server.get(looseKey(wanted[at], key));
      if (place !== undefined && rival !== undefined && place < rival) break;
      result.push(wanted[at]);
    }
    result.push(item);
  }
  result.push(...wanted.slice(at));
  return result;
}

/**
 * By place in `order`. An item without a place goes before everything that it is compared with, in
 * upstream's insertion sort; that only happens for odd patches.
 */
function sorted(items: unknown[], order: Map<unknown, number>, key: string): unknown[] {
  const placed = items.map((item) => ({ item, place: order.get(keyOf(item, key)) }));
  if (placed.every((p) => p.place !== undefined)) placed.sort((a, b) => a.place! - b.place!);
  else placed.reverse();
  return placed.map((p) => p.item);
}

/** Where each key first is. `strict`: an item without a key is an error. */
function positions(items: unknown[], mergeKey: string, strict = false): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [i, item] of items.entries()) {
    const key = strict ? keyOf(item, mergeKey) : looseKey(item, mergeKey);
    if (key !== undefined && !places.has(key)) places.set(key, i);
  }
  return places;
}

function looseKey(value: unknown, mergeKey: string): unknown {
  if (mergeKey === "") return value;
  return isObject(value) && Object.hasOwn(value, mergeKey) ? value[mergeKey] : undefined;
}

/**
 * All items of all lists must be of one type, which must not be a list. Throws when there are no
 * items.
 */
export function elementKind(...lists: unknown[][]): ElementKind {
  let first: string | undefined;
  for (const value of lists.flat()) {
    const type = value === null ? "null" : typeof value;
    if (first === undefined) {
      if (Array.isArray(value)) {
        throw new StatusError(
          422,
          "Invalid",
          "the server rejected our request due to an error in our request",
          {},
        );
      }
      first = type;
    } else if (first !== type || Array.isArray(value)) {
      throw unexplained(`list element types are not identical: ${goText(lists)}`);
    }
  }
  if (first === undefined) throw unexplained("no elements in any of the given slices");
  return first === "object" ? "object" : "plain";
}
