import { source, startController } from "../../control/controller.ts";
import { customResourceDefinitions, storageVersionMigrations } from "../../schema/resources.ts";
import type { StorageVersionMigration } from "../../schema/types/storagemigration-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { reconcileMigrations } from "./reconcile.ts";

/** `deployments.apps`, `pods.` */
const resourceOf = ({ spec }: StorageVersionMigration): string =>
  `${spec.resource.resource ?? ""}.${spec.resource.group ?? ""}`;

export function startStorageMigration(parts: Parts): Running {
  const cache = parts.caches.of(storageVersionMigrations, {
    indexes: { byResource: (migration) => [resourceOf(migration)] },
  });
  const definitions = parts.caches.of(customResourceDefinitions);
  return startController({
    ...parts,
    name: "storage-version-migrator",
    sources: [
      source(cache, ({ old, next }) => [old, next].flatMap((one) => (one ? resourceOf(one) : []))),
    ],
    reads: [definitions],
    observe(key) {
      const migrations = cache.by("byResource", key);
      if (migrations.length === 0) return undefined;
      const objects = parts.objects();
      const dot = key.indexOf(".");
      const served = objects.findPreferred(key.slice(dot + 1), key.slice(0, dot));
      const shown = served && objects.cacheOf(served.resource);
      return {
        migrations,
        served,
        shown: shown?.isSynced ? { objects: shown.list(), revision: shown.revision } : undefined,
        definition: definitions.get({ name: key }),
        now: parts.clock.now(),
      };
    },
    reconcile: reconcileMigrations,
  });
}
