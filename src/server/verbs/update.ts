import type { ApiResponse } from "../../schema/api-request.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { badRequest } from "../../schema/status-error.ts";
import { dropRepeatedOwners } from "../owners.ts";
import { own } from "../ownership.ts";
import { readObject } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import type { Scope } from "../scope.ts";
import { matchNamespace, warnOfRepeatedOwners } from "../write.ts";
import { changeObject } from "../write-change.ts";
import { checkName } from "./get.ts";
import { managerOf, optionsObject, writeOptions } from "./options.ts";

export async function update(scope: Scope): Promise<ApiResponse> {
  const { parts, context, kind } = scope;
  checkName(context.attributes.name);
  const options = writeOptions(context.query, "UpdateOptions");
  const manager = managerOf(options, context.request.headers["user-agent"]);
  const read = { kinds: parts.kinds, kind, validation: options.fieldValidation };
  let object: ApiObject | undefined = await readObject(context, read);
  matchNamespace(scope, object);
  checkOwnName(scope, object);
  warnOfRepeatedOwners(scope, object, "");
  const outcome = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: object.metadata.uid ?? "",
    mayCreate: false,
    async next(old) {
      const first = object;
      object = undefined;
      const wished = first ?? (await readObject(context, read));
      dropRepeatedOwners(wished.metadata);
      await own(scope, manager, old, wished);
      return wished;
    },
  });
  const { entry, object: written } = outcome;
  return objectAnswer(scope, outcome.created ? 201 : 200, { entry, object: () => written });
}

/** Throws StatusError(400) for an object that says another name, or namespace, than the path. */
export function checkOwnName({ context }: Scope, { metadata }: ApiObject): void {
  const { name, namespace } = context.attributes;
  const own = metadata.name ?? "";
  if (own === "")
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  if (own !== name)
    throw badRequest(
      `the name of the object (${own}) does not match the name on the URL (${name})`,
    );
  const where = metadata.namespace ?? "";
  if (namespace !== "" && where !== "" && where !== namespace)
    throw badRequest(
      `the namespace of the object (${where}) does not match the namespace on the request (${namespace})`,
    );
}
