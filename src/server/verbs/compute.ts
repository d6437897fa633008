// Creates that store nothing: the answer is computed from the body.
import type { ApiResponse } from "../../schema/api-request.ts";
import { deepFreeze } from "../../schema/clone.ts";
import type { ApiObject, Kind } from "../../schema/kind.ts";
import { admitMutating, admitValidating } from "../admit.ts";
import { methodNotAllowed } from "../answer.ts";
import { bodyKind } from "../body-kind.ts";
import { own } from "../ownership.ts";
import { readObject } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import { keyIn, type Scope } from "../scope.ts";
import { admissionOf, matchNamespace, warnOfRepeatedOwners, wipeSystemFields } from "../write.ts";
import { managerOf, optionsObject, writeOptions } from "./options.ts";

/** Reviews. */
export async function compute(scope: Scope): Promise<ApiResponse> {
  const { group, plural } = scope.context.attributes;
  const name = group === "" ? plural : `${plural}.${group}`;
  return computed(scope, scope.kind, name, undefined);
}

/** `serviceaccounts/token`. */
export async function computeSubresource(scope: Scope): Promise<ApiResponse> {
  const { parts, context, kind } = scope;
  const { plural, subresource } = context.attributes;
  const part = kind.subresources.find((s) => s.name === subresource);
  if (part?.body === undefined) throw methodNotAllowed();
  // That there is none is said after admission, which knows of namespaces that there are not.
  const entry = parts.store.get(keyIn(scope));
  const parent = entry && parts.objects.parsed(kind, entry);
  return computed(scope, bodyKind(part.body), `${plural}/${subresource}`, parent);
}

async function computed(
  scope: Scope,
  kind: Kind,
  name: string,
  parent: ApiObject | undefined,
): Promise<ApiResponse> {
  const { parts, context } = scope;
  const run = parts.edge.computed[name];
  if (run === undefined) throw methodNotAllowed();
  const options = writeOptions(context.query, "CreateOptions");
  const read = { kinds: parts.kinds, kind, validation: options.fieldValidation };
  const body = await readObject(context, read);
  // What a part of an object is asked for may name the object's own UID.
  if (kind === scope.kind) wipeSystemFields(body);
  matchNamespace({ ...scope, kind }, body);
  warnOfRepeatedOwners(scope, body, "");
  const manager = managerOf(options, context.request.headers["user-agent"]);
  await own({ ...scope, kind }, manager, undefined, body);
  const write = admissionOf("CREATE", body, undefined, {
    dryRun: options.dryRun,
    options: optionsObject("CreateOptions", options),
  });
  await admitMutating(parts, context, write);
  await admitValidating(parts, context, write);
  const answer = deepFreeze(await run(context, write.object!, parent));
  return objectAnswer({ ...scope, kind }, 201, { entry: undefined, object: () => answer });
}
