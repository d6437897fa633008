// How long a request from outside may take: a minute, or less where the caller says so.
import type { Clock } from "../lib/clock.ts";
import type { Api, ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { durationNanos } from "../schema/decode-duration.ts";
import { badRequest, StatusError } from "../schema/status-error.ts";
import { errorAnswer } from "./answer.ts";
import { lasts } from "./fairness/turn.ts";
import { truthy } from "./route.ts";

/** As upstream's default. */
export const requestMsMax = 60_000;

/** `api` with a bound on the time of each answer, but for what is meant to last. */
export function inTime(api: Api, clock: Clock): Api {
  return async (request) => {
    if (goesOn(request)) return api(request);
    let ms = requestMsMax;
    if (request.query.includes("timeout=")) {
      try {
        ms = askedMs(request.query);
      } catch (error) {
        return errorAnswer(error, request);
      }
    }
    const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
    const cancel = clock.after(ms, () => errorAnswer(late(), request).then(resolve, reject));
    api(request).then(resolve, reject);
    return promise.finally(cancel);
  };
}

/** Watches, connections to containers, proxies. */
function goesOn(request: ApiRequest): boolean {
  const { path, query } = request;
  if (query.includes("watch") && truthy(new URLSearchParams(query).get("watch"))) return true;
  return path.includes("/watch/") || lasts(request);
}

/** The time that the caller gives, at most ours; none or nothing is ours. Throws StatusError(400). */
function askedMs(query: string): number {
  const text = new URLSearchParams(query).get("timeout") ?? "";
  if (text === "") return requestMsMax;
  const ms = asMs(text);
  return ms > 0 && ms < requestMsMax ? ms : requestMsMax;
}

function asMs(text: string): number {
  try {
    return Number(durationNanos(text)) / 1e6;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`invalid timeout specified in the request URL - ${why}`);
  }
}

const late = (): StatusError =>
  new StatusError(
    504,
    "Timeout",
    "Timeout: request did not complete within the allotted timeout",
    {},
  );
