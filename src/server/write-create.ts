// The way of a new object into the store.

import type { Random } from "../lib/random.ts";
import { nameSuffix, uuid } from "../lib/random.ts";
import { deepFreeze } from "../schema/clone.ts";
import type { ApiObject } from "../schema/kind.ts";
import { checkMetadataCreate } from "../schema/metadata.ts";
import { alreadyExists, type Named, StatusError } from "../schema/status-error.ts";
import type { Entry } from "../store/store.ts";
import { admitMutating, admitValidating, charge, whileAllocated } from "./admit.ts";
import type { AdmissionWrite } from "./context.ts";
import { own } from "./ownership.ts";
import {
  hasStandardFinalizers,
  keyIn,
  namedIn,
  type Scope,
  timeText,
  unclassified,
} from "./scope.ts";
import { rest } from "./turns.ts";
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
import { encodeStored, putObject, stored, undoOnFailure } from "./write-store.ts";

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
  await own(scope, request.manager, undefined, object);
  if (context.isLarge) await rest(context);
  const write = admissionOf("CREATE", object, undefined, request);
  await admitMutating(parts, context, write);
  const admitted = write.object!;
  warnOfRepeatedOwners(scope, admitted, afterAdmission);
  // Nobody on the way may move the object elsewhere.
  matchNamespace(scope, admitted);
  return storeNew(scope, write, request);
}

/** The second half of a create, once the object has its final wishes: names, rules, the store. */
export async function storeNew(
  scope: Scope,
  write: AdmissionWrite,
  request: WriteRequest,
): Promise<Outcome> {
  const { parts, context } = scope;
  const object = write.object!;
  const meta = object.metadata;
  meta.creationTimestamp = timeText(context.now);
  meta.uid = uuid(parts.random);
  delete meta.selfLink;
  if (meta.generateName && !meta.name) meta.name = freeName(scope, meta.generateName, parts.random);
  const asked = meta.resourceVersion ?? "";
  if (!request.dryRun) delete meta.resourceVersion;
  return whileAllocated(parts, context, write, async () => {
    await checkNew(scope, write, request, asked);
    if (context.isLarge) await rest(context);
    return putNew(scope, write, request);
  });
}

/** `asked`: the version that the caller named, which a new object has not. */
async function checkNew(
  scope: Scope,
  write: AdmissionWrite,
  request: WriteRequest,
  asked: string,
): Promise<void> {
  const { parts, context, kind } = scope;
  const object = write.object!;
  prepareNew(scope, object);
  for (const text of kind.warnings?.(object, undefined) ?? []) context.warnings.add(text);
  await admitValidating(parts, context, write);
  // A dry run never comes to the store, which is what refuses it upstream.
  const newborn = context.attributes.verb === "create" && !request.dryRun;
  if (asked !== "" && asked !== "0" && newborn)
    throw unclassified("resourceVersion should not be set on objects to be created");
  kind.onStored?.(object);
}

async function putNew(
  scope: Scope,
  write: AdmissionWrite,
  request: WriteRequest,
): Promise<Outcome> {
  const { parts, context, kind } = scope;
  const object = write.object!;
  const key = keyIn(scope, object.metadata.name);
  if (request.dryRun) {
    if (parts.store.get(key) !== undefined) throw exists(scope, parts.store.get(key)!, object);
    // A large one is shown and forgotten: to freeze it takes as long as to read it.
    const shown = context.isLarge ? object : deepFreeze(object);
    return { entry: undefined, object: shown, created: true };
  }
  const bytes = await encodeStored(scope, object);
  if (context.isLarge) await rest(context);
  const undo = await charge(parts, context, write);
  const written = await undoOnFailure(undo, () =>
    putObject(scope, key, { bytes, object, expected: 0 }),
  );
  if (!written.ok) {
    undo();
    if (kind.convert !== undefined && written.current)
      await parts.objects.ready(kind, [written.current]);
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
    builtIn: hasStandardFinalizers(kind, true),
  });
  causes.push(...(kind.validate?.(object, undefined, write) ?? []));
  refuse(kind.resource, object, causes);
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
