// The one way by which objects get into the store: create, and change of what is there.
import type { Random } from "../lib/random.ts";
import { nameSuffix, uuid } from "../lib/random.ts";
import { deepFreeze } from "../schema/clone.ts";
import { invalidValue } from "../schema/field-error.ts";
import type { ApiObject, Write } from "../schema/kind.ts";
import { equal } from "../schema/kinds/equal.ts";
import { checkMetadataCreate, checkMetadataUpdate } from "../schema/metadata.ts";
import {
  alreadyExists,
  badRequest,
  type Cause,
  conflict,
  invalid,
  type Named,
  notFound,
  StatusError,
} from "../schema/status-error.ts";
import type { Entry, Written } from "../store/store.ts";
import { admitMutating, admitValidating, allocate, charge } from "./admit.ts";
import { authorized } from "./authorized.ts";
import { encodeUnstamped, stampOffset } from "./codec.ts";
import type { AdmissionWrite } from "./context.ts";
import { dropRepeatedOwners } from "./owners.ts";
import { own } from "./ownership.ts";
import { keyIn, namedIn, type Scope, timeText, uidOf, unclassified } from "./scope.ts";

/** What a write left behind. */
export type Outcome = {
  /** What is stored now; undefined after a dry run and when the object is gone. */
  readonly entry: Entry | undefined;
  /** Frozen, in the version of the request. */
  readonly object: ApiObject;
  readonly created: boolean;
};

export type WriteRequest = {
  readonly dryRun: boolean;
  /** The options object for admission. */
  readonly options: Readonly<Record<string, unknown>>;
};

/** Largest encoded object, as upstream's store takes it. */
export const objectBytesMax = 1.5 * 1024 * 1024;

/** `object`: decoded, defaulted, a private copy. `manager`: who owns its fields. Throws a StatusError. */
export async function createObject(
  scope: Scope,
  object: ApiObject,
  request: WriteRequest & { readonly manager: string },
): Promise<Outcome> {
  const { parts, context } = scope;
  wipeSystemFields(object);
  matchNamespace(scope, object);
  warnOfRepeatedOwners(scope, object, "");
  own(scope, request.manager, undefined, object);
  const write = admissionOf("CREATE", object, undefined, request);
  await admitMutating(parts, context, write);
  warnOfRepeatedOwners(scope, write.object!, afterAdmission);
  return storeNew(scope, write, request);
}

/** The second half of a create, once the object has its final wishes: names, rules, the store. */
async function storeNew(
  scope: Scope,
  write: AdmissionWrite,
  request: WriteRequest,
): Promise<Outcome> {
  const { parts, context, kind } = scope;
  const object = write.object!;
  const meta = object.metadata;
  meta.creationTimestamp = timeText(context.now);
  meta.uid = uuid(parts.random);
  if (meta.generateName && !meta.name) meta.name = freeName(scope, meta.generateName, parts.random);
  const asked = meta.resourceVersion ?? "";
  delete meta.resourceVersion;
  prepareNew(scope, object);
  for (const text of kind.warnings?.(object, undefined) ?? []) context.warnings.add(text);
  await admitValidating(parts, context, write);
  if (asked !== "" && asked !== "0" && context.attributes.verb === "create")
    throw unclassified("resourceVersion should not be set on objects to be created");
  const release = allocate(parts, context, write);
  try {
    return await putNew(scope, write, request);
  } finally {
    release();
  }
}

async function putNew(
  scope: Scope,
  write: AdmissionWrite,
  request: WriteRequest,
): Promise<Outcome> {
  const { parts, context } = scope;
  const object = write.object!;
  const key = keyIn(scope, object.metadata.name);
  if (request.dryRun) {
    if (parts.store.get(key) !== undefined) throw exists(scope, parts.store.get(key)!, object);
    return { entry: undefined, object: deepFreeze(object), created: true };
  }
  const undo = await charge(parts, context, write);
  const written = await undoOnFailure(undo, () => put(scope, key, object, 0));
  if (!written.ok) {
    undo();
    throw exists(scope, written.current, object);
  }
  return stored(scope, written.entry, object, true);
}

function prepareNew({ context, kind }: Scope, object: ApiObject): void {
  const write = writeOf(context.attributes.subresource, "create", context);
  kind.prepare?.(object, undefined, write);
  const { resource } = kind;
  const causes = checkMetadataCreate(object.metadata, {
    namespaced: resource.scope === "Namespaced",
    nameRule: kind.nameRule,
    builtIn: resource.type !== "",
  });
  causes.push(...(kind.validate?.(object, undefined, write) ?? []));
  refuse(kind.resource, object, causes);
}

function refuse(
  { group, kind }: Scope["kind"]["resource"],
  object: ApiObject,
  causes: Cause[],
): void {
  if (causes.length > 0) throw invalid({ group, kind, name: object.metadata.name ?? "" }, causes);
}

export type ChangeRequest = WriteRequest & {
  /**
   * The wished object: a private copy, made anew for each try. `old` is frozen; undefined: there is none. Throws a
   * StatusError.
   */
  readonly next: (old: ApiObject | undefined) => ApiObject | Promise<ApiObject>;
  /** UID that the object must have; "" for any. */
  readonly uid: string;
  /** Apply makes what is not there. */
  readonly mayCreate: boolean;
};

/**
 * Changes the object that the request names; tries again when somebody else was quicker and the caller did not say
 * which version is meant. Throws a StatusError.
 */
export async function changeObject(scope: Scope, request: ChangeRequest): Promise<Outcome> {
  const { parts } = scope;
  const key = keyIn(scope);
  for (let attempt = 1; ; attempt++) {
    const entry = parts.store.get(key);
    const outcome =
      entry === undefined
        ? await changeNothing(scope, request)
        : await changeEntry(scope, request, entry);
    if (outcome !== "again") return outcome;
    if (attempt === attemptsMax) throw conflict(namedIn(scope.context), modified);
  }
}

/** Times that a change is tried against writers that are quicker; each of them got its own way. */
const attemptsMax = 100;

const modified =
  "the object has been modified; please apply your changes to the latest version and try again";

async function changeNothing(scope: Scope, request: ChangeRequest): Promise<Outcome | "again"> {
  const { parts, context, kind } = scope;
  if (!request.mayCreate && !kind.createsOnUpdate) throw notFound(namedIn(context));
  if (request.uid !== "") throw preconditionFailed(scope, request.uid, "");
  const object = await request.next(undefined);
  authorized(parts, context.identity, { ...context.attributes, verb: "create" });
  const write = admissionOf("CREATE", object, undefined, request);
  await admitMutating(parts, context, write);
  warnOfRepeatedOwners(scope, object, afterAdmission);
  wipeSystemFields(write.object!);
  try {
    return await storeNew(scope, write, request);
  } catch (error) {
    if (error instanceof StatusError && error.reason === "AlreadyExists") return "again";
    throw error;
  }
}

async function changeEntry(
  scope: Scope,
  request: ChangeRequest,
  entry: Entry,
): Promise<Outcome | "again"> {
  const { parts, context, kind } = scope;
  const old = parts.objects.parsed(kind, entry);
  if (request.uid !== "" && request.uid !== uidOf(old))
    throw preconditionFailed(scope, request.uid, uidOf(old));
  const write = admissionOf("UPDATE", await request.next(old), old, request);
  await admitMutating(parts, context, write);
  const next = write.object!;
  warnOfRepeatedOwners(scope, next, afterAdmission);
  checkVersion(scope, next, entry);
  prepareChange(scope, next, old);
  keepTimesOfFields(next, old);
  await admitValidating(parts, context, write);
  if (isReleased(scope, next, old)) return releaseObject(scope, request, entry, next);
  const release = allocate(parts, context, write);
  try {
    return await putChanged(scope, request, write, entry);
  } finally {
    release();
  }
}

async function putChanged(
  scope: Scope,
  request: ChangeRequest,
  write: AdmissionWrite,
  entry: Entry,
): Promise<Outcome | "again"> {
  const { parts, context } = scope;
  const next = write.object!;
  const old = write.old!;
  const bytes = encodeStored(scope, next);
  next.metadata.resourceVersion = old.metadata.resourceVersion;
  if (sameBytes(bytes, entry.value)) return { entry, object: old, created: false };
  if (request.dryRun) return { entry: undefined, object: deepFreeze(next), created: false };
  const undo = await charge(parts, context, write);
  const written = await undoOnFailure(undo, () =>
    putBytes(scope, entry.key, bytes, entry.modRevision),
  );
  if (written.ok) return stored(scope, written.entry, next, false);
  undo();
  return "again";
}

/** Upstream's check of optimistic locking, in the order in which it tells of it. */
function checkVersion({ context, kind }: Scope, next: ApiObject, entry: Entry): void {
  const asked = next.metadata.resourceVersion ?? "";
  if (asked === "" || asked === "0") {
    if (kind.unconditionalUpdate === false)
      throw invalid(
        {
          group: context.attributes.group,
          kind: context.attributes.plural,
          name: context.attributes.name,
        },
        [invalidValue("metadata.resourceVersion", 0, "must be specified for an update")],
      );
    next.metadata.resourceVersion = String(entry.modRevision);
    return;
  }
  if (!/^\d+$/.test(asked))
    throw unclassified(`strconv.ParseUint: parsing ${JSON.stringify(asked)}: invalid syntax`);
  if (asked !== String(entry.modRevision)) throw conflict(namedIn(context), modified);
}

function prepareChange(scope: Scope, next: ApiObject, old: ApiObject): void {
  const { context, kind } = scope;
  matchNamespace(scope, next);
  const write = writeOf(context.attributes.subresource, "update", context);
  keepOwn(next, old, "generation");
  kind.prepare?.(next, old, write);
  const meta = next.metadata;
  if (!meta.uid) keepOwn(next, old, "uid");
  keepOwn(next, old, "creationTimestamp");
  if (old.metadata.deletionTimestamp !== undefined) keepOwn(next, old, "deletionTimestamp");
  if (meta.deletionGracePeriodSeconds === undefined)
    keepOwn(next, old, "deletionGracePeriodSeconds");
  delete meta.selfLink;
  const causes = checkMetadataUpdate(meta, old.metadata, {
    namespaced: kind.resource.scope === "Namespaced",
    builtIn: kind.resource.type !== "",
  });
  causes.push(...(kind.validate?.(next, old, write) ?? []));
  refuse(kind.resource, next, causes);
  for (const text of kind.warnings?.(next, old) ?? []) context.warnings.add(text);
}

function keepOwn(next: ApiObject, old: ApiObject, field: keyof ApiObject["metadata"]): void {
  const value = old.metadata[field];
  if (value === undefined) delete next.metadata[field];
  else Object.assign(next.metadata, { [field]: value });
}

/** A write that changes nothing must not change the times of managed fields either. */
function keepTimesOfFields(next: ApiObject, old: ApiObject): void {
  const [now, before] = [next.metadata.managedFields, old.metadata.managedFields];
  if (now === undefined || before === undefined || now.length !== before.length) return;
  const sameFields = now.every((entry, i) =>
    equal({ ...entry, time: undefined }, { ...before[i], time: undefined }),
  );
  if (!sameFields) return;
  for (const key of Object.keys(next) as (keyof ApiObject)[])
    if (key !== "metadata" && !equal(next[key], old[key])) return;
  const { managedFields: _a, resourceVersion: _b, ...meta } = next.metadata;
  const { managedFields: _c, resourceVersion: _d, ...oldMeta } = old.metadata;
  if (equal(meta, oldMeta)) next.metadata.managedFields = before;
}

/** The last finalizer of an object under deletion is gone: the object goes, too. */
function isReleased({ kind }: Scope, next: ApiObject, old: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0 } = old.metadata;
  if ((next.metadata.finalizers?.length ?? 0) > 0 || deletionTimestamp === undefined) return false;
  return grace === 0 && (kind.heldBy?.(next).length ?? 0) === 0;
}

async function releaseObject(
  { parts }: Scope,
  request: WriteRequest,
  entry: Entry,
  next: ApiObject,
): Promise<Outcome | "again"> {
  next.metadata.resourceVersion = String(entry.modRevision);
  const outcome = { entry: undefined, object: deepFreeze(next), created: false };
  if (request.dryRun) return outcome;
  const written = await parts.store.delete(entry.key, entry.modRevision);
  return written.ok || written.why === "absent" ? outcome : "again";
}

/** Stores `next` in the place of `entry` without asking any rule: the first half of a delete. */
export async function replaceStored(
  scope: Scope,
  entry: Entry,
  next: ApiObject,
  dryRun: boolean,
): Promise<Outcome | "again"> {
  const { resourceVersion } = next.metadata;
  const bytes = encodeStored(scope, next);
  next.metadata.resourceVersion = resourceVersion;
  if (dryRun || sameBytes(bytes, entry.value))
    return { entry: dryRun ? undefined : entry, object: deepFreeze(next), created: false };
  const written = await putBytes(scope, entry.key, bytes, entry.modRevision);
  return written.ok ? stored(scope, written.entry, next, false) : "again";
}

const writeOf = (
  subresource: string,
  operation: Write["operation"],
  { identity, now }: Scope["context"],
): Write => ({ operation, subresource, user: identity.user, now });

export const admissionOf = (
  operation: AdmissionWrite["operation"],
  object: ApiObject | undefined,
  old: ApiObject | undefined,
  { dryRun, options }: WriteRequest,
): AdmissionWrite => ({ operation, object, old, dryRun, options });

function wipeSystemFields({ metadata }: ApiObject): void {
  delete metadata.creationTimestamp;
  delete metadata.uid;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** The object lives where the path says; one that says otherwise is refused. */
export function matchNamespace({ context, kind }: Scope, { metadata }: ApiObject): void {
  const wanted = kind.resource.scope === "Namespaced" ? context.attributes.namespace : "";
  if (wanted === "") delete metadata.namespace;
  else if (!metadata.namespace) metadata.namespace = wanted;
  else if (metadata.namespace !== wanted)
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
}

const afterAdmission = " after mutating admission happens";

export function warnOfRepeatedOwners({ context }: Scope, object: ApiObject, when: string): void {
  const dropped = dropRepeatedOwners(object.metadata);
  if (dropped.length === 0) return;
  context.warnings.add(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, ` +
      `and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ` +
      dropped.join(", "),
  );
}

/** Longest part of a `generateName` that is kept: a name of 63 letters with its suffix of five. */
const generatedPartMax = 58;

/** Times that another suffix is tried, as upstream. */
const namesTriedMax = 8;

function freeName(scope: Scope, prefix: string, random: Random): string {
  let name = "";
  for (let tried = 0; tried < namesTriedMax; tried++) {
    name = prefix.slice(0, generatedPartMax) + nameSuffix(random);
    if (scope.parts.store.get(keyIn(scope, name)) === undefined) break;
  }
  return name;
}

function exists(scope: Scope, current: Entry | undefined, { metadata }: ApiObject): StatusError {
  const named = namedIn(scope.context, metadata.name ?? "");
  const error = metadata.generateName ? notGenerated(named) : alreadyExists(named);
  const deleted =
    current && scope.parts.objects.parsed(scope.kind, current).metadata.deletionTimestamp;
  if (deleted === undefined) return error;
  const { code, reason, message, details } = error;
  return new StatusError(code, reason, `object is being deleted: ${message}`, details);
}

/** Upstream says so even where the caller chose a name beside `generateName`. */
const notGenerated = (named: Named): StatusError => {
  const { code, reason, message, details } = alreadyExists(named);
  const why = "the server was not able to generate a unique name for the object";
  return new StatusError(code, reason, `${message}, ${why}`, { ...details, retryAfterSeconds: 1 });
};

/** Upstream shows its own store's words and key. */
function preconditionFailed({ context }: Scope, wanted: string, found: string): StatusError {
  const { namespace, plural, name } = context.attributes;
  const key = ["/registry", plural, namespace, name].filter((part) => part !== "").join("/");
  return conflict(
    namedIn(context),
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  );
}

/** The bytes of `object` in the version that is stored. */
function encodeStored({ parts, kind }: Scope, object: ApiObject): Uint8Array {
  const inStore = kind.toStored === undefined ? object : kind.toStored(object);
  const bytes = encodeUnstamped(parts.objects.storedKind(kind), inStore);
  if (bytes.length > objectBytesMax) throw tooLarge(bytes.length);
  return bytes;
}

const tooLarge = (size: number): StatusError =>
  new StatusError(
    413,
    "RequestEntityTooLarge",
    `Request entity too large: object of ${size} bytes exceeds the limit of ${objectBytesMax}`,
  );

const put = (scope: Scope, key: string, object: ApiObject, expected: number): Promise<Written> =>
  putBytes(scope, key, encodeStored(scope, object), expected);

const putBytes = (
  { parts }: Scope,
  key: string,
  bytes: Uint8Array,
  expected: number,
): Promise<Written> => parts.store.put(key, bytes, expected);

async function undoOnFailure(undo: () => void, run: () => Promise<Written>): Promise<Written> {
  try {
    return await run();
  } catch (error) {
    undo();
    throw error;
  }
}

/** Remembers what was written, so that nobody has to parse it. */
function stored(
  { parts, kind }: Scope,
  entry: Entry,
  object: ApiObject,
  created: boolean,
): Outcome {
  object.metadata.resourceVersion = String(entry.modRevision);
  if (kind.toStored !== undefined)
    return { entry, object: parts.objects.parsed(kind, entry), created };
  parts.objects.remember(entry, object);
  return { entry, object, created };
}

/** True when stored bytes, which carry a revision, say the same as new ones, which do not. */
function sameBytes(next: Uint8Array, value: Uint8Array): boolean {
  const digits = value.length - next.length;
  if (digits < 1 || digits > 20) return false;
  const at = stampOffset(next);
  const [a, b] = [bufferOf(next), bufferOf(value)];
  return a.compare(b, 0, at, 0, at) === 0 && a.compare(b, at + digits, b.length, at) === 0;
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
