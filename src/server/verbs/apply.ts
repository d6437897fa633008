// Server-side apply: makes or changes an object so that it says what one manager wants, and keeps what others want.
import type { ApiResponse } from "../../schema/api-request.ts";
import { isObject } from "../../schema/clone.ts";
import { DecodeError } from "../../schema/decode-place.ts";
import type { ApiObject, Kind } from "../../schema/kind.ts";
import { serverSideApply } from "../../schema/managed-fields/apply.ts";
import type { Fields } from "../../schema/managed-fields/ownership.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { readJson } from "../../schema/scan.ts";
import type { ObjectShape } from "../../schema/shape.ts";
import { badRequest, conflict } from "../../schema/status-error.ts";
import type { Context } from "../context.ts";
import { ignoredIn, withVersions } from "../ownership.ts";
import { decodePatched } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import { namedIn, type Scope, uidOf, unclassified } from "../scope.ts";
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
  const { value: applied, duplicates } = await appliedBody(context, options);
  if (context.isLarge) await rest(context);
  const outcome = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: "",
    mayCreate: context.attributes.subresource === "",
    async next(old) {
      const next = await appliedTo(scope, options, applied, old);
      tellRepeated(context, options, duplicates);
      return next;
    },
  });
  const { entry, object, created } = outcome;
  return objectAnswer(scope, created ? 201 : 200, { entry, object: () => object });
}

/** The body, which is YAML and therefore nearly always JSON. Throws StatusError(400). */
export async function appliedBody(context: Context, options: WriteOptions): Promise<Parsed> {
  const { request } = context;
  if (request.object !== undefined) return { value: request.object, duplicates: [] };
  const bytes = await request.body();
  weigh(context, bytes.length);
  if (context.isLarge) await rest(context);
  const strict = options.fieldValidation !== "Ignore";
  const { value, duplicates } = await parsed(bytes, strict);
  return { value: checkedMap(value), duplicates: strict ? duplicates : [] };
}

/** Fields that stand twice matter only once all else is right. Throws StatusError(400). */
export function tellRepeated(
  { warnings }: Context,
  { fieldValidation }: WriteOptions,
  duplicates: readonly string[],
): void {
  if (duplicates.length > 0 && fieldValidation === "Strict") {
    const why = "error converting YAML to JSON: yaml: unmarshal errors";
    throw badRequest(`error strict decoding patch: ${why}:${duplicates.map(indented).join("")}`);
  }
  for (const problem of duplicates) warnings.add(problem);
}

const indented = (line: string): string => `\n  ${line}`;

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
      // The reader of YAML knows the lines of those that stand twice.
      if (document.duplicates.length === 0) return { value: document.value, duplicates: [] };
    } catch (error) {
      // Flow mappings of YAML begin so, too.
      if (!(error instanceof DecodeError)) throw error;
    }
  const { readYaml } = await import("../yaml-process.ts");
  try {
    return await readYaml(bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`error encoding patch: yaml: ${why}`);
  }
}

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
  const next = decodePatched(context, read, {
    value: object,
    strict: [],
    shown: () => JSON.stringify(applied),
    applied: true,
    ...(kind.codec === undefined && { restores: true, refuse: notConverted(kind, applied) }),
  });
  if (managedFields.length > 0) next.metadata.managedFields = managedFields;
  if (old === undefined && uidOf(next) !== "") throw missing(context, uidOf(next));
  matchNamespace(scope, next);
  checkOwnName(scope, next);
  return next;
}

/** What stands in a field whose type reads its text itself, such as a quantity, is looked at last. */
function notConverted({ resource }: Kind, applied: unknown): (message: string) => Error {
  const { name = "", namespace = "" } = (applied as ApiObject).metadata ?? {};
  const type = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
  return (message) =>
    unclassified(
      `failed to convert new object (${namespace}/${name}; ${type}) to proper version: ` +
        `unable to convert unstructured object to ${type}: ${message}`,
    );
}

const missing = (context: Context, uid: string): Error =>
  conflict(
    namedIn(context),
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  );
