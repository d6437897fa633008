import type { ApiResponse } from "../../schema/api-request.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { conflict, notFound, type Status, type StatusError } from "../../schema/status-error.ts";
import type { DeleteOptions } from "../../schema/types/meta-v1.ts";
import type { Entry } from "../../store/store.ts";
import { admitMutating, admitValidating } from "../admit.ts";
import { documentAnswer, statusAnswer } from "../answer.ts";
import { deletionOf } from "../deletion.ts";
import { isOutdatedRefusal } from "../outdated.ts";
import { objectAnswer } from "../respond.ts";
import { keyIn, namedIn, type Scope } from "../scope.ts";
import { admissionOf } from "../write.ts";
import { noteWriter, replaceStored } from "../write-store.ts";
import { deleteOptions, unsafe } from "./delete-options.ts";
import { checkName } from "./get.ts";

export async function remove(scope: Scope): Promise<ApiResponse> {
  const { context, kind } = scope;
  checkName(context.attributes.name);
  const options = await deleteOptions(context);
  warnOfDefault(scope, options);
  if (options[unsafe]) throw readable(scope);
  const { object, gone, entry } = await deleteObject(scope, context.attributes.name, options);
  const code = !gone && options.orphanDependents === false ? 202 : 200;
  if (!gone || kind.returnsDeleted)
    return objectAnswer(scope, code, { entry, object: () => object });
  const status = success(scope, object);
  if (context.request.wantsObjects) return statusAnswer(status, context.request);
  const { media, pretty } = scope.output;
  return documentAnswer(status, { media, pretty }, { code });
}

/** What can be read needs no such force; our stores hold nothing that cannot. */
function readable(scope: Scope): StatusError {
  const { context, parts } = scope;
  if (parts.store.get(keyIn(scope)) === undefined) return notFound(namedIn(context));
  const { namespace, plural, name } = context.attributes;
  const path = ["", "registry", plural, namespace, name].filter(
    (part, at) => at === 0 || part !== "",
  );
  return conflict(
    namedIn(context),
    `StorageError: invalid object, Code: 4, Key: ${path.join("/")}, ResourceVersion: 0, AdditionalErrorMsg: ` +
      "unsafe deletion is not allowed because the object is decodable from storage",
  );
}

export type Deleted = {
  /** As it was at its end, or as it is while it is held back. */
  readonly object: ApiObject;
  /** It is not there any more, or (`dryRun`) would not be. */
  readonly gone: boolean;
  readonly entry: Entry | undefined;
};

/** Deletes by `name` in the request's namespace. Throws a StatusError. */
export async function deleteObject(
  scope: Scope,
  name: string,
  options: DeleteOptions,
): Promise<Deleted> {
  const { store } = scope.parts;
  const key = keyIn(scope, name);
  for (;;) {
    const entry = store.get(key);
    let deleted: Deleted | "again" = "again";
    try {
      deleted = await deleteFound(scope, { name, entry }, options);
    } catch (error) {
      if (!(await isOutdatedRefusal(error, store, key, entry))) throw error;
    }
    if (deleted !== "again") return deleted;
  }
}

async function deleteFound(
  scope: Scope,
  { name, entry }: { name: string; entry: Entry | undefined },
  options: DeleteOptions,
): Promise<Deleted | "again"> {
  const { parts, context, kind } = scope;
  if (entry === undefined) throw notFound(namedIn(context, name));
  if (kind.convert !== undefined) await parts.objects.ready(kind, [entry]);
  const old = parts.objects.parsed(kind, entry);
  checkPreconditions(scope, old, options);
  // An eviction has been admitted as such.
  if (context.attributes.subresource === "") await admitDelete(scope, old, options);
  return tryDelete(scope, entry, old, options);
}

async function tryDelete(
  scope: Scope,
  entry: Entry,
  old: ApiObject,
  options: DeleteOptions,
): Promise<Deleted | "again"> {
  const { context, kind } = scope;
  const dryRun = (options.dryRun?.length ?? 0) > 0;
  const deletion = deletionOf(kind, old, options, context.now);
  if (deletion.do === "nothing") return { object: old, gone: false, entry };
  if (deletion.do === "remove") return removeEntry(scope, entry, old, dryRun);
  const marked = await replaceStored(scope, entry, deletion.next, dryRun);
  if (marked === "again") return "again";
  if (!deletion.remove || dryRun || marked.entry === undefined)
    return { object: marked.object, gone: deletion.remove, entry: marked.entry };
  return removeEntry(scope, marked.entry, marked.object, false);
}

async function removeEntry(
  scope: Scope,
  entry: Entry,
  object: ApiObject,
  dryRun: boolean,
): Promise<Deleted | "again"> {
  const { parts, kind } = scope;
  if (dryRun) return { object, gone: true, entry };
  const written = noteWriter(scope, await parts.store.delete(entry.key, entry.modRevision));
  if (written.ok)
    return {
      object: kind.returnsDeleted ? parts.objects.parsed(kind, written.entry) : object,
      gone: true,
      entry: written.entry,
    };
  return "again";
}

function checkPreconditions(
  { kind }: Scope,
  { metadata }: ApiObject,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { group, plural } = kind.storedAs ?? kind.resource;
  const name = metadata.name ?? "";
  const refuse = (why: string): StatusError =>
    conflict({ group, plural: kind.resource.kind, name }, why);
  // Upstream's namespaces look by themselves.
  if (plural === "namespaces" && uid !== undefined && uid !== metadata.uid)
    throw conflict(
      { group, plural, name },
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    );
  if (uid !== undefined && uid !== metadata.uid)
    throw refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). ` +
        "The object might have been deleted and then recreated",
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
        `(${metadata.resourceVersion}). The object might have been modified`,
    );
}

async function admitDelete(scope: Scope, old: ApiObject, options: DeleteOptions): Promise<void> {
  const { parts, context } = scope;
  const write = admissionOf("DELETE", undefined, old, {
    dryRun: (options.dryRun?.length ?? 0) > 0,
    options: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", ...options },
  });
  await admitMutating(parts, context, write);
  await admitValidating(parts, context, write);
}

/** Upstream warns before it looks what there is to delete. */
export function warnOfDefault({ context, kind }: Scope, options: DeleteOptions): void {
  if (options.propagationPolicy !== undefined || options.orphanDependents !== undefined) return;
  for (const text of kind.warningsOnDelete ?? []) context.warnings.add(text);
}

function success({ context }: Scope, { metadata }: ApiObject): Status {
  const { group, plural } = context.attributes;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: metadata.name ?? "",
      ...(group === "" ? {} : { group }),
      kind: plural,
      uid: metadata.uid ?? "",
    },
  };
}
