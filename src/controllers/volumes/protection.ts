// Claims and volumes that are in use are not removed before they are not: a finalizer holds them.
import { refOfKey } from "../../client/key.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import type { ApiObject } from "../../schema/kind.ts";
import type { Resource } from "../../schema/resource.ts";
import { persistentVolumeClaims, persistentVolumes, pods } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";
import type { Parts, Running } from "../parts.ts";
import { isTerminal } from "../pods.ts";
import { byClaim } from "./binder.ts";

const claimFinalizer = "kubernetes.io/pvc-protection";
const volumeFinalizer = "kubernetes.io/pv-protection";

/** Adds the finalizer to what lives, and takes it from what is deleted and not used. */
export function protect(
  resource: Resource<ApiObject>,
  object: ApiObject,
  finalizer: string,
  isUsed: boolean,
): Action[] {
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const has = finalizers.includes(finalizer);
  const shallHave = !deletionTimestamp || (has && isUsed);
  if (has === shallHave) return [];
  const next = has ? finalizers.filter((f) => f !== finalizer) : [...finalizers, finalizer];
  const metadata = { ...object.metadata, finalizers: next };
  return [{ do: "update", resource, object: { ...object, metadata } }];
}

function reconcileClaimUse(observed: {
  claim: PersistentVolumeClaim;
  /** Pods that use the claim. */
  pods: readonly Pod[];
  now: number;
}): Action[] {
  const { claim, pods: users, now } = observed;
  // A pod without a node cannot get one while its claim is being deleted.
  const isUsed = users.some((pod) => pod.spec.nodeName);
  const writes = protect(persistentVolumeClaims, claim, claimFinalizer, isUsed);
  const isBound = claim.status?.phase === "Bound" && !claim.metadata.deletionTimestamp;
  if (writes.length > 0 || !isBound) return writes;
  const isUnused = !users.some((pod) => !isTerminal(pod));
  return markUse(claim, isUnused, now);
}

function markUse(claim: PersistentVolumeClaim, isUnused: boolean, now: number): Action[] {
  const old = conditionOf(claim.status?.conditions, "Unused");
  const status = isUnused ? "True" : "False";
  if (old?.status === status) return [];
  const condition = {
    type: "Unused",
    status,
    lastTransitionTime: printTime(now),
    reason: isUnused ? "NoPodsUsingPVC" : "PodUsingPVC",
    message: isUnused
      ? "No pods are currently referencing this PVC"
      : "A pod is currently referencing this PVC",
  };
  const others = (claim.status?.conditions ?? []).filter((c) => c !== old);
  return [
    {
      do: "setStatus",
      resource: persistentVolumeClaims,
      object: claim,
      status: { ...claim.status, conditions: [...others, condition] },
    },
  ];
}

const reconcileVolumeUse = (volume: PersistentVolume): Action[] =>
  protect(persistentVolumes, volume, volumeFinalizer, volume.status?.phase === "Bound");

export function startClaimProtection(parts: Parts): Running {
  const cache = parts.caches.of(persistentVolumeClaims);
  const podCache = parts.caches.of(pods, { indexes: { byClaim } });
  return startController({
    ...parts,
    name: "pvc-protection",
    sources: [
      source(cache, ownKey),
      source(podCache, ({ old, next }) => {
        const isSame = old && next && isTerminal(old) === isTerminal(next);
        return isSame ? [] : byClaim((next ?? old)!);
      }),
    ],
    observe(key) {
      const claim = cache.get(refOfKey(key));
      return claim && { claim, pods: podCache.by("byClaim", key), now: parts.clock.now() };
    },
    reconcile: reconcileClaimUse,
  });
}

export function startVolumeProtection(parts: Parts): Running {
  const cache = parts.caches.of(persistentVolumes);
  return startController({
    ...parts,
    name: "pv-protection",
    sources: [source(cache, ownKey)],
    observe: (name) => cache.get({ name }),
    reconcile: reconcileVolumeUse,
  });
}
