// The objects by which a binding tells its policy what to look for.
import type { ApiObject, Kind } from "../../../schema/kind.ts";
import { apiVersionOf } from "../../../schema/resource.ts";
import { matchesLabels, printSelection, selectionFrom } from "../../../schema/selectors.ts";
import { StatusError } from "../../../schema/status-error.ts";
import type { ParamKind, ParamRef } from "../../../schema/types/admissionregistration-v1.ts";
import { call, callOrAbsent, pathOf } from "../../call.ts";
import type { Core } from "../../context.ts";

/** A binding or a policy that cannot be used as it stands; its `failurePolicy` decides. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

/** The kind of a policy's parameters. Throws a ConfigurationError when nothing of the sort is served. */
export function paramKindOf(core: Core, { apiVersion = "", kind = "" }: ParamKind): Kind {
  const found = core.kinds
    .all()
    .find(({ resource }) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
  if (found !== undefined) return found;
  const shown = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  throw new ConfigurationError(
    `failed to find resource referenced by paramKind: '${shown}, Kind=${kind}'`,
  );
}

/**
 * The parameters with which the policy is asked, once for each; `null` for a policy without any. None at all: it is not
 * asked. Throws a ConfigurationError.
 */
export async function paramsOf(
  core: Core,
  kind: Kind | undefined,
  ref: ParamRef | undefined,
  namespace: string,
): Promise<readonly (ApiObject | null)[]> {
  if (kind === undefined || ref === undefined) return [null];
  const place = placeOf(kind, ref, namespace);
  const found = await foundIn(core, kind, ref, place);
  if (found.length === 0 && ref.parameterNotFoundAction === "Deny")
    throw new ConfigurationError(
      "no params found for policy binding with `Deny` parameterNotFoundAction",
    );
  return found;
}

function placeOf({ resource }: Kind, { namespace = "" }: ParamRef, own: string): string {
  if (resource.scope === "Cluster") {
    if (namespace === "") return "";
    throw new ConfigurationError(
      "paramRef.namespace must not be provided for a cluster-scoped `paramKind`",
    );
  }
  const place = namespace || own;
  if (place !== "") return place;
  throw new ConfigurationError(
    "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources",
  );
}

async function foundIn(
  core: Core,
  kind: Kind,
  { name, selector }: ParamRef,
  place: string,
): Promise<readonly ApiObject[]> {
  if (name) {
    const one = await oneOf(core, kind, place, name);
    return one === undefined ? [] : [one];
  }
  if (selector === undefined)
    throw new ConfigurationError("one of name or selector must be provided");
  const selection = selectionFrom(selector);
  if (isBuiltIn(kind))
    return core
      .view(kind.resource)
      .list(place)
      .filter(({ metadata }) => matchesLabels(selection, metadata.labels));
  const query = new URLSearchParams({ labelSelector: printSelection(selection) }).toString();
  const request = { method: "GET" as const, path: pathOf(kind.resource, place), query };
  const { items } = await asked(() => call<{ items: readonly ApiObject[] }>(core, request));
  return items;
}

async function oneOf(
  core: Core,
  kind: Kind,
  place: string,
  name: string,
): Promise<ApiObject | undefined> {
  if (isBuiltIn(kind)) return core.view(kind.resource).get(place, name);
  const path = pathOf(kind.resource, place, name);
  return asked(() => callOrAbsent(core, { method: "GET", path }));
}

/** Custom resources change their kind with their definition: they are asked for like by anybody. */
const isBuiltIn = ({ resource }: Kind): boolean => resource.type !== "";

async function asked<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof StatusError) throw new ConfigurationError(error.message);
    throw error;
  }
}
