// Deletes requests for pods' certificates that are a quarter of an hour old: every signer has answered by then, and the
// node that asked has what it needs.

import { refOfKey } from "../../client/key.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { podCertificateRequests } from "../../schema/resources.ts";
import { timeMs } from "../../schema/time.ts";
import type { PodCertificateRequest } from "../../schema/types/certificates-v1.ts";
import type { Parts, Running } from "../parts.ts";

/** Upstream's life of a request; it looks each five minutes. */
const lifeMs = 15 * 60_000;

export function reconcilePodRequest(observed: {
  request: PodCertificateRequest;
  now: number;
}): Action[] {
  const { name = "", namespace = "", uid = "", creationTimestamp } = observed.request.metadata;
  const since = timeMs(creationTimestamp);
  if (since === undefined) return [];
  const leftMs = since + lifeMs - observed.now;
  if (leftMs > 0) return [{ do: "again", afterMs: leftMs }];
  return [{ do: "delete", resource: podCertificateRequests, ref: { namespace, name }, uid }];
}

export function startPodRequestCleaner(parts: Parts): Running {
  const cache = parts.caches.of(podCertificateRequests);
  return startController({
    ...parts,
    name: "podcertificaterequestcleaner",
    sources: [source(cache, ownKey)],
    observe(key) {
      const request = cache.get(refOfKey(key));
      return request && { request, now: parts.clock.now() };
    },
    reconcile: reconcilePodRequest,
  });
}
