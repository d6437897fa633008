// Deletes signing requests that nobody needs any more: answered an hour ago, or unanswered for a day.
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { certificateSigningRequests } from "../../schema/resources.ts";
import { timeMs } from "../../schema/time.ts";
import type { CertificateSigningRequest } from "../../schema/types/certificates-v1.ts";
import type { Parts, Running } from "../parts.ts";

/** Upstream's lives of an answered and of an unanswered request. */
const answeredMs = 3_600_000;
const pendingMs = 24 * 3_600_000;

/** When the request may go (ms); undefined when that cannot be told yet. */
function endOf({ metadata, status }: CertificateSigningRequest): number | undefined {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return after(metadata.creationTimestamp, pendingMs);
  const ends = conditions.flatMap(({ type, lastUpdateTime }) => {
    if (type !== "Approved" && type !== "Denied" && type !== "Failed") return [];
    const isAnswer = type !== "Approved" || Boolean(status?.certificate);
    const end = after(lastUpdateTime, isAnswer ? answeredMs : pendingMs);
    return end === undefined ? [] : [end];
  });
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function after(time: string | undefined, lifeMs: number): number | undefined {
  const start = timeMs(time);
  return start === undefined ? undefined : start + lifeMs;
}

export function reconcileOld(observed: {
  request: CertificateSigningRequest;
  now: number;
}): Action[] {
  const { request, now } = observed;
  const { name = "", uid = "", deletionTimestamp } = request.metadata;
  const end = endOf(request);
  if (end === undefined || deletionTimestamp) return [];
  if (end > now) return [{ do: "again", afterMs: end - now }];
  return [{ do: "delete", resource: certificateSigningRequests, ref: { name }, uid }];
}

export function startCertificateCleaner(parts: Parts): Running {
  const cache = parts.caches.of(certificateSigningRequests);
  return startController({
    ...parts,
    name: "csrcleaner",
    sources: [source(cache, ownKey)],
    observe(name) {
      const request = cache.get({ name });
      return request && { request, now: parts.clock.now() };
    },
    reconcile: reconcileOld,
  });
}
