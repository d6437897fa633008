// One pass over a claim: find it a volume, bind both to each other, or say what it waits for.
import { type Action, referenceTo } from "../../control/action.ts";
import {
  persistentVolumeClaims as claimResource,
  persistentVolumes as volumeResource,
} from "../../schema/resources.ts";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
  Pod,
} from "../../schema/types/core-v1.ts";
import type { StorageClass } from "../../schema/types/storage-v1.ts";
import {
  bestVolume,
  bindCompleted,
  boundByController,
  classOf,
  hasClass,
  isAnnotated,
  isFor,
  misfit,
} from "../../schema/volume-match.ts";
import { isTerminal } from "../pods.ts";

const selectedNode = "volume.kubernetes.io/selected-node";
const provisioners = [
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-provisioner",
];
const defaultClass = "storageclass.kubernetes.io/is-default-class";

export type Observed = {
  claim: PersistentVolumeClaim;
  volumes: readonly PersistentVolume[];
  classes: readonly StorageClass[];
  /** Pods that use the claim. */
  pods: readonly Pod[];
};

export function reconcileClaim(observed: Observed): Action[] {
  const { claim } = observed;
  return isAnnotated(claim, bindCompleted) ? keepBound(observed) : findVolume(observed);
}

const says = (
  claim: PersistentVolumeClaim,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): Action => ({
  do: "event",
  about: referenceTo(claimResource, claim),
  type,
  reason,
  message,
});

function findVolume(observed: Observed): Action[] {
  const { claim, volumes } = observed;
  const { volumeName } = claim.spec;
  if (volumeName)
    return takeNamed(
      claim,
      volumes.find((v) => v.metadata.name === volumeName),
    );
  const isDelayed = waitsForConsumer(observed);
  const volume = bestVolume(claim, volumes, isDelayed);
  if (volume) return bind(volume, claim);
  const fallback = hasClass(claim) ? undefined : latestDefault(observed.classes);
  if (fallback) {
    const spec = { ...claim.spec, storageClassName: fallback.metadata.name! };
    const object: PersistentVolumeClaim = { ...claim, spec };
    return [{ do: "update", resource: claimResource, object }];
  }
  if (isDelayed) return [waits(observed), pending(claim)];
  if (classOf(claim) !== "") return provision(observed);
  const message = "no persistent volumes available for this claim and no storage class is set";
  return [says(claim, "Normal", "FailedBinding", message), pending(claim)];
}

/** The class wants a pod's node to be known first, and it is not. */
function waitsForConsumer({ claim, classes }: Observed): boolean {
  const found = classes.find((c) => c.metadata.name === classOf(claim));
  const isLate = found?.volumeBindingMode === "WaitForFirstConsumer";
  return isLate && !isAnnotated(claim, selectedNode);
}

function waits({ claim, pods }: Observed): Action {
  const names = pods
    .filter((pod) => !isTerminal(pod) && !pod.spec.nodeName)
    .map((pod) => pod.metadata.name);
  if (names.length === 0)
    return says(
      claim,
      "Normal",
      "WaitForFirstConsumer",
      "waiting for first consumer to be created before binding",
    );
  const who = names.length > 1 ? `pods ${names.join(",")}` : `pod ${names[0]}`;
  return says(claim, "Normal", "WaitForPodScheduled", `waiting for ${who} to be scheduled`);
}

function latestDefault(classes: readonly StorageClass[]): StorageClass | undefined {
  return classes
    .filter((c) => c.metadata.annotations?.[defaultClass] === "true")
    .sort((a, b) => {
      const [x, y] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
      if (x !== y) return x > y ? -1 : 1;
      return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
    })[0];
}

/** There is no provisioner in this process: one that runs elsewhere is told by annotations. */
function provision({ claim, classes }: Observed): Action[] {
  const name = classOf(claim);
  const found = classes.find((c) => c.metadata.name === name);
  if (!found) {
    const message = `storageclass.storage.k8s.io "${name}" not found`;
    return [says(claim, "Warning", "ProvisioningFailed", message)];
  }
  const { provisioner } = found;
  if (provisioner.startsWith("kubernetes.io/")) {
    const message = `no volume plugin matched name: ${provisioner}`;
    return [says(claim, "Warning", "ProvisioningFailed", message)];
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' ` +
    "or manually by the system administrator. If volume creation is delayed, please verify " +
    "that the provisioner is running and correctly registered.";
  const event = says(claim, "Normal", "ExternalProvisioning", message);
  if (provisioners.every((key) => claim.metadata.annotations?.[key] === provisioner))
    return [event];
  const added = Object.fromEntries(provisioners.map((key) => [key, provisioner]));
  const annotations = { ...claim.metadata.annotations, ...added };
  const object = { ...claim, metadata: { ...claim.metadata, annotations } };
  return [{ do: "update", resource: claimResource, object }, event];
}

function takeNamed(claim: PersistentVolumeClaim, volume: PersistentVolume | undefined): Action[] {
  if (!volume) return [pending(claim)];
  const { name } = volume.metadata;
  if (!volume.spec.claimRef) {
    const why = misfit(volume, claim);
    if (why === undefined) return bind(volume, claim);
    const message = `Cannot bind to requested volume "${name}": ${why}`;
    return [says(claim, "Warning", "VolumeMismatch", message), pending(claim)];
  }
  if (isFor(volume, claim)) return bind(volume, claim);
  const message = `volume "${name}" already bound to a different claim.`;
  return [says(claim, "Warning", "FailedBinding", message), pending(claim)];
}

/** First the volume names the claim, then the claim the volume; what is done already is left out. */
function bind(volume: PersistentVolume, claim: PersistentVolumeClaim): Action[] {
  return [...bindVolume(volume, claim), ...bindClaim(volume, claim)];
}

function bindVolume(volume: PersistentVolume, claim: PersistentVolumeClaim): Action[] {
  const ref = volume.spec.claimRef;
  if (ref?.uid === claim.metadata.uid && isFor(volume, claim)) return [];
  // A volume that named the claim before is not let go of as one that was chosen here.
  const annotations = isFor(volume, claim)
    ? volume.metadata.annotations
    : { ...volume.metadata.annotations, [boundByController]: "yes" };
  const object: PersistentVolume = {
    ...volume,
    metadata: { ...volume.metadata, ...(annotations ? { annotations } : {}) },
    spec: { ...volume.spec, claimRef: referenceTo(claimResource, claim) },
  };
  return [{ do: "update", resource: volumeResource, object }];
}

function bindClaim({ metadata }: PersistentVolume, claim: PersistentVolumeClaim): Action[] {
  const isNamed = claim.spec.volumeName === metadata.name;
  if (isNamed && isAnnotated(claim, bindCompleted)) return [];
  const annotations = {
    ...claim.metadata.annotations,
    ...(isNamed ? {} : { [boundByController]: "yes" }),
    [bindCompleted]: "yes",
  };
  const object: PersistentVolumeClaim = {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: metadata.name! },
  };
  return [{ do: "update", resource: claimResource, object }];
}

function keepBound({ claim, volumes }: Observed): Action[] {
  const { volumeName } = claim.spec;
  const lost = "Bound claim has lost";
  if (!volumeName)
    return [
      lose(
        claim,
        "ClaimLost",
        `${lost} reference to PersistentVolume. Data on the volume is lost!`,
      ),
    ];
  const volume = volumes.find((v) => v.metadata.name === volumeName);
  if (!volume)
    return [lose(claim, "ClaimLost", `${lost} its PersistentVolume. Data on the volume is lost!`)];
  const ref = volume.spec.claimRef;
  if (ref && ref.uid !== claim.metadata.uid) {
    const message = "Two claims are bound to the same volume, this one is bound incorrectly";
    return [lose(claim, "ClaimMisbound", message)];
  }
  const writes = bind(volume, claim);
  return writes.length > 0 ? writes : [setStatus(claim, boundStatus(claim, volume))];
}

function boundStatus(
  { status }: PersistentVolumeClaim,
  { spec }: PersistentVolume,
): PersistentVolumeClaimStatus {
  const isNew = status?.phase !== "Bound";
  const attributes = spec.volumeAttributesClassName;
  return {
    ...status,
    phase: "Bound",
    ...(spec.accessModes ? { accessModes: spec.accessModes } : {}),
    ...(isNew && spec.capacity ? { capacity: spec.capacity } : {}),
    ...(isNew && attributes ? { currentVolumeAttributesClassName: attributes } : {}),
  };
}

const setStatus = (claim: PersistentVolumeClaim, status: PersistentVolumeClaimStatus): Action => ({
  do: "setStatus",
  resource: claimResource,
  object: claim,
  status,
});

const withoutVolume = (
  { status }: PersistentVolumeClaim,
  phase: "Pending" | "Lost",
): PersistentVolumeClaimStatus => {
  const {
    accessModes: _,
    capacity: __,
    currentVolumeAttributesClassName: ___,
    ...rest
  } = status ?? {};
  return { ...rest, phase };
};

const pending = (claim: PersistentVolumeClaim): Action =>
  setStatus(claim, withoutVolume(claim, "Pending"));

function lose(claim: PersistentVolumeClaim, reason: string, message: string): Action {
  const about = referenceTo(claimResource, claim);
  const done = { type: "Warning" as const, reason, message: () => message };
  const status = claim.status?.phase === "Lost" ? claim.status : withoutVolume(claim, "Lost");
  return {
    do: "setStatus",
    resource: claimResource,
    object: claim,
    status,
    report: { about, done },
  };
}
