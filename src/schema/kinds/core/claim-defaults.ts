// Defaults of a claim's spec, which also stands in templates (ephemeral volumes, stateful sets).
import type { PersistentVolumeClaimSpec } from "../../types/core-v1.ts";
import { roundUpToMilli } from "./pod/resource-list.ts";

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec | undefined): void {
  if (spec === undefined) return;
  spec.volumeMode ??= "Filesystem";
  if (spec.resources?.limits) roundUpToMilli(spec.resources.limits);
  if (spec.resources?.requests) roundUpToMilli(spec.resources.requests);
}
