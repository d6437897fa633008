import { equal } from "../../lib/equal.ts";
import type { ApiResponse } from "../../schema/api-request.ts";
import { isObject, setField } from "../../schema/clone.ts";
import { DecodeError, OddNumber } from "../../schema/decode-place.ts";
import { jsonText } from "../../schema/encode.ts";
import { invalidValue } from "../../schema/field-error.ts";
import { goText } from "../../schema/go-text.ts";
import { applyJsonPatch, unknownPatchFields } from "../../schema/json-patch.ts";
import type { ApiObject, Kind } from "../../schema/kind.ts";
import { applyMergePatch } from "../../schema/merge-patch.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { duplicateFields, readJson } from "../../schema/scan.ts";
import type { ObjectShape } from "../../schema/shape.ts";
import { badRequest, invalid, notFound } from "../../schema/status-error.ts";
import { applyStrategicPatch } from "../../schema/strategic-merge.ts";
import { codecOf } from "../codec.ts";
import type { Context } from "../context.ts";
import { type PatchType, patchTypeOf } from "../negotiate.ts";
import { own } from "../ownership.ts";
import { decodePatched } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import { namedIn, type Scope } from "../scope.ts";
import { rest, weigh } from "../turns.ts";
import { matchNamespace } from "../write.ts";
import { changeObject } from "../write-change.ts";
import { apply } from "./apply.ts";
import { checkName } from "./get.ts";
import { managerOf, optionsObject, patchOptions, type WriteOptions } from "./options.ts";
import { checkOwnName } from "./update.ts";

export async function patch(scope: Scope): Promise<ApiResponse> {
  const { context, kind } = scope;
  const type = patchTypeOf(context.request.headers["content-type"], kind.resource.type === "");
  if (type === "apply") return apply(scope);
  checkName(context.attributes.name);
  const options = patchOptions(context.query, type);
  const manager = managerOf(options, context.request.headers["user-agent"]);
  const document = await patchDocument(context, type, options);
  if (context.isLarge) await rest(context);
  const outcome = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: "",
    mayCreate: false,
    async next(old) {
      if (old === undefined) throw notFound(namedIn(context));
      const next = patched(scope, type, options, document, old);
      if (context.isLarge) await rest(context);
      await own(scope, manager, old, next);
      matchNamespace(scope, next);
      checkOwnName(scope, next);
      return next;
    },
  });
  const { entry, object, created } = outcome;
  return objectAnswer(scope, created ? 201 : 200, { entry, object: () => object });
}

/** A parsed patch and what the strict reader found wrong with it. */
export type Document = { readonly value: unknown; readonly strict: readonly string[] };

/** The patches that are computed from JSON alone. */
export type PlainPatch = Exclude<PatchType, "apply">;

export async function patchDocument(
  context: Context,
  type: PlainPatch,
  options: WriteOptions,
): Promise<Document> {
  const { request } = context;
  if (request.object !== undefined) return { value: request.object, strict: [] };
  const bytes = await request.body();
  weigh(context, bytes.length);
  if (context.isLarge) await rest(context);
  const strict = options.fieldValidation !== "Ignore";
  try {
    const { value, exact, duplicates } = readJson(bytes, { duplicates: strict });
    const of = type === "json" ? "json patch " : "";
    return {
      value: exact ? withFloats(type, value) : value,
      strict: duplicateFields(duplicates).map((path) => `${of}duplicate field "${path}"`),
    };
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest("invalid JSON patch");
    throw error;
  }
}

/** Numbers that no integer holds are floating ones. Throws StatusError(400) for those that are too large for that. */
function withFloats(type: PlainPatch, value: unknown): unknown {
  if (value instanceof OddNumber) {
    const number = Number(value.text);
    if (Number.isFinite(number)) return number;
    const place = type === "json" ? "Go struct field jsonPatchOp.value" : "Go value";
    const what = `json: cannot unmarshal number ${value.text} into ${place} of type float64`;
    throw badRequest(type === "strategic" ? what : `error decoding patch: ${what}`);
  }
  if (Array.isArray(value)) return value.map((item) => withFloats(type, item));
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const name in value) setField(result, name, withFloats(type, value[name]));
  return result;
}

export function patched(
  scope: Scope,
  type: PlainPatch,
  options: WriteOptions,
  document: Document,
  old: ApiObject,
): ApiObject {
  const { parts, context, kind } = scope;
  const read = { kinds: parts.kinds, kind, validation: options.fieldValidation };
  const restores = type === "strategic";
  const result = resultOf(scope, type, document.value, old);
  const value = restores ? ofSameType(kind, result) : result;
  const own = type === "json" ? unknownPatchFields(document.value) : [];
  const shown = (): string =>
    restores ? goText(document.value) : shownResult(scope, type, document.value, old);
  const strict = [...document.strict, ...own];
  if (!restores && kind.codec === undefined) checkVersioned(scope, options, value, strict);
  return decodePatched(context, read, { value, strict, shown, old, restores });
}

/** What a strategic patch is restored into has its type already. */
function ofSameType({ resource }: Kind, value: unknown): unknown {
  if (!isObject(value)) return value;
  const { apiVersion, kind } = value;
  const same = { ...value };
  if (typeof apiVersion === "string") same["apiVersion"] = apiVersionOf(resource);
  if (typeof kind === "string") same["kind"] = resource.kind;
  return same;
}

/**
 * A document that has lost its version is read by upstream as one in its internal form, which knows none of the
 * document's fields, not even its name. Throws a StatusError for it.
 */
function checkVersioned(
  { context }: Scope,
  { fieldValidation }: WriteOptions,
  value: unknown,
  strict: readonly string[],
): void {
  if (!isObject(value) || value["apiVersion"]) return;
  const fields = Object.keys(value).filter((name) => name !== "apiVersion" && name !== "kind");
  const problems = [...strict, ...fields.sort().map((name) => `unknown field "${name}"`)];
  if (fieldValidation === "Strict")
    throw invalid({ group: "", kind: "", name: "" }, [
      invalidValue(
        "patch",
        shownText(jsonText(value)),
        `strict decoding error: ${problems.join(", ")}`,
      ),
    ]);
  if (fieldValidation === "Warn") for (const problem of problems) context.warnings.add(problem);
  throw badRequest(
    `the name of the object (${context.attributes.name} based on URL) was undeterminable: name must be provided`,
  );
}

function resultOf({ kind }: Scope, type: PlainPatch, change: unknown, old: ApiObject): unknown {
  switch (type) {
    case "json":
      return applyJsonPatch(old, change);
    case "merge":
      return applyMergePatch(old as Readonly<Record<string, unknown>>, change);
    case "strategic":
      return applyStrategicPatch(
        kind.shape() as ObjectShape,
        old as Readonly<Record<string, unknown>>,
        change,
      );
  }
}

/** The patched document made anew from one whose fields are in upstream's order. */
function shownResult(scope: Scope, type: PlainPatch, change: unknown, old: ApiObject): string {
  const written = JSON.parse(codecOf(scope.kind).encode(old));
  return shownText(shownDocument(resultOf(scope, type, change, written), written));
}

/** Go's encoder hides what could end a script. */
const shownText = (json: string): string =>
  json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** As upstream shows a patched document: keys in order where the patch reached, as they were elsewhere. */
function shownDocument(value: unknown, old: unknown): string {
  if (equal(value, old)) return jsonText(old);
  if (!isObject(value)) return jsonText(value);
  const before = isObject(old) ? old : {};
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${shownDocument(value[key], before[key])}`);
  return `{${fields.join(",")}}`;
}
