// What a pod's persistent volume claims say about where it may run, and which volumes they would get there.
import type { Cache } from "../client/cache.ts";
import { keyOf } from "../client/key.ts";
import { nodeMatch, requirementMatch } from "../schema/node-selection.ts";
import { compareQuantities } from "../schema/quantity.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  TopologySelectorTerm,
  Volume,
} from "../schema/types/core-v1.ts";
import type { StorageClass } from "../schema/types/storage-v1.ts";
import { bestVolume, classOf, wishOf } from "../schema/volume-match.ts";
import type { Check } from "./filter.ts";
import type { Labels } from "./labels.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodAsk } from "./pod-ask.ts";

export type VolumeCaches = {
  claims: Cache<PersistentVolumeClaim>;
  volumes: Cache<PersistentVolume>;
  classes: Cache<StorageClass>;
  /** Volumes that a binding under way has chosen, with the claim's key: not to be chosen for another. */
  chosen: Map<string, string>;
};

/** Upstream's annotation that tells who makes volumes where a claim will be used. */
export const selectedNode = "volume.kubernetes.io/selected-node";

/** A class with this provisioner has only volumes that somebody made by hand. */
const noProvisioner = "kubernetes.io/no-provisioner";

const conflict = {
  affinity: "node(s) didn't match PersistentVolume's node affinity",
  none: "node(s) didn't find available persistent volumes to bind",
  lost: "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",
};

type Found = { name: string; claim: PersistentVolumeClaim | undefined; isEphemeral: boolean };

function claimsOf(ask: PodAsk, { claims }: VolumeCaches): Found[] {
  return (ask.pod.spec.volumes ?? []).flatMap((volume: Volume) => {
    const isEphemeral = volume.ephemeral !== undefined;
    const name =
      volume.persistentVolumeClaim?.claimName ??
      (isEphemeral ? `${ask.pod.metadata.name}-${volume.name}` : undefined);
    return name === undefined
      ? []
      : [{ name, isEphemeral, claim: claims.get({ namespace: ask.namespace, name }) }];
  });
}

/** Worded as upstream; undefined when the claims let the pod's nodes be looked at. */
export function volumeProblem(ask: PodAsk, caches: VolumeCaches): string | undefined {
  for (const { name, claim, isEphemeral } of claimsOf(ask, caches)) {
    if (!claim) {
      return isEphemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
        : `persistentvolumeclaim "${name}" not found`;
    }
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

export const exclusiveClaims = (ask: PodAsk, caches: VolumeCaches): string[] =>
  claimsOf(ask, caches)
    .filter(({ claim }) => claim?.spec.accessModes?.includes("ReadWriteOncePod"))
    .map(({ name }) => name);

const isBound = (claim: PersistentVolumeClaim): boolean =>
  claim.spec.volumeName !== undefined && claim.status?.phase === "Bound";

const classNamed = (claim: PersistentVolumeClaim, { classes }: VolumeCaches) =>
  classes.get({ name: classOf(claim) });

/** `volumeBindingMode: WaitForFirstConsumer`: the volume is chosen or made once the pod has a node. */
const waitsForPod = (claim: PersistentVolumeClaim, caches: VolumeCaches): boolean =>
  classNamed(claim, caches)?.volumeBindingMode === "WaitForFirstConsumer";

/** What bound volumes, and those that could be bound, say about each node; undefined: all will do. */
export function volumeCheck(ask: PodAsk, caches: VolumeCaches): Check | undefined {
  const claims = claimsOf(ask, caches).flatMap(({ claim }) => (claim ? [claim] : []));
  if (claims.length === 0) return undefined;
  const bound = claims.filter(isBound).map(({ spec: { volumeName: name = "" } }) => {
    const volume = caches.volumes.get({ name });
    return volume && reaches(volume);
  });
  const isAnyLost = bound.includes(undefined);
  const unbound = claims.some((claim) => !isBound(claim));
  return (node) => {
    if (isAnyLost) return [conflict.lost];
    const reasons: string[] = [];
    if (!bound.every((reach) => reach?.(node))) reasons.push(conflict.affinity);
    if (unbound && !placeClaims(ask, node, caches)) reasons.push(conflict.none);
    return reasons.length > 0 ? reasons : undefined;
  };
}

function reaches({ spec }: PersistentVolume): (node: NodeInfo) => boolean {
  const required = spec.nodeAffinity?.required;
  return required ? nodeMatch(required) : () => true;
}

/** A claim that waits for its pod, and the volume that it gets; without one it has to be made. */
export type PlacedClaim = { claim: PersistentVolumeClaim; volume: PersistentVolume | undefined };

/** How the pod's unbound claims get volumes on `node`, the small ones first; undefined when they cannot. */
export function placeClaims(
  ask: PodAsk,
  node: NodeInfo,
  caches: VolumeCaches,
): PlacedClaim[] | undefined {
  const waiting = claimsOf(ask, caches)
    .flatMap(({ claim }) => (claim && !isBound(claim) ? [claim] : []))
    .sort((a, b) => compareQuantities(wishOf(a), wishOf(b)));
  const taken = new Set<string>();
  const placed: PlacedClaim[] = [];
  for (const claim of waiting) {
    const decided = claim.metadata.annotations?.[selectedNode];
    if (decided !== undefined && decided !== node.name) return undefined;
    const free = caches.volumes.list().filter((volume) => {
      const name = volume.metadata.name ?? "";
      const holder = caches.chosen.get(name) ?? keyOf(claim);
      return !taken.has(name) && holder === keyOf(claim) && reaches(volume)(node);
    });
    const volume = decided === undefined ? bestVolume(claim, free, false) : undefined;
    if (!volume && decided === undefined && !canBeMade(claim, node, caches)) return undefined;
    if (volume) taken.add(volume.metadata.name ?? "");
    placed.push({ claim, volume });
  }
  return placed;
}

function canBeMade(claim: PersistentVolumeClaim, node: NodeInfo, caches: VolumeCaches): boolean {
  const found = classNamed(claim, caches);
  if (!found?.provisioner || found.provisioner === noProvisioner) return false;
  return isAllowed(found.allowedTopologies, node.labels);
}

/** Terms are alternatives; none at all allows every node. */
const isAllowed = (terms: TopologySelectorTerm[] | undefined, labels: Labels): boolean =>
  !terms?.length ||
  terms.some((term) =>
    (term.matchLabelExpressions ?? []).every(({ key, values }) =>
      requirementMatch({ key, operator: "In", values })(labels),
    ),
  );
