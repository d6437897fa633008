// How many requests may be under way at once, and for how long each.
import type { Clock } from "../lib/clock.ts";
import type { Api, ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { StatusError } from "../schema/status-error.ts";
import { errorAnswer, textAnswer } from "./answer.ts";
import { truthy } from "./route.ts";

/** As upstream's defaults. */
export const inFlightLimits = { readsMax: 400, writesMax: 200, requestMsMax: 60_000 } as const;

/** `api` for callers from outside: bounded in number and time, but for what is meant to last. */
export function bounded(api: Api, clock: Clock): Api {
  let reads = 0;
  let writes = 0;
  return async (request) => {
    if (lasts(request)) return api(request);
    const isRead = request.method === "GET" || request.method === "HEAD";
    const full = isRead ? reads >= inFlightLimits.readsMax : writes >= inFlightLimits.writesMax;
    if (full)
      return textAnswer(429, "Too many requests, please try again later.\n", {
        "retry-after": "1",
      });
    if (isRead) reads++;
    else writes++;
    try {
      return await inTime(api, clock, request);
    } finally {
      if (isRead) reads--;
      else writes--;
    }
  };
}

const lasting = /\/(log|exec|attach|portforward|proxy)(\/|$)/;

/** Watches, connections to containers, proxies. */
function lasts({ path, query }: ApiRequest): boolean {
  if (query.includes("watch") && truthy(new URLSearchParams(query).get("watch"))) return true;
  return path.includes("/watch/") || lasting.test(path);
}

function inTime(api: Api, clock: Clock, request: ApiRequest): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
  const cancel = clock.after(inFlightLimits.requestMsMax, () => {
    errorAnswer(late(), request).then(resolve, reject);
  });
  api(request).then(resolve, reject);
  return promise.finally(cancel);
}

const late = (): StatusError =>
  new StatusError(
    504,
    "Timeout",
    "Timeout: request did not complete within the allotted timeout",
    {},
  );
