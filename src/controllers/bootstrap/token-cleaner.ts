// Deletes the tokens with which nodes join (`coxswain token`) once they have expired.
import { refOfKey } from "../../client/key.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { secrets } from "../../schema/resources.ts";
import { timeMs } from "../../schema/time.ts";
import type { Secret } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";

const tokenType = "bootstrap.kubernetes.io/token";

export function reconcileToken({ secret, now }: { secret: Secret; now: number }): Action[] {
  const { namespace, name = "", uid = "", deletionTimestamp } = secret.metadata;
  const text = secret.data?.["expiration"];
  if (secret.type !== tokenType || text === undefined || deletionTimestamp) return [];
  // A time that cannot be read counts as gone by, as upstream: such a token opens nothing.
  const end = timeMs(atob(text)) ?? now;
  if (end > now) return [{ do: "again", afterMs: end - now }];
  return [{ do: "delete", resource: secrets, ref: { namespace, name }, uid }];
}

export function startTokenCleaner(parts: Parts): Running {
  const cache = parts.caches.of(secrets, {
    namespace: "kube-system",
    fieldSelector: `type=${tokenType}`,
  });
  return startController({
    ...parts,
    name: "token-cleaner",
    sources: [source(cache, ownKey)],
    observe(key) {
      const secret = cache.get(refOfKey(key));
      return secret && { secret, now: parts.clock.now() };
    },
    reconcile: reconcileToken,
  });
}
