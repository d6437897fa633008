// Volumes that are mounted inside of others need a folder there, which nobody can make in a volume that is read only.
import { posix } from "node:path";
import type { Pod } from "../../schema/types/core-v1.ts";

/** Folders to make in a volume, relative to it: where other volumes are mounted below it, each but those below another. */
export function nestedFolders({ spec }: Pod, volume: string): string[] {
  const folders = new Set<string>();
  for (const { volumeMounts = [] } of [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ]) {
    const paths = volumeMounts.map((mount) => posix.resolve("/", mount.mountPath));
    const own = paths.filter((_, index) => volumeMounts[index]?.name === volume);
    for (const parent of own) {
      const below = paths.filter((path) => path.startsWith(`${parent}/`));
      for (const path of below)
        if (!below.some((other) => path.startsWith(`${other}/`)))
          folders.add(posix.relative(parent, path));
    }
  }
  return [...folders];
}
