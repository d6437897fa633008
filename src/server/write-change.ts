// The way of a changed object into the store: updates, patches, applies.
import { deepFreeze } from "../schema/clone.ts";
import { invalidValue } from "../schema/field-error.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { checkMetadataUpdate } from "../schema/metadata.ts";
import { semanticEqual } from "../schema/semantic-equal.ts";
import { conflict, invalid, notFound, StatusError } from "../schema/status-error.ts";
import type { Entry } from "../store/store.ts";
import { admitMutating, admitValidating, charge, whileAllocated } from "./admit.ts";
import { authorized } from "./authorized.ts";
import { sameBytes } from "./codec.ts";
import type { AdmissionWrite } from "./context.ts";
import { isOutdatedRefusal } from "./outdated.ts";
import { hasStandardFinalizers, keyIn, namedIn, type Scope, uidOf, unclassified } from "./scope.ts";
import { rest, weigh } from "./turns.ts";
import {
  admissionOf,
  afterAdmission,
  matchNamespace,
  type Outcome,
  refuse,
  type WriteRequest,
  warnOfRepeatedOwners,
  wipeSystemFields,
  writeOf,
} from "./write.ts";
import { storeNew } from "./write-create.ts";
import { encodeStored, putObject, stored, undoOnFailure } from "./write-store.ts";

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
    let outcome: Outcome | "again" = "again";
    try {
      outcome =
        entry === undefined
          ? await changeNothing(scope, request)
          : await changeEntry(scope, request, entry);
    } catch (error) {
      if (!(await isOutdatedRefusal(error, parts.store, key, entry))) throw error;
    }
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
  if (request.uid !== "") throw preconditionFailed(scope, request, "");
  const object = await request.next(undefined);
  await authorized(parts, context.identity, { ...context.attributes, verb: "create" });
  const write = admissionOf("CREATE", object, undefined, {
    ...request,
    options: { ...request.options, kind: "CreateOptions" },
  });
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
  weigh(context, entry.value.length);
  if (kind.convert !== undefined) await parts.objects.ready(kind, [entry]);
  const old = parts.objects.parsed(kind, entry);
  if (request.uid !== "" && request.uid !== uidOf(old))
    throw preconditionFailed(scope, request, uidOf(old));
  const write = admissionOf("UPDATE", await request.next(old), old, request);
  if (context.isLarge) await rest(context);
  await admitMutating(parts, context, write);
  const next = write.object!;
  warnOfRepeatedOwners(scope, next, afterAdmission);
  checkVersion(scope, next, entry);
  return whileAllocated(parts, context, write, async () => {
    prepareChange(scope, next, old);
    // What is not stored keeps it.
    if (!request.dryRun) delete next.metadata.selfLink;
    if (context.isLarge) await rest(context);
    keepTimesOfFields(next, old);
    await admitValidating(parts, context, write);
    return isReleased(scope, next, old)
      ? releaseObject(scope, request, entry, next)
      : putChanged(scope, request, write, entry);
  });
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
  if (context.isLarge) await rest(context);
  const bytes = await encodeStored(scope, next);
  next.metadata.resourceVersion = old.metadata.resourceVersion;
  if (sameBytes(bytes, entry.value) && !parts.store.isStale(entry.key))
    return { entry, object: old, created: false };
  if (request.dryRun) return { entry: undefined, object: deepFreeze(next), created: false };
  const undo = await charge(parts, context, write);
  const written = await undoOnFailure(undo, () =>
    putObject(scope, entry.key, { bytes, object: next, expected: entry.modRevision }),
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
  const causes = checkMetadataUpdate(meta, old.metadata, {
    namespaced: kind.resource.scope === "Namespaced",
    nameRule: kind.nameRule,
    rechecksNames: kind.rechecksNames,
    builtIn: hasStandardFinalizers(kind, false),
  });
  causes.push(...(kind.validate?.(next, old, write) ?? []));
  refuse(kind.resource, next, causes);
  for (const text of warningsOf(kind, next, old, write.subresource)) context.warnings.add(text);
}

function warningsOf(kind: Kind, next: ApiObject, old: ApiObject, subresource: string): string[] {
  if (subresource === "") return kind.warnings?.(next, old) ?? [];
  return subresource === "status" ? (kind.statusWarnings?.(next) ?? []) : [];
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
    semanticEqual({ ...entry, time: undefined }, { ...before[i], time: undefined }),
  );
  if (!sameFields) return;
  for (const key of Object.keys(next) as (keyof ApiObject)[])
    if (key !== "metadata" && !semanticEqual(next[key], old[key])) return;
  const { managedFields: _a, resourceVersion: _b, ...meta } = next.metadata;
  const { managedFields: _c, resourceVersion: _d, ...oldMeta } = old.metadata;
  if (semanticEqual(meta, oldMeta)) next.metadata.managedFields = before;
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

/** Upstream shows its own store's words and key. */
function preconditionFailed(
  { context }: Scope,
  request: ChangeRequest,
  found: string,
): StatusError {
  const { namespace, plural, name } = context.attributes;
  const root = request.dryRun ? "" : "/registry";
  const folder = upstreamFolders[plural] ?? plural;
  const above = plural === "namespaces" ? "" : namespace;
  const key = [root, folder, above, name].filter((part, i) => i === 0 || part !== "").join("/");
  return conflict(
    namedIn(context),
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      `Precondition failed: UID in precondition: ${request.uid}, UID in object meta: ${found}`,
  );
}

/** Where upstream keeps what it does not keep under its plural. */
const upstreamFolders: Readonly<Record<string, string>> = {
  endpoints: "services/endpoints",
  ingresses: "ingress",
  nodes: "minions",
  replicationcontrollers: "controllers",
  services: "services/specs",
};
