// Tokens of older clusters that were made for every service account, whether anybody wanted them or not: what nobody has
// used for a year is marked, and goes a year later. Who still needs one in between removes the mark.
import { refOfKey } from "../../client/key.ts";
import { undefinedIfNotFound } from "../../client/refusal.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { podSecrets } from "../../schema/pod-references.ts";
import { configMaps, pods, secrets, serviceAccounts } from "../../schema/resources.ts";
import { timeMs } from "../../schema/time.ts";
import type { Secret, ServiceAccount } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";

const tokenType = "kubernetes.io/service-account-token";
const accountKey = "kubernetes.io/service-account.name";
const accountUidKey = "kubernetes.io/service-account.uid";
const lastUsedLabel = "kubernetes.io/legacy-token-last-used";
const invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since";

/** Where the servers say since when they note uses. */
const trackingRef = {
  namespace: "kube-system",
  name: "kube-apiserver-legacy-service-account-token-tracking",
};

const dayMs = 24 * 3600_000;
/** Upstream's default: unused for so long. */
const unusedMs = 365 * dayMs;
/** Each token is looked at so often. */
const lookMs = dayMs;

export type UnusedToken = {
  readonly secret: Secret;
  readonly account: ServiceAccount | undefined;
  readonly isMounted: boolean;
  /** The first day of which every use is known for certain (ms); undefined when that is not known. */
  readonly trackedSinceMs: number | undefined;
  readonly now: number;
};

/** Whether the token is old and unused enough to ask for more; cheap. */
function isSuspect(secret: Secret, now: number): boolean {
  const { creationTimestamp, deletionTimestamp, labels } = secret.metadata;
  const madeMs = timeMs(creationTimestamp);
  if (madeMs === undefined || madeMs >= now - unusedMs || deletionTimestamp) return false;
  const lastUsed = labels?.[lastUsedLabel];
  return lastUsed === undefined || (isDay(lastUsed) && lastUsed < dayOf(now - unusedMs));
}

export function reconcileUnused(observed: UnusedToken): Action[] {
  const { secret, account, isMounted, trackedSinceMs, now } = observed;
  const again: Action = { do: "again", afterMs: lookMs };
  if (!isSuspect(secret, now)) return [again];
  if (trackedSinceMs === undefined || now < trackedSinceMs + unusedMs) return [again];
  const { namespace, name = "", uid = "", labels, resourceVersion } = secret.metadata;
  // Others were made by hand, by somebody who wanted them.
  const isAutomatic = account?.secrets?.some((ref) => ref.name === name) ?? false;
  if (!account || !isOf(secret, account) || !isAutomatic || isMounted) return [again];
  const resource = secrets;
  const ref = { namespace, name };
  const invalidSince = labels?.[invalidSinceLabel];
  if (!isDay(invalidSince)) {
    const patch = { metadata: { uid, labels: { [invalidSinceLabel]: dayOf(now) } } };
    return [{ do: "patch", resource, ref, type: "merge", patch, isOptional: true }, again];
  }
  if (invalidSince >= dayOf(now - unusedMs)) return [again];
  return [{ do: "delete", resource, ref, uid, ...(resourceVersion ? { resourceVersion } : {}) }];
}

/** The day after the one that is written down: on that one, some uses may not have been noted yet. */
export const trackedSince = (day: string | undefined): number | undefined =>
  isDay(day) ? Date.parse(day) + dayMs : undefined;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const isDay = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

function isOf({ metadata }: Secret, account: ServiceAccount): boolean {
  const uid = metadata.annotations?.[accountUidKey];
  return !uid || uid === account.metadata.uid;
}

export function startUnusedTokens(parts: Parts): Running {
  const { caches, client, clock } = parts;
  const cache = caches.of(secrets, { fieldSelector: `type=${tokenType}` });
  const accounts = caches.of(serviceAccounts);
  const podCache = caches.of(pods);
  const isMounted = (namespace: string, name: string): boolean =>
    podCache.list(namespace).some((pod) => [...podSecrets(pod)].includes(name));
  return startController<Secret>({
    ...parts,
    name: "legacy-service-account-token-cleaner",
    sources: [source(cache, ownKey)],
    reads: [accounts, podCache],
    observe: (key) => cache.get(refOfKey(key)),
    async reconcile(secret) {
      const now = clock.now();
      const { namespace = "", name = "", annotations } = secret.metadata;
      const common = { secret, now };
      if (!isSuspect(secret, now)) {
        const nothing = { account: undefined, isMounted: false, trackedSinceMs: undefined };
        return reconcileUnused({ ...common, ...nothing });
      }
      const owner = annotations?.[accountKey];
      const account = owner ? accounts.get({ namespace, name: owner }) : undefined;
      const tracking = await client.get(configMaps, trackingRef).catch(undefinedIfNotFound);
      const trackedSinceMs = trackedSince(tracking?.data?.["since"]);
      return reconcileUnused({
        ...{ ...common, account, trackedSinceMs },
        isMounted: isMounted(namespace, name),
      });
    },
  });
}
