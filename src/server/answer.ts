// Answers that are not objects of a kind: errors, Status, texts and documents.
import type { ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { badRequest, type Status, StatusError } from "../schema/status-error.ts";
import { StoreError } from "../store/store.ts";
import { Refusal } from "./auth/authorize.ts";
import { mediaTypes, type Output, outputFor, plainOffer, wantsPretty } from "./negotiate.ts";
import { encodeAs } from "./represent.ts";

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A StatusError as it stands; anything else is our own fault and says no more than that. */
export function errorAnswer(error: unknown, request: ApiRequest): Promise<ApiResponse> {
  const status = statusOf(error);
  const retry = status.details?.retryAfterSeconds ?? 0;
  return statusAnswer(status, request, {
    ...(retry > 0 && { "retry-after": String(retry) }),
    ...(error instanceof Refusal && { "x-content-type-options": "nosniff" }),
  });
}

/** A Status in the form that the caller accepts; pretty JSON for one who accepts none of ours. */
export async function statusAnswer(
  status: Status,
  request: ApiRequest,
  headers: Headers = {},
): Promise<ApiResponse> {
  const code = status.code ?? 200;
  if (request.wantsObjects)
    return { status: code, headers, body: { is: "object", object: status } };
  const output = outputFor(request.headers["accept"], plainOffer);
  if (output === undefined) return documentAnswer(status, rawOutput, { code, headers });
  const pretty = output.pretty || wantsPretty(request.query, request.headers["user-agent"]);
  return documentAnswer(status, { ...output, pretty }, { code, headers });
}

/** Any API type without a kind of its own (Status, discovery, versions). */
export async function documentAnswer(
  document: object,
  output: Output,
  { code = 200, headers = {} }: { code?: number; headers?: Headers } = {},
): Promise<ApiResponse> {
  return {
    status: code,
    headers: { ...headers, "content-type": mediaTypes[output.media] },
    body: { is: "bytes", chunks: [await encodeAs(document, output)] },
  };
}

/** Plain text, as health checks and Go's own pages answer. */
export function textAnswer(code: number, text: string, headers: Headers = {}): ApiResponse {
  return {
    status: code,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      ...headers,
    },
    body: { is: "bytes", chunks: [Buffer.from(text)] },
  };
}

const rawOutput: Output = { media: "json", pretty: true };

function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.toStatus();
  if (error instanceof StoreError) return storeStatus(error).toStatus();
  return new StatusError(
    500,
    "InternalError",
    `Internal error occurred: ${error instanceof Error ? error.message : error}`,
    { causes: [{ reason: "", message: error instanceof Error ? error.message : String(error) }] },
  ).toStatus();
}

/** What the store cannot do, in terms that clients know: whether to try again, and when. */
function storeStatus({ code, message }: StoreError): StatusError {
  switch (code) {
    case "too-large":
      return new StatusError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
    case "bad-key":
      return badRequest(message);
    case "full":
      return new StatusError(507, "InsufficientStorage", message, { retryAfterSeconds: 1 });
    default:
      return new StatusError(503, "ServiceUnavailable", message, { retryAfterSeconds: 1 });
  }
}

export const pageNotFound = (): ApiResponse => textAnswer(404, "404 page not found\n");

export const resourceNotFound = (): StatusError =>
  new StatusError(404, "NotFound", "the server could not find the requested resource", {});

export const methodNotAllowed = (): StatusError =>
  new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
