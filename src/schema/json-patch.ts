// JSON Patch (RFC 6902) as upstream's library understands it, which is more lenient than the
// standard: indices may be negative, a replace may add, a copy of what is not there adds null, a
// path need not start with a slash.
import { clone, isObject, setField } from "./clone.ts";
import { sameValue } from "./equal.ts";
import { utf8Length } from "./names.ts";
import { jsonText } from "./quoted.ts";
import { badRequest, StatusError } from "./status-error.ts";

/** Largest number of operations in a patch. */
export const operationsMax = 10_000;
/** Largest sum of the JSON bytes that a patch's copies may add. */
export const copiedBytesMax = 3 * 1024 * 1024;

/**
 * The patched document, a private copy; `document` and `patch` stay as they are. Throws a
 * StatusError: 400 for what is no patch, 413 for too many operations, 422 for an operation that
 * does not apply.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  const operations = checkedOperations(patch);
  const root: Root = { value: clone(document), copiedBytes: 0 };
  for (const operation of operations) apply(root, operation);
  return root.value;
}

/**
 * Fields of the operations that mean nothing, as the strict reader names them, in the order of the
 * patch.
 */
export function unknownPatchFields(patch: unknown): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation, i) =>
    Object.keys(operation ?? {})
      .filter((key) => !Object.hasOwn(operationFields, key))
      .map((key) => `json patch unknown field "[${i}].${key}"`),
  );
}

type Operation = { op?: unknown; path?: unknown; from?: unknown; value?: unknown };
type Root = { value: unknown; copiedBytes: number };
/** A list or an object and what the last part of a path names in it. */
type Place = { readonly holder: unknown[] | Record<string, unknown>; readonly key: string };

const operationFields: Readonly<Record<string, true>> = {
  op: true,
  path: true,
  from: true,
  value: true,
};

const nameOfType = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

function checkedOperations(patch: unknown): Operation[] {
  if (patch === null) return [];
  const refuse = (value: unknown, wanted: string): never => {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${nameOfType(value)} into ${wanted}`,
    );
  };
  if (!Array.isArray(patch)) return refuse(patch, "Go value of type []handlers.jsonPatchOp");
  for (const operation of patch) {
    if (operation === null) continue;
    if (!isObject(operation)) return refuse(operation, "Go value of type handlers.jsonPatchOp");
    for (const key of ["op", "path", "from"]) {
      const value = operation[key];
      if (value === undefined || value === null || typeof value === "string") continue;
      return refuse(value, `Go struct field jsonPatchOp.${key} of type string`);
    }
  }
  if (patch.length > operationsMax) {
    const bound = `is ${operationsMax}, got ${patch.length}`;
    const message = `The allowed maximum operations in a JSON patch ${bound}`;
    throw new StatusError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
  }
  return patch;
}

/** Upstream keeps the reason to itself; `why` is for our own log. */
function refused(why: string): StatusError {
  const error = new StatusError(
    422,
    "Invalid",
    "the server rejected our request due to an error in our request",
    {},
  );
  error.cause = why;
  return error;
}

function apply(root: Root, operation: Operation | null): void {
  const { op, path, value = null } = operation ?? {};
  if (!operations.has(op as string)) throw refused(`unexpected kind: ${String(op)}`);
  if (typeof path !== "string") throw refused(`${String(op)} operation has no path`);
  switch (op) {
    case "add":
      return add(placeOf(root, path), clone(value));
    case "remove":
      return remove(placeOf(root, path));
    case "replace":
      return replace(root, path, clone(value));
    case "test":
      return test(root, path, operation!);
    case "move": {
      const from = placeOf(root, operation!.from);
      const moved = get(from);
      remove(from);
      return add(placeOf(root, path), moved);
    }
    case "copy": {
      const copied = clone(get(placeOf(root, operation!.from)));
      const target = placeOf(root, path);
      if (copied !== null) root.copiedBytes += utf8Length(jsonText(copied));
      if (root.copiedBytes > copiedBytesMax) throw refused(`copies add ${root.copiedBytes} bytes`);
      return add(target, copied);
    }
  }
}

const operations = new Set(["add", "remove", "replace", "test", "move", "copy"]);

function replace(root: Root, path: string, value: unknown): void {
  if (path === "") {
    if (typeof value !== "object" || value === null) throw refused("a document must be an object");
    root.value = value;
    return;
  }
  const place = placeOf(root, path);
  if (!Array.isArray(place.holder)) return setField(place.holder, place.key, value);
  place.holder[existingIndex(place.holder, place.key)] = value;
}

function test(root: Root, path: string, operation: Operation): void {
  const actual = path === "" ? root.value : get(placeOf(root, path));
  // An absent value holds only for what is absent, too.
  const wanted = operation.value ?? null;
  const same = sameValue(actual, wanted) && (actual === null || operation.value !== undefined);
  if (!same) throw refused(`testing value ${path} failed`);
}

/** Null where nothing is: the two are one to upstream. */
function get({ holder, key }: Place): unknown {
  if (Array.isArray(holder)) return holder[existingIndex(holder, key)];
  return Object.hasOwn(holder, key) ? holder[key] : null;
}

function add({ holder, key }: Place, value: unknown): void {
  if (!Array.isArray(holder)) return setField(holder, key, value);
  if (key === "-") {
    holder.push(value);
    return;
  }
  const written = index(key);
  const at = written < 0 ? written + holder.length + 1 : written;
  if (at < 0 || at > holder.length) throw refused(`invalid index: ${key}`);
  holder.splice(at, 0, value);
}

function remove({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(existingIndex(holder, key), 1);
  else if (!Object.hasOwn(holder, key)) throw refused(`nonexistent key: ${key}`);
  else delete holder[key];
}

function existingIndex(holder: unknown[], key: string): number {
  const written = index(key);
  const at = written < 0 ? written + holder.length : written;
  if (at < 0 || at >= holder.length) throw refused(`invalid index: ${key}`);
  return at;
}

function index(key: string): number {
  if (!/^[+-]?[0-9]{1,9}$/.test(key)) throw refused(`not a proper array index: ${key}`);
  return Number(key);
}

function placeOf(root: Root, path: unknown): Place {
  if (typeof path !== "string") throw refused("operation has no from");
  // What stands before the first slash is not looked at.
  const parts = path.split("/").slice(1).map(unescaped);
  const key = parts.pop();
  if (key === undefined) throw refused(`missing path: ${path}`);
  let holder = root.value as Place["holder"];
  for (const part of parts) {
    const next = get({ holder, key: part });
    if (typeof next !== "object" || next === null) throw refused(`missing path: ${path}`);
    holder = next as Place["holder"];
  }
  return { holder, key };
}

const unescaped = (part: string): string =>
  part.includes("~") ? part.replace(/~[01]/g, (c) => (c === "~1" ? "/" : "~")) : part;
