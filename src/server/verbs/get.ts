import type { ApiResponse } from "../../schema/api-request.ts";
import { badRequest, notFound } from "../../schema/status-error.ts";
import { objectAnswer, shownEntry } from "../respond.ts";
import { keyIn, namedIn, type Scope, unclassified } from "../scope.ts";
import { badVersion, notOlderThan, versionNumber } from "./list-options.ts";

/** One object, or a part of it under a path of its own that shows the whole (`status`). */
export async function get(scope: Scope): Promise<ApiResponse> {
  const { parts, context } = scope;
  checkName(context.attributes.name);
  const asked = context.query.size === 0 ? "" : (context.query.get("resourceVersion") ?? "");
  if (asked !== "" && asked !== "0") {
    const revision = versionNumber(asked);
    if (revision === undefined) throw unclassified(badVersion(asked));
    await notOlderThan(parts.store, revision, asked);
  } else if (asked === "") await current(scope);
  const entry = parts.store.get(keyIn(scope));
  if (entry === undefined) throw notFound(namedIn(context));
  if (scope.kind.convert !== undefined) await parts.objects.ready(scope.kind, [entry]);
  return objectAnswer(scope, 200, shownEntry(scope, entry));
}

/** Resolves once everything that others have written is seen here. */
async function current({ parts }: Scope): Promise<void> {
  await parts.store.latest();
}

/** Throws StatusError(400) for names that no object can have, in upstream's words. */
export function checkName(name: string): void {
  if (name === "." || name === "..")
    throw badRequest(`Name parameter invalid: "${name}": may not be '${name}'`);
  if (name.includes("%"))
    throw badRequest(`Name parameter invalid: "${name}": may not contain '%'`);
}
