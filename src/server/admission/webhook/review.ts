// The question to an admission webhook and its answer (AdmissionReview), as they go over the wire.
import { uuid } from "../../../lib/random.ts";
import { isObject } from "../../../schema/clone.ts";
import type { ApiObject, Kind } from "../../../schema/kind.ts";
import type { AdmissionResponse } from "../../../schema/types/admission-v1.ts";
import { codecOf } from "../../codec.ts";
import { CallError } from "../../outbound-json.ts";
import { type Asked, bodyKindOf, type Versioned } from "../attributes.ts";
import { userInfoOf } from "../user-info.ts";

const known = ["v1", "v1beta1"];

/** The first version of the review that the webhook takes and we know; undefined for none. */
export const reviewVersion = (versions: readonly string[]): string | undefined =>
  versions.find((version) => known.includes(version));

export type Review = { readonly uid: string; readonly version: string; readonly body: string };

export function reviewOf(
  asked: Asked,
  versioned: Versioned,
  as: Kind | undefined,
  version: string,
): Review {
  const { core, context, write, name, namespace } = asked;
  const { subresource } = context.attributes;
  const uid = uuid(core.random);
  const head = JSON.stringify({
    uid,
    kind: versioned.kind,
    resource: versioned.resource,
    ...(subresource === "" ? {} : { subResource: subresource }),
    requestKind: asked.kind,
    requestResource: asked.resource,
    ...(subresource === "" ? {} : { requestSubResource: subresource }),
    ...(name === "" ? {} : { name }),
    ...(namespace === "" ? {} : { namespace }),
    operation: write.operation,
    userInfo: userInfoOf(context.identity),
  });
  const kind = as ?? bodyKindOf(asked);
  const body =
    `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/${version}","request":` +
    `${head.slice(0, -1)},"object":${textOf(kind, versioned.object)},` +
    `"oldObject":${textOf(kind, versioned.old)},"dryRun":${write.dryRun},` +
    `"options":${Object.keys(write.options).length === 0 ? "null" : JSON.stringify(write.options)}}}`;
  return { uid, version, body };
}

/** Several webhooks are shown the same old object; what is frozen is written once. */
const texts = new WeakMap<ApiObject, string>();

function textOf(kind: Kind | undefined, object: ApiObject | undefined): string {
  if (object === undefined) return "null";
  const frozen = Object.isFrozen(object);
  const written = frozen ? texts.get(object) : undefined;
  if (written !== undefined) return written;
  const text = kind === undefined ? JSON.stringify(object) : codecOf(kind).encode(object);
  if (frozen) texts.set(object, text);
  return text;
}

/** What a webhook said. `patch` is the text of a JSON patch. */
export type Verdict = {
  readonly allowed: boolean;
  readonly status: Readonly<Record<string, unknown>> | undefined;
  readonly patch: string;
  readonly patchType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
};

/** What is wrong with an answer, worded as upstream's. */
export class ReviewError extends Error {
  override name = "ReviewError";
}

/** Throws a ReviewError for what is no answer to `review`, a CallError for what is no review at all. */
export function verdictOf(answer: Answer, review: Review, mutating: boolean): Verdict {
  const { apiVersion = "", kind = "" } = answer;
  checkKind(apiVersion, kind, review.version);
  const response = responseIn(answer);
  const strict = review.version === "v1";
  if (strict && response.uid !== review.uid)
    throw new ReviewError(
      `expected response.uid=${JSON.stringify(review.uid)}, got ${JSON.stringify(response.uid ?? "")}`,
    );
  if (strict && (apiVersion !== "admission.k8s.io/v1" || kind !== "AdmissionReview"))
    throw new ReviewError(
      `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${shown(apiVersion, kind)}`,
    );
  return {
    allowed: response.allowed === true,
    status: isObject(response.status) ? response.status : undefined,
    ...patchOf(response, strict, mutating),
    annotations: isObject(response.auditAnnotations) ? response.auditAnnotations : {},
    warnings: Array.isArray(response.warnings) ? response.warnings.map(String) : [],
  };
}

/** A document that says that it is something else cannot be read as a review. */
function checkKind(apiVersion: unknown, kind: unknown, version: string): void {
  if (apiVersion === "" || kind === "") return;
  if (apiVersion === `admission.k8s.io/${version}` && kind === "AdmissionReview") return;
  const other = known.find((one) => apiVersion === `admission.k8s.io/${one}`);
  if (other !== undefined && kind === "AdmissionReview")
    throw new CallError(
      `converting (${other}.AdmissionReview) to (${version}.AdmissionReview): unknown conversion`,
    );
  throw new CallError(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
  );
}

function responseIn({ response }: Answer): Partial<AdmissionResponse> {
  if (!isObject(response)) throw new ReviewError("webhook response was absent");
  for (const [field, type] of [
    ["uid", "string"],
    ["allowed", "boolean"],
    ["patch", "string"],
    ["patchType", "string"],
  ] as const) {
    const value: unknown = response[field];
    if (value === undefined || value === null || typeof value === type) continue;
    const found =
      typeof value === "boolean" ? "bool" : Array.isArray(value) ? "array" : typeof value;
    throw new CallError(
      `json: cannot unmarshal ${found} into Go struct field AdmissionResponse.response.${field} of type ${goTypes[field]}`,
    );
  }
  return response;
}

const goTypes = { uid: "types.UID", allowed: "bool", patch: "[]uint8", patchType: "v1.PatchType" };

export type Answer = {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly response?: Partial<AdmissionResponse>;
};

function shown(apiVersion: unknown, kind: unknown): string {
  const version = typeof apiVersion === "string" ? apiVersion : "";
  return `${version.includes("/") ? version : `/${version}`}, Kind=${kind ?? ""}`;
}

function patchOf(
  { patch, patchType }: Partial<AdmissionResponse>,
  strict: boolean,
  mutating: boolean,
): Pick<Verdict, "patch" | "patchType"> {
  const given = typeof patch === "string" ? patch : "";
  const hasType = patchType !== undefined && patchType !== null;
  if (!strict) {
    const text = mutating ? decoded(given) : "";
    return { patch: text, patchType: text === "" ? "" : "JSONPatch" };
  }
  if (!mutating && given !== "")
    throw new ReviewError("validating webhook may not return response.patch");
  if (!mutating && hasType)
    throw new ReviewError("validating webhook may not return response.patchType");
  if (given !== "" && !hasType)
    throw new ReviewError("webhook returned response.patch but not response.patchType");
  if (given === "" && hasType)
    throw new ReviewError("webhook returned response.patchType but not response.patch");
  if (hasType && patchType === "")
    throw new ReviewError(`webhook returned invalid response.patchType of ""`);
  return { patch: decoded(given), patchType: patchType ?? "" };
}

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString();
