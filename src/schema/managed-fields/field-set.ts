// Sets of paths in FieldsV1's own form, so that what is stored needs no reading:
//
//   { "f:spec": { "f:replicas": {}, "f:template": { ".": {}, "f:x": {} } } }
//   holds .spec.replicas, .spec.template and .spec.template.x, but not .spec
//
// A node without anything in it is in the set; one with parts is when it also has ".". The root
// never is. Sets are never changed: results share their parts, and an operation that changes
// nothing returns its argument.
import { canonicalKey, compareKeys } from "./path-key.ts";

export type FieldSet = { readonly [key: string]: FieldSet };
type Node = Record<string, FieldSet>;

/** A path that ends here; also the set of nothing. */
export const leaf: FieldSet = Object.freeze({});
export const noFields: FieldSet = leaf;

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

const isMember = (node: FieldSet): boolean => node["."] !== undefined || isEmpty(node);

/** A new node; `member` decides whether its own path is in the set. */
export const newNode = (member: boolean): Node => (member ? { ".": leaf } : {});

export function has(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const key of path) {
    node = node[key];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** What is in `a` or in `b`. */
export const union = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmpty(a) ? b : isEmpty(b) ? a : joined(a, b, false);

/** What is in `a` but not in `b`. A path in `b` does not take away what lies below it. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmpty(b) ? a : (reduced(a, b, without, false) ?? noFields);

/** What is in `a` and neither in `b` nor below a path of `b`. */
export const recursiveDifference = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmpty(b) ? a : (reduced(a, b, withoutAll, false) ?? noFields);

/** What is in both. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet =>
  reduced(a, b, both, false) ?? noFields;

/** Calls `visit` for each path: at every level first what ends there, then what lies deeper. */
export function forEachPath(set: FieldSet, visit: (path: readonly string[]) => void): void {
  visitPaths(set, [], visit);
}

/**
 * The set that a client sent, in canonical form: unknown kinds of steps dropped, keys in order.
 * Throws when it is broken or deeper than any object can be.
 */
export function canonicalSet(value: unknown, depth = 0): FieldSet {
  if (value === undefined || value === null) return leaf;
  if (typeof value !== "object" || Array.isArray(value)) throw new Error("not a set of fields");
  if (depth > depthMax) throw new Error("set of fields is too deep");
  const parts: [string, FieldSet][] = [];
  let member = false;
  for (const [key, inner] of Object.entries(value)) {
    if (key === ".") member = true;
    else {
      const canonical = canonicalKey(key);
      if (canonical !== undefined) parts.push([canonical, canonicalSet(inner, depth + 1)]);
    }
  }
  if (parts.length === 0) return leaf;
  parts.sort((a, b) => compareKeys(a[0], b[0]));
  const node = newNode(member && depth > 0);
  for (const [key, inner] of parts) node[key] = inner;
  return node;
}

/** Deepest nesting of a set; JSON documents end at a smaller depth. */
const depthMax = 10_000;

function visitPaths(
  node: FieldSet,
  prefix: readonly string[],
  visit: (path: readonly string[]) => void,
): void {
  for (const key in node) if (key !== "." && isMember(node[key]!)) visit([...prefix, key]);
  for (const key in node) {
    if (key !== "." && !isEmpty(node[key]!)) visitPaths(node[key]!, [...prefix, key], visit);
  }
}

function joined(a: FieldSet, b: FieldSet, below: boolean): FieldSet {
  if (a === b) return a;
  const member = below && (isMember(a) || isMember(b));
  if (below && isEmpty(b) && isMember(a)) return a;
  if (below && isEmpty(a) && isMember(b)) return b;
  const node = newNode(member);
  let changed = member !== (below && isMember(a));
  for (const key of mergedKeys(a, b)) {
    const [x, y] = [a[key], b[key]];
    const result = x === undefined ? y! : y === undefined ? x : joined(x, y, true);
    if (result !== x) changed = true;
    node[key] = result;
  }
  return changed ? node : a;
}

/** The keys of both, in order when both are. */
function mergedKeys(a: FieldSet, b: FieldSet): string[] {
  const keys = Object.keys(a).filter((key) => key !== ".");
  const added = Object.keys(b).filter((key) => key !== "." && a[key] === undefined);
  if (added.length === 0) return keys;
  return [...keys, ...added].sort(compareKeys);
}

/**
 * How one node of `a` changes by its counterpart in `b`, which may be absent: whether its own path
 * stays, and what happens to its parts.
 */
type Rule = {
  /** The whole node stays or goes without a look at its parts; undefined: look. */
  readonly whole: (b: FieldSet | undefined) => boolean | undefined;
  readonly stays: (b: FieldSet) => boolean;
};

const without: Rule = {
  whole: (b) => (b === undefined ? true : undefined),
  stays: (b) => !isMember(b),
};
const withoutAll: Rule = {
  whole: (b) => (b === undefined ? true : isMember(b) ? false : undefined),
  stays: () => true,
};
const both: Rule = {
  whole: (b) => (b === undefined ? false : undefined),
  stays: (b) => isMember(b),
};

/** Undefined when nothing is left; `a` itself when all is. */
function reduced(a: FieldSet, b: FieldSet, rule: Rule, below: boolean): FieldSet | undefined {
  const was = below && isMember(a);
  const member = was && rule.stays(b);
  let result: Node | undefined = member === was ? undefined : newNode(member);
  let left = 0;
  for (const key in a) {
    if (key === ".") continue;
    const part = a[key]!;
    const counterpart = b[key];
    const whole = rule.whole(counterpart);
    const rest =
      whole === undefined ? reduced(part, counterpart!, rule, true) : whole ? part : undefined;
    if (rest !== part && result === undefined) result = copyUntil(a, key);
    if (rest === undefined) continue;
    left++;
    if (result !== undefined) result[key] = rest;
  }
  if (result === undefined) return left === 0 && !was ? undefined : a;
  return left === 0 ? (member ? leaf : undefined) : result;
}

function copyUntil(node: FieldSet, end: string): Node {
  const copy: Node = {};
  for (const key in node) {
    if (key === end) break;
    copy[key] = node[key]!;
  }
  return copy;
}
