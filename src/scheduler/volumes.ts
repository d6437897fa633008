// What a pod's persistent volume claims say about where it may run.
import type { Cache } from "../client/cache.ts";
import { nodeMatch } from "../schema/node-selection.ts";
import type { PersistentVolume, PersistentVolumeClaim, Volume } from "../schema/types/core-v1.ts";
import type { StorageClass } from "../schema/types/storage-v1.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodAsk } from "./pod-ask.ts";

export type VolumeCaches = {
  claims: Cache<PersistentVolumeClaim>;
  volumes: Cache<PersistentVolume>;
  classes: Cache<StorageClass>;
};

type Found = { name: string; claim: PersistentVolumeClaim | undefined };

function claimsOf(ask: PodAsk, { claims }: VolumeCaches): Found[] {
  return (ask.pod.spec.volumes ?? []).flatMap((volume: Volume) => {
    const name =
      volume.persistentVolumeClaim?.claimName ??
      (volume.ephemeral ? `${ask.pod.metadata.name}-${volume.name}` : undefined);
    return name === undefined
      ? []
      : [{ name, claim: claims.get({ namespace: ask.namespace, name }) }];
  });
}

/** Worded as upstream; undefined when the claims keep the pod from no node. */
export function volumeProblem(ask: PodAsk, caches: VolumeCaches): string | undefined {
  for (const { name, claim } of claimsOf(ask, caches)) {
    if (!claim) return `persistentvolumeclaim "${name}" not found`;
    if (claim.status?.phase === "Lost") {
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName}"`;
    }
    if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`;
    if (!isBound(claim) && !waitsForPod(claim, caches)) {
      return "pod has unbound immediate PersistentVolumeClaims";
    }
  }
  return undefined;
}

const isBound = (claim: PersistentVolumeClaim): boolean =>
  claim.spec.volumeName !== undefined && claim.status?.phase === "Bound";

/** `volumeBindingMode: WaitForFirstConsumer`: the volume is made once the pod has a node. */
function waitsForPod(claim: PersistentVolumeClaim, { classes }: VolumeCaches): boolean {
  const name = claim.spec.storageClassName ?? "";
  return classes.get({ name })?.volumeBindingMode === "WaitForFirstConsumer";
}

/** Claims that must be told the node before the pod can be bound to it. */
export const claimsToTell = (ask: PodAsk, caches: VolumeCaches): PersistentVolumeClaim[] =>
  claimsOf(ask, caches).flatMap(({ claim }) => (claim && !isBound(claim) ? [claim] : []));

/** Nodes from which the bound volumes can be reached; undefined: all. */
export function volumeNodes(
  ask: PodAsk,
  caches: VolumeCaches,
): ((node: NodeInfo) => boolean) | undefined {
  const matches = claimsOf(ask, caches).flatMap(({ claim }) => {
    const required = caches.volumes.get({ name: claim?.spec.volumeName ?? "" })?.spec?.nodeAffinity
      ?.required;
    return required ? [nodeMatch(required)] : [];
  });
  return matches.length === 0 ? undefined : (node) => matches.every((m) => m(node));
}
