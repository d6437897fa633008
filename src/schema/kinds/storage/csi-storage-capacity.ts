// CSIStorageCapacity: how much room a class of storage has where.
import { csiStorageCapacities } from "../../resources.ts";
import { defineKind } from "../define.ts";

export const csiStorageCapacity = defineKind(csiStorageCapacities, {
  columns: [
    { name: "StorageClassName", cell: ({ storageClassName }) => storageClassName ?? "" },
    { name: "Capacity", cell: ({ capacity }) => capacity ?? "<unset>" },
  ],
  unconditionalUpdate: false,
});
