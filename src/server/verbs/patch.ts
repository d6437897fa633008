import { equal } from "../../lib/equal.ts";
import type { ApiResponse } from "../../schema/api-request.ts";
import { isObject } from "../../schema/clone.ts";
import { DecodeError } from "../../schema/decode-place.ts";
import { jsonText } from "../../schema/encode.ts";
import { goText } from "../../schema/go-text.ts";
import { applyJsonPatch, unknownPatchFields } from "../../schema/json-patch.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { applyMergePatch } from "../../schema/merge-patch.ts";
import { duplicateFields, readJson } from "../../schema/scan.ts";
import type { ObjectShape } from "../../schema/shape.ts";
import { badRequest, notFound } from "../../schema/status-error.ts";
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
  const document = await patchDocument(context, options);
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

export async function patchDocument(context: Context, options: WriteOptions): Promise<Document> {
  const { request } = context;
  if (request.object !== undefined) return { value: request.object, strict: [] };
  const bytes = await request.body();
  weigh(context, bytes.length);
  if (context.isLarge) await rest(context);
  const strict = options.fieldValidation !== "Ignore";
  try {
    const { value, duplicates } = readJson(bytes, { duplicates: strict });
    return {
      value,
      strict: duplicateFields(duplicates).map((path) => `duplicate field "${path}"`),
    };
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest("invalid JSON patch");
    throw error;
  }
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
  const value = resultOf(scope, type, document.value, old);
  const own = type === "json" ? unknownPatchFields(document.value) : [];
  const shown = (): string =>
    type === "strategic" ? goText(document.value) : shownResult(scope, type, document.value, old);
  return decodePatched(context, read, { value, strict: [...document.strict, ...own], shown, old });
}

function resultOf({ kind }: Scope, type: PlainPatch, change: unknown, old: ApiObject): unknown {
  switch (type) {
    case "json":
      return applyJsonPatch(old, change);
    case "merge":
      return applyMergePatch(old as unknown as Readonly<Record<string, unknown>>, change);
    case "strategic":
      return applyStrategicPatch(
        kind.shape() as ObjectShape,
        old as unknown as Readonly<Record<string, unknown>>,
        change,
      );
  }
}

/** The patched document made anew from one whose fields are in upstream's order. */
function shownResult(scope: Scope, type: PlainPatch, change: unknown, old: ApiObject): string {
  const written = JSON.parse(codecOf(scope.kind).encode(old));
  return shownDocument(resultOf(scope, type, change, written), written);
}

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
