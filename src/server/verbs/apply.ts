// Server-side apply: makes or changes an object so that it says what one manager wants, and keeps what others want.
import type { ApiResponse } from "../../schema/api-request.ts";
import { isObject } from "../../schema/clone.ts";
import { DecodeError } from "../../schema/decode-place.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { serverSideApply } from "../../schema/managed-fields/apply.ts";
import type { Fields } from "../../schema/managed-fields/ownership.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { duplicateFields, readJson } from "../../schema/scan.ts";
import type { ObjectShape } from "../../schema/shape.ts";
import { badRequest, conflict } from "../../schema/status-error.ts";
import type { Context } from "../context.ts";
import { ignoredIn, withVersions } from "../ownership.ts";
import { decodePatched } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import { namedIn, type Scope, uidOf } from "../scope.ts";
import { rest, weigh } from "../turns.ts";
import { matchNamespace } from "../write.ts";
import { changeObject } from "../write-change.ts";
import { checkName } from "./get.ts";
import { optionsObject, patchOptions, type WriteOptions } from "./options.ts";
import { checkOwnName } from "./update.ts";

export async function apply(scope: Scope): Promise<ApiResponse> {
  const { context } = scope;
  checkName(context.attributes.name);
  const options = patchOptions(context.query, "apply");
  const applied = await appliedBody(context, options);
  const outcome = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: "",
    mayCreate: context.attributes.subresource === "",
    next: (old) => appliedTo(scope, options, applied, old),
  });
  const { entry, object, created } = outcome;
  return objectAnswer(scope, created ? 201 : 200, { entry, object: () => object });
}

/** The body, which is YAML and therefore nearly always JSON. Throws StatusError(400). */
export async function appliedBody(context: Context, options: WriteOptions): Promise<unknown> {
  const { request, warnings } = context;
  if (request.object !== undefined) return request.object;
  const bytes = await request.body();
  weigh(context, bytes.length);
  if (context.isLarge) await rest(context);
  const strict = options.fieldValidation !== "Ignore";
  const { value, duplicates } = await parsed(bytes, strict);
  if (duplicates.length > 0 && options.fieldValidation === "Strict")
    throw badRequest(`error strict decoding patch: ${duplicates.join(", ")}`);
  if (strict) for (const problem of duplicates) warnings.add(problem);
  return checkedMap(value);
}

/** Nothing at all counts as an empty configuration. */
function checkedMap(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (isObject(value)) return value;
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  throw badRequest(
    "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal " +
      `${type} into Go value of type map[string]interface {}`,
  );
}

type Parsed = { readonly value: unknown; readonly duplicates: readonly string[] };

async function parsed(bytes: Uint8Array, strict: boolean): Promise<Parsed> {
  if (bytes[0] === brace)
    try {
      const document = readJson(bytes, { duplicates: strict });
      const paths = duplicateFields(document.duplicates);
      return { value: document.value, duplicates: paths.map(repeated) };
    } catch (error) {
      // Flow mappings of YAML begin so, too.
      if (!(error instanceof DecodeError)) throw error;
    }
  const { readYaml } = await import("../yaml-thread.ts");
  try {
    return await readYaml(bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`error encoding patch: yaml: ${why}`);
  }
}

const repeated = (path: string): string => `key "${path}" already set in map`;

const brace = 0x7b;

async function appliedTo(
  scope: Scope,
  options: WriteOptions,
  applied: unknown,
  old: ApiObject | undefined,
): Promise<ApiObject> {
  const { parts, context, kind } = scope;
  const { subresource } = context.attributes;
  const { object, managedFields } = await withVersions(scope, (convert) =>
    serverSideApply({
      shape: kind.shape() as ObjectShape,
      apiVersion: apiVersionOf(kind.resource),
      kind: kind.resource.kind,
      live: old as Fields | undefined,
      applied,
      manager: options.fieldManager,
      force: options.force,
      subresource,
      now: context.now,
      ignored: ignoredIn(kind, subresource),
      convert,
    }),
  );
  if (context.isLarge) await rest(context);
  const read = { kinds: parts.kinds, kind, validation: "Ignore" as const };
  const shown = (): string => JSON.stringify(applied);
  const next = decodePatched(context, read, { value: object, strict: [], shown, applied: true });
  if (managedFields.length > 0) next.metadata.managedFields = managedFields;
  if (old === undefined && uidOf(next) !== "") throw missing(context, uidOf(next));
  matchNamespace(scope, next);
  checkOwnName(scope, next);
  return next;
}

const missing = (context: Context, uid: string): Error =>
  conflict(
    namedIn(context),
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  );
