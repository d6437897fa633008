// JSON Patch (RFC 6902) as upstream's library understands it, which is more lenient than the
// standard: indices may be negative, a replace may add, a copy of what is not there adds null, a
// path need not start with a slash.

import { equal } from "../lib/equal.ts";
import { clone, isObject, setField } from "./clone.ts";
import { utf8Length } from "./names.ts";
import { jsonText } from "./quoted.ts";
import { badRequest, StatusError } from "./status-error.ts";

/** Largest number of operations in a patch. */
export const operationsMax = 10_000;
/** Largest sum of the JSON bytes that a patch's copies may add. */
const copiedBytesMax = 3 * 1024 * 1024;

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

/**
 * To a caller upstream does not tell the reason. It is the error's `cause`, in the words of upstream's library, which
 * are told where a webhook or a policy made the patch.
 */
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

/** Runs a step of an operation; what it refuses is told with `what` before it. */
function within<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof StatusError && error.cause !== undefined)
      throw refused(`${what}: ${error.cause}`);
    throw error;
  }
}

const missing = "missing value";

function apply(root: Root, operation: Operation | null): void {
  const { op = "unknown", path, value = null } = operation ?? {};
  if (!operations.has(op as string)) throw refused(`Unexpected kind: ${String(op)}`);
  if (typeof path !== "string")
    throw refused(`${String(op)} operation failed to decode path: ${missing}`);
  const absent = (what: string): string => `${String(op)} operation does not apply: ${what}`;
  switch (op) {
    case "add": {
      const place = placeOf(root, path, absent(`doc is missing path: "${path}"`));
      return within(`error in add for path: '${path}'`, () => add(place, clone(value)));
    }
    case "remove": {
      const place = placeOf(root, path, absent(`doc is missing path: "${path}"`));
      return within(`error in remove for path: '${path}'`, () => remove(place));
    }
    case "replace":
      return replace(root, path, clone(value));
    case "test":
      return test(root, path, operation!);
    case "move":
      return move(root, path, fromOf(operation!));
    case "copy":
      return copy(root, path, fromOf(operation!));
  }
}

const operations = new Set(["add", "remove", "replace", "test", "move", "copy"]);

function fromOf({ op, from }: Operation): string {
  if (typeof from === "string") return from;
  throw refused(`${String(op)} operation failed to decode from: ${missing}`);
}

function move(root: Root, path: string, from: string): void {
  const source = placeOf(
    root,
    from,
    `move operation does not apply: doc is missing from path: ${from}`,
  );
  const moved = within(`error in move for path: '${source.key}'`, () => {
    const value = get(source);
    remove(source);
    return value;
  });
  const lost = `move operation does not apply: doc is missing destination path: ${path}`;
  const target = placeOf(root, path, lost);
  within(`error in move for path: '${path}'`, () => add(target, moved));
}

function copy(root: Root, path: string, from: string): void {
  const absent = "copy operation does not apply: doc is missing";
  const source = placeOf(root, from, `${absent} from path: ${from}`);
  const copied = within(`error in copy for from: '${from}'`, () => clone(get(source)));
  const target = placeOf(root, path, `${absent} destination path: ${path}`);
  if (copied !== null) root.copiedBytes += utf8Length(jsonText(copied));
  if (root.copiedBytes > copiedBytesMax)
    throw refused(
      `Unable to complete the copy, the accumulated size increase of copy is ${root.copiedBytes}, ` +
        `exceeding the limit ${copiedBytesMax}`,
    );
  within("error while adding value during copy", () => add(target, copied));
}

function replace(root: Root, path: string, value: unknown): void {
  if (path === "") {
    if (typeof value !== "object" || value === null)
      throw refused("replace operation value must be object or array");
    root.value = value;
    return;
  }
  const absent = "replace operation does not apply: doc is missing";
  const { holder, key } = placeOf(root, path, `${absent} path: ${path}`);
  if (!Array.isArray(holder)) return setField(holder, key, value);
  let at: number;
  try {
    at = existingIndex(holder, key);
  } catch {
    // Whatever is wrong with the index, upstream says only this.
    throw refused(`${absent} key: ${path}: ${missing}`);
  }
  holder[at] = value;
}

function test(root: Root, path: string, operation: Operation): void {
  const absent = `test operation does not apply: is missing path: ${path}`;
  const actual =
    path === ""
      ? root.value
      : within(`error in test for path: '${path}'`, () => get(placeOf(root, path, absent)));
  // An absent value holds only for what is absent, too.
  const wanted = operation.value ?? null;
  const same = equal(actual, wanted) && (actual === null || operation.value !== undefined);
  if (!same) throw refused(`testing value ${path} failed: test failed`);
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
  const written = within(`value was not a proper array index: '${key}'`, () => index(key));
  const at = written < 0 ? written + holder.length + 1 : written;
  if (at < 0 || at > holder.length) throw noSuchIndex(written);
  holder.splice(at, 0, value);
}

function remove({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(existingIndex(holder, key), 1);
  else if (!Object.hasOwn(holder, key))
    throw refused(`Unable to remove nonexistent key: ${key}: ${missing}`);
  else delete holder[key];
}

function existingIndex(holder: unknown[], key: string): number {
  const written = index(key);
  const at = written < 0 ? written + holder.length : written;
  if (at < 0 || at >= holder.length) throw noSuchIndex(written);
  return at;
}

const noSuchIndex = (at: number): StatusError =>
  refused(`Unable to access invalid index: ${at}: invalid index referenced`);

function index(key: string): number {
  if (!/^[+-]?[0-9]{1,9}$/.test(key))
    throw refused(`strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`);
  return Number(key);
}

/** `absent`: what is said when there is no such place. */
function placeOf(root: Root, path: string, absent: string): Place {
  // What stands before the first slash is not looked at.
  const parts = path.split("/").slice(1).map(unescaped);
  const key = parts.pop();
  if (key === undefined) throw refused(`${absent}: ${missing}`);
  let holder = root.value as Place["holder"];
  for (const part of parts) {
    const next = nextOf(holder, part);
    if (typeof next !== "object" || next === null) throw refused(`${absent}: ${missing}`);
    holder = next as Place["holder"];
  }
  return { holder, key };
}

function nextOf(holder: Place["holder"], key: string): unknown {
  try {
    return get({ holder, key });
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

const unescaped = (part: string): string =>
  part.includes("~") ? part.replace(/~[01]/g, (c) => (c === "~1" ? "/" : "~")) : part;
