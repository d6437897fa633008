import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { undefinedIfNotFound } from "../../client/refusal.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import {
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from "../../schema/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../schema/types/core-v1.ts";
import { bindCompleted, isAnnotated } from "../../schema/volume-match.ts";
import type { Parts, Running } from "../parts.ts";
import { reconcileClaim } from "./claim.ts";
import { reconcileVolume } from "./volume.ts";

/** Index function: a pod under the claims that it uses, also those that are made for it. */
export const byClaim = ({ metadata, spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim) return [`${metadata.namespace}/${persistentVolumeClaim.claimName}`];
    return ephemeral ? [`${metadata.namespace}/${metadata.name}-${name}`] : [];
  });

export function startVolumeBinder(parts: Parts): Running {
  const { caches } = parts;
  const claims = caches.of(persistentVolumeClaims);
  const volumes = caches.of(persistentVolumes);
  const classes = caches.of(storageClasses);
  const podCache = caches.of(pods, { indexes: { byClaim } });

  const unbound = (): string[] =>
    claims
      .list()
      .filter((claim) => !isAnnotated(claim, bindCompleted))
      .map(keyOf);

  /** The claim that a volume names; a volume that is free may be what any other waits for. */
  function claimsOfVolume({ old, next }: Change<PersistentVolume>): string[] {
    const refs = [old?.spec.claimRef, next?.spec.claimRef].filter((ref) => ref?.name);
    const named = refs.map((ref) => `${ref?.namespace}/${ref?.name}`);
    return next && !next.spec.claimRef ? [...named, ...unbound()] : named;
  }

  function volumesOfClaim({ old, next }: Change<PersistentVolumeClaim>): string[] {
    const names = [old?.spec.volumeName, next?.spec.volumeName].filter((name) => name);
    return names as string[];
  }

  const claimController = startController({
    ...parts,
    name: "persistentvolume-claims",
    sources: [
      source(claims, ownKey),
      source(volumes, claimsOfVolume),
      source(classes, unbound),
      source(podCache, ({ old, next }) => (old ? [] : next ? byClaim(next) : [])),
    ],
    observe(key) {
      const claim = claims.get(refOfKey(key));
      if (!claim) return undefined;
      return {
        claim,
        volumes: volumes.list(),
        classes: classes.list(),
        pods: podCache.by("byClaim", key),
      };
    },
    reconcile: reconcileClaim,
    // One after the other, so that two claims do not reach for the same volume.
    workers: 1,
  });
  const volumeController = startController({
    ...parts,
    name: "persistentvolume-volumes",
    sources: [source(volumes, ownKey), source(claims, volumesOfClaim)],
    observe(name) {
      const volume = volumes.get({ name });
      const ref = volume?.spec.claimRef;
      if (!volume) return undefined;
      const claim = ref?.name
        ? claims.get({ namespace: ref.namespace, name: ref.name })
        : undefined;
      return { volume, claim: claim?.metadata.uid === ref?.uid ? claim : undefined };
    },
    async reconcile(observed) {
      const ref = observed.volume.spec.claimRef;
      const { phase } = observed.volume.status ?? {};
      if (observed.claim || !ref?.uid || phase === "Released" || phase === "Failed")
        return reconcileVolume(observed);
      // Before a volume is given up the server is asked, in case it is our view that is old.
      const { namespace, name = "" } = ref;
      const found = await parts.client
        .get(persistentVolumeClaims, { namespace, name })
        .catch(undefinedIfNotFound);
      const claim = found?.metadata.uid === ref.uid ? found : undefined;
      return reconcileVolume({ ...observed, claim });
    },
  });
  return {
    async stop() {
      await Promise.all([claimController.stop(), volumeController.stop()]);
    },
  };
}
