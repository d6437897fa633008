// Objects of a custom resource brought from version to version by a webhook of its author (ConversionReview).

import { equal } from "../../lib/equal.ts";
import { uuid } from "../../lib/random.ts";
import { isObject } from "../../schema/clone.ts";
import { convertsOutside, customCodecs } from "../../schema/custom-kind.ts";
import { DecodeError } from "../../schema/decode-place.ts";
import { jsonText } from "../../schema/encode.ts";
import { goType } from "../../schema/go-text.ts";
import type { ApiObject, Kind } from "../../schema/kind.ts";
import { checkAnnotations, checkLabels } from "../../schema/metadata.ts";
import type { StatusError } from "../../schema/status-error.ts";
import type { CustomResourceDefinition } from "../../schema/types/apiextensions-v1.ts";
import { aggregated } from "../admission/refused.ts";
import type { Core } from "../context.ts";
import { answeredValue } from "../outbound-answer.ts";
import { CallError } from "../outbound-json.ts";
import { callsOf } from "../outbound-target.ts";
import { unclassified } from "../scope.ts";

/** Time for one answer, as upstream's client has it. */
const timeoutMs = 30_000;
/** Bytes of objects in one question; a long list is asked about in parts. */
const questionBytesMax = 4 * 1024 * 1024;

/** `kinds` of the definition; where a webhook converts, they know how to ask it. */
export function convertingKinds(
  core: Core,
  definition: CustomResourceDefinition,
  kinds: readonly Kind[],
): readonly Kind[] {
  if (!convertsOutside(definition)) return kinds;
  const convert = conversionOf(core, definition);
  return kinds.map((kind) => ({ ...kind, convert }));
}

type Convert = NonNullable<Kind["convert"]>;

function conversionOf(core: Core, definition: CustomResourceDefinition): Convert {
  const codecs = customCodecs(definition);
  return async (objects, apiVersion) => {
    const codec = codecs.get(apiVersion);
    if (codec === undefined)
      throw unclassified(`request to convert CR to an invalid group/version: ${apiVersion}`);
    const foreign = objects.filter((object) => object.apiVersion !== apiVersion);
    for (const { apiVersion: from = "" } of foreign)
      if (!codecs.has(from))
        throw unclassified(`request to convert CR from an invalid group/version: ${from}`);
    const made = new Map<ApiObject, unknown>();
    for (const part of partsOf(foreign)) {
      const converted = await ask(core, definition, part, apiVersion);
      for (const [i, object] of part.objects.entries()) made.set(object, converted[i]);
    }
    return objects.map((object) => {
      const value = made.has(object) ? made.get(object) : object;
      try {
        return codec.decode(value, {}).object as ApiObject;
      } catch (error) {
        if (error instanceof DecodeError) throw failed(object, error.message);
        throw error;
      }
    });
  };
}

type Part = { readonly objects: ApiObject[]; readonly texts: string[]; bytes: number };

function partsOf(objects: readonly ApiObject[]): Part[] {
  const parts: Part[] = [];
  for (const object of objects) {
    const text = jsonText(object);
    let part = parts.at(-1);
    if (part === undefined || part.bytes + text.length > questionBytesMax) {
      part = { objects: [], texts: [], bytes: 0 };
      parts.push(part);
    }
    part.objects.push(object);
    part.texts.push(text);
    part.bytes += text.length;
  }
  return parts;
}

/** What the webhook made of the objects, with the metadata that it may not change. Throws StatusError(500). */
async function ask(
  core: Core,
  { spec }: CustomResourceDefinition,
  { objects, texts }: Part,
  apiVersion: string,
): Promise<readonly unknown[]> {
  const { clientConfig = {}, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
  const about = objects[0]!;
  const version = conversionReviewVersions.find((one) => one === "v1" || one === "v1beta1");
  if (version === undefined) throw unclassified("no supported conversion review versions");
  const uid = uuid(core.random);
  const body =
    `{"kind":"ConversionReview","apiVersion":"apiextensions.k8s.io/${version}","request":` +
    `{"uid":"${uid}","desiredAPIVersion":${JSON.stringify(apiVersion)},"objects":[${texts.join(",")}]}}`;
  const { json, targets } = callsOf(core);
  try {
    const where = targets.of(clientConfig, `timeout=${timeoutMs / 1000}s`);
    const answer = await json.ask(where, { body, timeoutMs, signal: never });
    const converted = convertedIn(answeredValue(answer), { uid, version });
    if (converted.length !== objects.length)
      throw failure(about, `returned ${converted.length} objects, expected ${objects.length}`);
    const single = objects.length === 1;
    return objects.map((object, i) => checked(object, converted[i], apiVersion, single ? -1 : i));
  } catch (error) {
    if (error instanceof CallError || error instanceof ReviewProblem)
      throw failed(about, error.message);
    throw error;
  }
}

/** A conversion serves all who wait for it: nobody's going away ends it. */
const never = new AbortController().signal;

/** What is wrong with an answer. */
class ReviewProblem extends Error {}

type Question = { readonly uid: string; readonly version: string };

function convertedIn(answer: unknown, { uid, version }: Question): readonly unknown[] {
  const { apiVersion, kind, response } = (isObject(answer) ? answer : {}) as Record<
    string,
    unknown
  >;
  const strict = version === "v1";
  if (strict && (apiVersion !== "apiextensions.k8s.io/v1" || kind !== "ConversionReview"))
    throw new ReviewProblem(
      `expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got ${shownKind(apiVersion, kind)}`,
    );
  if (!isObject(response)) throw new ReviewProblem("no response provided");
  if (strict && response["uid"] !== uid)
    throw new ReviewProblem(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response["uid"] ?? "")}`,
    );
  const { status = "", message = "" } = (response["result"] ?? {}) as Record<string, unknown>;
  if (status !== "Success")
    throw new ReviewProblem(
      message === "" ? `response.result.status was '${status}', not 'Success'` : String(message),
    );
  const { convertedObjects } = response;
  return Array.isArray(convertedObjects) ? convertedObjects : [];
}

function shownKind(apiVersion: unknown, kind: unknown): string {
  const version = typeof apiVersion === "string" ? apiVersion : "";
  return `${version.includes("/") ? version : `/${version}`}, Kind=${kind ?? ""}`;
}

/** `index` -1: the only object. */
function checked(
  original: ApiObject,
  converted: unknown,
  apiVersion: string,
  index: number,
): unknown {
  const refuse = (why: string): StatusError => {
    const where = index < 0 ? "object" : `converted object at index ${index}`;
    return failure(original, `returned invalid ${where}: ${why}`);
  };
  const at = index < 0 ? "object at index 0" : `converted object at index ${index}`;
  const place = (why: string): StatusError => failure(original, `returned invalid ${at}: ${why}`);
  if (!isObject(converted)) throw place("Object 'Kind' is missing");
  if (converted["apiVersion"] !== apiVersion)
    throw place(
      `invalid groupVersion (expected ${apiVersion}, received ${converted["apiVersion"] ?? "/"})`,
    );
  if (converted["kind"] !== original.kind)
    throw place(`invalid kind (expected ${original.kind}, received ${converted["kind"] ?? ""})`);
  const given = converted["metadata"];
  const meta = isObject(given) ? given : {};
  for (const [field, name] of identity)
    if ((meta[field] ?? "") !== (original.metadata[field] ?? ""))
      throw refuse(
        `must have the same ${name}: ${original.metadata[field] ?? ""} != ${meta[field] ?? ""}`,
      );
  return { ...converted, metadata: restored(original, given, index) };
}

const identity = [
  ["name", "name"],
  ["namespace", "namespace"],
  ["uid", "UID"],
] as const;

/** Of the metadata, a conversion may change labels and annotations alone. */
function restored(original: ApiObject, given: unknown, index: number): object {
  const where = index < 0 ? "" : ` in object at index ${index}`;
  const refuse = (why: string): StatusError =>
    failure(original, `returned invalid metadata${where}: ${why}`);
  if (given === undefined) throw refuse("missing metadata in converted object");
  if (!isObject(given))
    throw refuse(`invalid metadata of type ${typeof given} in converted object`);
  const { labels: _labels, annotations: _annotations, ...rest } = original.metadata;
  const kept: Record<string, unknown> = { ...rest };
  for (const field of ["labels", "annotations"] as const) {
    const value = given[field];
    if (value === undefined || value === null) continue;
    if (!isObject(value))
      throw refuse(`invalid metadata.${field} of type ${goType(value)} in converted object`);
    for (const [key, text] of Object.entries(value))
      if (typeof text !== "string")
        throw refuse(
          `metadata.${field}[${key}] must be a string, but is ${goType(text)} in converted object`,
        );
    const problems = equal(value, original.metadata[field])
      ? []
      : checks[field](value as Record<string, string>);
    if (problems.length > 0)
      throw refuse(aggregated(problems.map((one) => `${one.field}: ${one.message}`)));
    kept[field] = value;
  }
  return kept;
}

const checks = {
  labels: (value: Record<string, string>) => checkLabels("metadata.labels", value),
  annotations: (value: Record<string, string>) => checkAnnotations("metadata.annotation", value),
};

const failed = (about: ApiObject, why: string): StatusError => failure(about, `failed: ${why}`);

const failure = ({ apiVersion, kind }: ApiObject, what: string): StatusError =>
  unclassified(`conversion webhook for ${apiVersion}, Kind=${kind} ${what}`);
