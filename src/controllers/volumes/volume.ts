// One pass over a volume: its phase, and what becomes of it when its claim is gone.
import { type Action, referenceTo } from "../../control/action.ts";
import {
  persistentVolumeClaims as claimResource,
  persistentVolumes as volumeResource,
} from "../../schema/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../schema/types/core-v1.ts";
import {
  boundByController,
  isAnnotated,
  modeOf,
  provisionedBy,
} from "../../schema/volume-match.ts";

export type Observed = {
  volume: PersistentVolume;
  /** The claim that the volume names, when it is still there. */
  claim: PersistentVolumeClaim | undefined;
};

type Phase = "Available" | "Bound" | "Released" | "Failed";

export function reconcileVolume({ volume, claim }: Observed): Action[] {
  if (!volume.spec.claimRef?.uid) return [phase(volume, "Available")];
  if (!claim) return release(volume);
  const { volumeName } = claim.spec;
  if (volumeName === volume.metadata.name) return [phase(volume, "Bound")];
  if (!volumeName) return modeOf(volume) === modeOf(claim) ? [] : refuse(volume, claim);
  const isDeletable = volume.spec.persistentVolumeReclaimPolicy === "Delete";
  if (isDeletable && isAnnotated(volume, provisionedBy)) return release(volume);
  return [unbind(volume)];
}

type Told = { reason: string; message: string };

function phase(volume: PersistentVolume, next: Phase, told?: Told): Action {
  const isSame = volume.status?.phase === next;
  const { message: _, ...rest } = volume.status ?? {};
  const about = referenceTo(volumeResource, volume);
  const done = told && {
    type: "Warning" as const,
    reason: told.reason,
    message: () => told.message,
  };
  return {
    do: "setStatus",
    resource: volumeResource,
    object: volume,
    status: isSame
      ? volume.status
      : { ...rest, phase: next, ...(told ? { message: told.message } : {}) },
    ...(done ? { report: { about, done } } : {}),
  };
}

function refuse(volume: PersistentVolume, claim: PersistentVolumeClaim): Action[] {
  const says = (about: ReturnType<typeof referenceTo>, who: string, whom: string): Action => ({
    do: "event",
    about,
    type: "Warning",
    reason: "VolumeMismatch",
    message: `Cannot bind PersistentVolume${who} to requested PersistentVolumeClaim${whom} due to incompatible volumeMode.`,
  });
  return [
    says(referenceTo(volumeResource, volume), "", ` "${claim.metadata.name}"`),
    says(referenceTo(claimResource, claim), ` "${volume.metadata.name}"`, ""),
  ];
}

function release(volume: PersistentVolume): Action[] {
  const { phase: now } = volume.status ?? {};
  if (now !== "Released" && now !== "Failed") return [phase(volume, "Released")];
  switch (volume.spec.persistentVolumeReclaimPolicy ?? "Retain") {
    case "Retain":
      return [];
    case "Recycle": {
      const message = "No recycler plugin found for the volume!";
      return [phase(volume, "Failed", { reason: "VolumeFailedRecycle", message })];
    }
    case "Delete": {
      // What was provisioned elsewhere is deleted there.
      if (isAnnotated(volume, provisionedBy)) return [];
      const message = `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`;
      return [phase(volume, "Failed", { reason: "VolumeFailedDelete", message })];
    }
    default: {
      const message = "Volume has unrecognized PersistentVolumeReclaimPolicy";
      return [phase(volume, "Failed", { reason: "VolumeUnknownReclaimPolicy", message })];
    }
  }
}

/** The claim took another volume. One that an administrator meant for it keeps the name without the UID. */
function unbind(volume: PersistentVolume): Action {
  const { [boundByController]: mark, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec;
  const { uid: _, ...ref } = claimRef ?? {};
  return {
    do: "update",
    resource: volumeResource,
    object: {
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec: mark === undefined ? { ...spec, claimRef: ref } : spec,
    } as PersistentVolume,
  };
}
