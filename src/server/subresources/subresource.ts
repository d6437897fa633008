// Parts of an object that have a path of their own.
import type { ApiResponse } from "../../schema/api-request.ts";
import type { Subresource } from "../../schema/kind.ts";
import { methodNotAllowed, resourceNotFound } from "../answer.ts";
import type { Context } from "../context.ts";
import { outputOf } from "../output.ts";
import type { Route } from "../route.ts";
import type { Parts, Scope } from "../scope.ts";
import { get } from "../verbs/get.ts";
import { patch } from "../verbs/patch.ts";
import { update } from "../verbs/update.ts";

export async function subresource(
  parts: Parts,
  context: Context,
  _asked: Route,
): Promise<ApiResponse> {
  const kind = context.kind!;
  const { subresource: name } = context.attributes;
  const known = kind.subresources.find((s) => s.name === name);
  if (known === undefined) throw resourceNotFound();
  const verb = verbs[context.request.method];
  if (verb === undefined || !known.verbs.includes(verb)) throw methodNotAllowed();
  const scope: Scope = { parts, context, kind, output: outputOf(context, kind, false) };
  return run(scope, known, verb);
}

const verbs: Readonly<Record<string, Subresource["verbs"][number]>> = {
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  POST: "create",
  DELETE: "delete",
};

/** A part that is written and read as the whole object; what it may change is the kind's business. */
function run(
  scope: Scope,
  _known: Subresource,
  verb: Subresource["verbs"][number],
): Promise<ApiResponse> {
  switch (verb) {
    case "get":
      return get(scope);
    case "update":
      return update(scope);
    case "patch":
      return patch(scope);
    default:
      throw methodNotAllowed();
  }
}
