// Warnings about a persistent volume.
import type { PersistentVolume, PersistentVolumeSpec } from "../../types/core-v1.ts";
import { nodeTermWarnings } from "./pod/warnings.ts";
import { classAnnotation, classAnnotationAdvice } from "./volume-text.ts";

const annotations: readonly (readonly [string, string])[] = [
  [classAnnotation, classAnnotationAdvice],
  [
    "volume.beta.kubernetes.io/mount-options",
    'deprecated since v1.31; use "mountOptions" attribute instead',
  ],
];

const recycle =
  "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";

type Gone = readonly [keyof PersistentVolumeSpec, string, string];

/** Sources whose drivers are gone: the field, its name in the message, and since when. */
const gone: readonly Gone[] = [
  ["cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

export function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const out: string[] = [];
  for (const [key, advice] of annotations) {
    if (metadata.annotations?.[key] === undefined) continue;
    out.push(`metadata.annotations[${key}]: ${advice}`);
  }
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    out.push(`spec.persistentVolumeReclaimPolicy: ${recycle}`);
  }
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  for (const [i, term] of terms.entries()) {
    nodeTermWarnings(out, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, term, false);
  }
  for (const [field, name, since] of gone) {
    if (spec[field] !== undefined) out.push(`spec.${name}: ${since}`);
  }
  return out;
}
