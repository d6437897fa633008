// A class of volume attributes that a claim or a volume names is not removed: a finalizer holds it.
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import {
  persistentVolumeClaims,
  persistentVolumes,
  volumeAttributesClasses,
} from "../../schema/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../schema/types/core-v1.ts";
import type { VolumeAttributesClass } from "../../schema/types/storage-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { protect } from "./protection.ts";

const finalizer = "kubernetes.io/vac-protection";

/** Classes that a claim asks for, has, or is being moved to. */
const classesOfClaim = ({ spec, status }: PersistentVolumeClaim): string[] =>
  named(
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  );

const classesOfVolume = ({ spec }: PersistentVolume): string[] =>
  named(spec.volumeAttributesClassName);

const named = (...names: (string | undefined)[]): string[] =>
  [...new Set(names.filter((name) => name !== undefined && name !== ""))] as string[];

const reconcileClassUse = (observed: { found: VolumeAttributesClass; isUsed: boolean }): Action[] =>
  protect(volumeAttributesClasses, observed.found, finalizer, observed.isUsed);

export function startAttributesClassProtection(parts: Parts): Running {
  const cache = parts.caches.of(volumeAttributesClasses);
  const claims = parts.caches.of(persistentVolumeClaims, {
    indexes: { byAttributesClass: classesOfClaim },
  });
  const volumes = parts.caches.of(persistentVolumes, {
    indexes: { byAttributesClass: classesOfVolume },
  });
  return startController({
    ...parts,
    name: "vac-protection",
    sources: [
      source(cache, ownKey),
      // Only what is no longer named can change the decision.
      source(claims, ({ old }) => (old ? classesOfClaim(old) : [])),
      source(volumes, ({ old }) => (old ? classesOfVolume(old) : [])),
    ],
    observe(name) {
      const found = cache.get({ name });
      const users = [claims, volumes].flatMap((c) => c.by("byAttributesClass", name) as unknown[]);
      return found && { found, isUsed: users.length > 0 };
    },
    reconcile: reconcileClassUse,
  });
}
