// CSIDriver: what a storage driver can do.

import { csiDrivers } from "../../resources.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { CSIDriverSpec } from "../../types/storage-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { setGeneration, specOf } from "../strategy.ts";
import { csiDriverWarnings, validateCsiDriver } from "./csi-driver-rules.ts";

export const csiDriver = defineKind(csiDrivers, {
  applyDefaults({ spec }) {
    if (spec) defaultSpec(spec);
  },
  prepare(next, old) {
    // Upstream counts changes but starts without a generation.
    if (old) setGeneration(next, old, !semanticEqual(specOf(next), specOf(old)));
  },
  validate: validateCsiDriver,
  warnings: csiDriverWarnings,
  columns: [
    { name: "AttachRequired", type: "boolean", cell: ({ spec }) => spec?.attachRequired ?? true },
    { name: "PodInfoOnMount", type: "boolean", cell: ({ spec }) => spec?.podInfoOnMount ?? false },
    {
      name: "StorageCapacity",
      type: "boolean",
      cell: ({ spec }) => spec?.storageCapacity ?? false,
    },
    {
      name: "TokenRequests",
      cell: ({ spec }) =>
        spec?.tokenRequests?.map(({ audience }) => audience).join(",") ?? "<unset>",
    },
    {
      name: "RequiresRepublish",
      type: "boolean",
      cell: ({ spec }) => spec?.requiresRepublish ?? false,
    },
    { name: "Modes", cell: ({ spec }) => spec?.volumeLifecycleModes?.join(",") || "<none>" },
    age,
  ],
  unconditionalUpdate: false,
  returnsDeleted: true,
});

function defaultSpec(spec: CSIDriverSpec): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
  spec.preventPodSchedulingIfMissing ??= false;
}
