// From a request's body to an object of the kind that the path names, or upstream's words for why it is none.

import { clone, isObject } from "../schema/clone.ts";
import { decode } from "../schema/decode.ts";
import { DecodeError } from "../schema/decode-place.ts";
import { jsonText } from "../schema/encode.ts";
import { hasShape, isKnownKind, kindsOf, shapeOf } from "../schema/facts.ts";
import { invalidValue } from "../schema/field-error.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { apiVersionOf } from "../schema/resource.ts";
import { restored, restoreProblem } from "../schema/restore.ts";
import { inDocumentOrder } from "../schema/scan.ts";
import { badRequest, invalid } from "../schema/status-error.ts";
import { codecOf } from "./codec.ts";
import type { Context, Kinds } from "./context.ts";
import { strangerProblem } from "./custom/type-meta.ts";
import { applyDefaults } from "./defaults.ts";
import { inputMedia } from "./negotiate.ts";
import {
  jsonDocument,
  largeDocument,
  type Parsed,
  protobufDocument,
  unrecognized,
  yamlDocument,
} from "./read-document.ts";
import { rest, weigh } from "./turns.ts";
import type { FieldValidation } from "./verbs/options.ts";

export type ReadOptions = {
  readonly kinds: Kinds;
  readonly kind: Kind;
  readonly validation: FieldValidation;
  /** Other versions in which the body may come (`policy/v1beta1`), of the same form. */
  readonly alsoVersions?: readonly string[];
};

/**
 * A private copy of the body in canonical form, with defaults. Unknown and repeated fields are warned of or
 * refused as `validation` says. Throws StatusError(400, 413, 415).
 */
export async function readObject(context: Context, options: ReadOptions): Promise<ApiObject> {
  const object = await readBody(context, options);
  if (context.isLarge) await rest(context);
  context.onRead?.(object, options.kind);
  return object;
}

async function readBody(context: Context, options: ReadOptions): Promise<ApiObject> {
  const { request } = context;
  if (request.object !== undefined) return decodeAs(context, options, { value: request.object });
  const custom = options.kind.resource.type === "";
  const media = inputMedia(request.headers["content-type"], custom);
  const bytes = await request.body();
  weigh(context, bytes.length);
  if (context.isLarge) await rest(context);
  const strict = options.validation !== "Ignore";
  if (media === "json") {
    if (!context.isLarge)
      return decodeAs(context, options, jsonDocument(bytes, options.kind, strict));
    const document = await largeDocument(context, bytes, options.kind, strict);
    await rest(context);
    return decodeAs(context, options, document);
  }
  if (media === "yaml") {
    const document = await yamlDocument(bytes, options.kind);
    if (context.isLarge) await rest(context);
    return decodeAs(context, options, document);
  }
  return decodeAs(context, options, protobufDocument(bytes, options.kind));
}

function decodeAs(context: Context, options: ReadOptions, parsed: Parsed): ApiObject {
  const { kind } = options;
  if (isCustom(kind)) requireKind(kind, parsed);
  else checkTypeMeta(kind, parsed);
  const given = typeMetaOf(parsed.value, kind);
  checkType(given, options, parsed);
  const refuse = (message: string): Error =>
    badRequest(
      `${given.kind} in version ${JSON.stringify(given.version)} cannot be handled as a ` +
        `${kind.resource.kind}: ${message}`,
    );
  return finished(context, options, parsed, refuse);
}

/**
 * A patched document as an object of the kind. `strict`: what was found wrong with the patch itself; `shown`: what
 * messages show of it. Throws StatusError(422).
 */
export function decodePatched(
  context: Context,
  options: ReadOptions,
  patched: {
    readonly value: unknown;
    readonly strict: readonly string[];
    readonly shown: () => string;
    /** What was patched, as it was read before: parts of `value` that are its parts are not read again. */
    readonly old?: ApiObject;
    /** By server-side apply. */
    readonly applied?: boolean;
    /** On plain maps that upstream then turns into the Go type: strategic merge patch and apply. */
    readonly restores?: boolean;
    /** What to throw for a document that cannot be read; absent: that the patch is invalid. */
    readonly refuse?: (message: string) => Error;
  },
): ApiObject {
  const { value, strict, shown, old, applied = false, restores = false } = patched;
  const refuse =
    patched.refuse ??
    ((message: string): Error =>
      invalid({ group: "", kind: "", name: "" }, [invalidValue("patch", shown(), message)]));
  const given = typeMetaOf(value, options.kind);
  const { group, version, kind } = options.kind.resource;
  if (given.kind !== kind || given.group !== group || given.version !== version)
    throw (
      strangerProblem(options.kind, given, context.attributes.name) ??
      refuse(typeProblem(given, options, value))
    );
  return finished(
    context,
    options,
    { value, duplicates: strict, applied, patched: true, restores, ...(old && { old }) },
    refuse,
  );
}

function finished(
  context: Context,
  { kind, validation }: ReadOptions,
  parsed: Parsed,
  refuse: (message: string) => Error,
): ApiObject {
  const { object, unknown } = decoded(kind, parsed, validation !== "Ignore", refuse);
  const problems = problemsOf(kind, parsed, unknown);
  if (problems.length > 0 && validation === "Strict")
    throw refuse(`strict decoding error: ${problems.join(", ")}`);
  if (validation === "Warn") for (const problem of problems) context.warnings.add(problem);
  object["kind"] = kind.resource.kind;
  object["apiVersion"] = apiVersionOf(kind.resource);
  const made = object as unknown as ApiObject;
  if (disowns(parsed.value)) made.metadata.managedFields = [];
  applyDefaults(kind, made);
  return made;
}

/** An empty list says that nobody shall own anything; decoding drops it. */
function disowns(value: unknown): boolean {
  const { managedFields } = ((value as ApiObject)?.metadata ?? {}) as { managedFields?: unknown };
  return Array.isArray(managedFields) && managedFields.length === 0;
}

const repeatedField = (path: string): string => `duplicate field "${path}"`;

/** In the order of the document; of custom resources, which are read in two steps, repeated fields come first. */
function problemsOf(kind: Kind, parsed: Parsed, unknown: readonly string[]): readonly string[] {
  const { repeated = [], bytes } = parsed;
  const strict = parsed.duplicates ?? repeated.map(repeatedField);
  // A patched document is written anew by upstream, with its keys in order.
  if (parsed.old !== undefined) return [...strict, ...unknown.map(unknownField).sort()];
  if (repeated.length === 0 || unknown.length === 0 || isCustom(kind) || bytes === undefined)
    return [...strict, ...unknown.map(unknownField)];
  return inDocumentOrder(bytes, { unknown, repeated }).map((problem) =>
    problem.repeated ? repeatedField(problem.path) : unknownField(problem.path),
  );
}

const unknownField = (path: string): string => `unknown field "${path}"`;

function decoded(
  kind: Kind,
  parsed: Parsed,
  strict: boolean,
  refuse: (message: string) => Error,
): ReturnType<ReturnType<typeof codecOf>["decode"]> {
  const { value, exact = false, old, applied = false, restores = false } = parsed;
  const { written = false, patched = false } = parsed;
  try {
    const kept = untouched(kind, value, old);
    const rest = kept.length === 0 ? value : { ...(value as Fields) };
    for (const key of kept) delete (rest as Fields)[key];
    const result = codecOf(kind).decode(rest, { strict, exact, written, patched, applied });
    for (const key of kept) result.object[key] = clone((value as Fields)[key]);
    return result;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (!restores) throw refuse(error.message);
    return decodeRestored(kind, value, strict, refuse);
  }
}

function decodeRestored(
  kind: Kind,
  value: unknown,
  strict: boolean,
  refuse: (message: string) => Error,
): ReturnType<ReturnType<typeof codecOf>["decode"]> {
  try {
    return codecOf(kind).decode(restored(kind.shape(), value), { strict });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refuse(restoreProblem(error.message));
  }
}

type Fields = Record<string, unknown>;

/** Top parts that a patch left alone. Only of kinds whose objects are in memory as decoding makes them. */
function untouched(kind: Kind, value: unknown, old: ApiObject | undefined): readonly string[] {
  if (old === undefined || !isObject(value)) return [];
  if (kind.codec !== undefined || kind.fromStored !== undefined) return [];
  const before = old as unknown as Readonly<Fields>;
  return Object.keys(value).filter((key) => {
    const part = value[key];
    return key !== "metadata" && isObject(part) && part === before[key];
  });
}

type TypeMeta = { group: string; version: string; kind: string };

/** What the body says it is; what it leaves out is what the path says. */
function typeMetaOf(value: unknown, { resource }: Kind): TypeMeta {
  const meta = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const kind =
    typeof meta["kind"] === "string" && meta["kind"] !== "" ? meta["kind"] : resource.kind;
  const text = typeof meta["apiVersion"] === "string" ? meta["apiVersion"] : "";
  if (text === "") return { group: resource.group, version: resource.version, kind };
  const slash = text.indexOf("/");
  return { group: text.slice(0, Math.max(slash, 0)), version: text.slice(slash + 1), kind };
}

/** Upstream reads the type first; what has none that can be read is nothing. */
function checkTypeMeta(kind: Kind, { value, bytes = new Uint8Array() }: Parsed): void {
  const problem = typeMetaProblem(value);
  if (problem !== "") throw unrecognized(kind, problem, bytes);
}

function typeMetaProblem(value: unknown): string {
  const read = "couldn't get version/kind; json parse error: json: cannot unmarshal ";
  if (value === null || value === undefined) return "";
  if (!isObject(value)) return `${read}${typeName(value)} into Go value of type ${typeMetaStruct}`;
  for (const name of ["apiVersion", "kind"]) {
    const part = value[name];
    if (part !== undefined && part !== null && typeof part !== "string")
      return `${read}${typeName(part)} into Go struct field .${name} of type string`;
  }
  const { apiVersion } = value;
  const slashes = typeof apiVersion === "string" ? apiVersion.split("/").length - 1 : 0;
  return slashes > 1 ? `unexpected GroupVersion string: ${apiVersion}` : "";
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The Go type that holds nothing but apiVersion and kind. */
export const typeMetaStruct = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

function checkType(given: TypeMeta, options: ReadOptions, parsed: Parsed): void {
  const { group, version, kind: wanted } = options.kind.resource;
  const ownVersion = given.group === group && given.version === version;
  if (given.kind === wanted && ownVersion) return;
  if (given.kind === wanted && options.alsoVersions?.includes(apiVersionOf(given))) return;
  if (isCustom(options.kind) && ownVersion) throw otherKind(given, options.kind, parsed.value);
  const known = isCustom(options.kind) ? given.group === group : isSameInside(given, group);
  if (given.kind === wanted && known)
    throw badRequest(
      `the API version in the data (${apiVersionOf(given)}) does not match the expected API version ` +
        `(${apiVersionOf(options.kind.resource)})`,
    );
  throw badRequest(
    `${given.kind} in version ${JSON.stringify(given.version)} cannot be handled as a ${wanted}: ` +
      typeProblem(given, options, parsed.value),
  );
}

const isCustom = ({ resource }: Kind): boolean => resource.type === "";

/** What is not of a Go type must say itself what it is. */
function requireKind(kind: Kind, { value, bytes }: Parsed): void {
  if (isObject(value) && typeof value["kind"] === "string" && value["kind"] !== "") return;
  const text = bytes === undefined ? jsonText(value) : Buffer.from(bytes).toString();
  const missing = `Object 'Kind' is missing in '${text}'`;
  throw unrecognized(kind, missing, bytes ?? Buffer.from(text));
}

/** Upstream reads any kind here, and then finds that it is not the one that it serves. */
function otherKind(given: TypeMeta, { resource }: Kind, value: unknown): Error {
  const { name } = ((value as ApiObject).metadata ?? {}) as { name?: unknown };
  const what = {
    group: resource.group,
    kind: given.kind,
    name: typeof name === "string" ? name : "",
  };
  return invalid(what, [invalidValue("kind", given.kind, `must be ${resource.kind}`)]);
}

/** Why upstream cannot make the wanted kind of another one: it knows it and reads it first, or it does not. */
function typeProblem(given: TypeMeta, { kind }: ReadOptions, value: unknown): string {
  const { group, kind: wanted } = kind.resource;
  const types = kindsOf(given.group, given.version);
  const type = types.find((name) => name.endsWith(`.${given.kind}`));
  const listed = given.kind === "List" && apiVersionOf(given) === "v1";
  if (type === undefined && !listed)
    return `no kind "${given.kind}" is registered for version "${apiVersionOf(given)}" in scheme "pkg/runtime/scheme.go:111"`;
  try {
    if (type !== undefined && hasShape(type)) decode(shapeOf(type), value);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
  return `converting (${given.version}.${given.kind}) to (${internalName(group)}.${wanted}): unknown conversion`;
}

/** Whether upstream knows the type, served or not, and has one internal form for it and the kind of `group`. */
function isSameInside({ group, version, kind }: TypeMeta, wanted: string): boolean {
  return (
    isKnownKind(group, version, kind) && internalGroup(group, kind) === internalGroup(wanted, kind)
  );
}

/** Where the kinds of the group that was given up have gone, and events, which two groups serve. */
function internalGroup(group: string, kind: string): string {
  if (group === "events.k8s.io") return "";
  if (group !== "extensions") return group;
  if (kind === "Scale") return "autoscaling";
  return networkingKinds.has(kind) ? "networking.k8s.io" : "apps";
}

const networkingKinds: ReadonlySet<string> = new Set(["Ingress", "IngressList", "NetworkPolicy"]);

/** How Go calls the package of a group. */
const internalName = (group: string): string =>
  group === "" || group === "events.k8s.io" ? "core" : group.split(".", 1)[0]!;
