import type { ApiResponse } from "../../schema/api-request.ts";
import { invalidValue } from "../../schema/field-error.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { DeleteOptions } from "../../schema/types/meta-v1.ts";
import type { Entry } from "../../store/store.ts";
import { listAnswer, shownEntry } from "../respond.ts";
import type { Scope } from "../scope.ts";
import { deleteObject, warnOfDefault } from "./delete.ts";
import { deleteOptions, unsafe } from "./delete-options.ts";
import { page } from "./list.ts";
import { listOptions } from "./list-options.ts";
import { invalidOptions } from "./options.ts";

/** Deletes that run beside each other: enough to share the disk's syncs. */
const besideMax = 16;

/** Answers with the objects as they were before; what vanishes meanwhile is no error. */
export async function deleteCollection(scope: Scope): Promise<ApiResponse> {
  const listed = listOptions(scope.kind, scope.context.query, { watch: false });
  const options = await deleteOptions(scope.context);
  if (options[unsafe]) {
    const detail = "is not allowed with DELETECOLLECTION, try again after removing the option";
    throw invalidOptions("DeleteOptions", [invalidValue(unsafe, true, detail)]);
  }
  warnOfDefault(scope, options);
  const { entries, metadata } = await page(scope, listed);
  for (let at = 0; at < entries.length; at += besideMax) {
    const some = entries.slice(at, at + besideMax);
    await Promise.all(some.map((entry) => deleteEntry(scope, entry, options)));
  }
  return listAnswer(scope, {
    items: entries.map((entry) => shownEntry(scope, entry)),
    metadata,
  });
}

async function deleteEntry(scope: Scope, entry: Entry, options: DeleteOptions): Promise<void> {
  const { metadata } = scope.parts.objects.parsed(scope.kind, entry);
  try {
    await deleteObject(inNamespace(scope, metadata.namespace ?? ""), metadata.name ?? "", options);
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== "NotFound") throw error;
  }
}

function inNamespace(scope: Scope, namespace: string): Scope {
  const { context } = scope;
  if (context.attributes.namespace === namespace) return scope;
  return { ...scope, context: { ...context, attributes: { ...context.attributes, namespace } } };
}
