// The annotation in which AppArmor profiles once stood, copied to the field that took its place.

import { semanticEqual } from "../../../semantic-equal.ts";
import type { AppArmorProfile, Pod } from "../../../types/core-v1.ts";
import { appArmorPrefix } from "./annotations.ts";

const pathMax = 4095;

export function copyAppArmorAnnotations({ metadata, spec }: Pod): void {
  const { annotations } = metadata;
  if (annotations === undefined || spec.os?.name === "windows") return;
  for (const containers of [spec.initContainers, spec.containers, spec.ephemeralContainers]) {
    for (const container of containers ?? []) {
      const annotation = annotations[appArmorPrefix + container.name];
      if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
      const profile = profileOf(annotation);
      if (profile === undefined || semanticEqual(profile, spec.securityContext?.appArmorProfile))
        continue;
      container.securityContext ??= {};
      container.securityContext.appArmorProfile = profile;
    }
  }
}

const localhost = "localhost/";

/** Undefined when the text says nothing that the field could hold. */
export function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  if (!annotation.startsWith(localhost)) return undefined;
  const localhostProfile = annotation.slice(localhost.length);
  const isValid =
    localhostProfile !== "" &&
    localhostProfile.trim() === localhostProfile &&
    localhostProfile.length <= pathMax;
  return isValid ? { type: "Localhost", localhostProfile } : undefined;
}
