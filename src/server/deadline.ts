// How long a request from outside may take: a minute, or less where the caller says so.
import type { Clock } from "../lib/clock.ts";
import { type Random, uuid } from "../lib/random.ts";
import type { Api, ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { durationNanos } from "../schema/decode-duration.ts";
import { badRequest, StatusError } from "../schema/status-error.ts";
import { lasts } from "./fairness/turn.ts";
import { truthy } from "./route.ts";

/** As upstream's default. */
const requestMsMax = 60_000;

/** `api` with a bound on the time of each answer, but for what is meant to last. */
export function inTime(api: Api, clock: Clock, random: Random): Api {
  return (request) => {
    const ms = timeOf(request);
    if (ms === undefined) return api(request);
    const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
    const cancel = clock.after(ms, () => resolve(late(uuid(random))));
    api(request).then(resolve, reject);
    return promise.finally(cancel);
  };
}

/** Undefined: no bound, or a wish that `checkTimeout` refuses. */
function timeOf(request: ApiRequest): number | undefined {
  if (goesOn(request)) return undefined;
  if (!request.query.includes("timeout=")) return requestMsMax;
  try {
    return askedMs(request.query);
  } catch {
    return undefined;
  }
}

/** Throws StatusError(400) for a time that is none. */
export function checkTimeout(request: ApiRequest): void {
  if (request.query.includes("timeout=") && !goesOn(request)) askedMs(request.query);
}

/** Watches, connections to containers, proxies. */
function goesOn(request: ApiRequest): boolean {
  const { path, query } = request;
  if (query.includes("watch") && truthy(new URLSearchParams(query).get("watch"))) return true;
  return path.includes("/watch/") || lasts(request);
}

/** The time that the caller gives, at most ours; none or nothing is ours. */
function askedMs(query: string): number {
  const text = new URLSearchParams(query).get("timeout") ?? "";
  if (text === "") return requestMsMax;
  try {
    const ms = Number(durationNanos(text)) / 1e6;
    return ms > 0 && ms < requestMsMax ? ms : requestMsMax;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`invalid timeout specified in the request URL - ${why}`);
  }
}

/** Upstream's filter writes a Status by hand, without its kind. */
function late(auditId: string): ApiResponse {
  const message = "Timeout: request did not complete within the allotted timeout";
  const {
    apiVersion: _,
    kind: __,
    ...status
  } = new StatusError(504, "Timeout", message, {}).toStatus();
  return {
    status: 504,
    headers: {
      "audit-id": auditId,
      "cache-control": "no-cache, private",
      "content-type": "text/plain; charset=utf-8",
    },
    body: { is: "bytes", chunks: [Buffer.from(JSON.stringify(status))] },
  };
}
