// StorageClass: how volumes are made.

import { storageClasses } from "../../resources.ts";
import type { StorageClass } from "../../types/storage-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { storageClassWarnings, validateStorageClass } from "./storage-class-rules.ts";

export const storageClass = defineKind(storageClasses, {
  rechecksNames: true,
  shortNames: ["sc"],
  applyDefaults(next) {
    next.reclaimPolicy ??= "Delete";
    next.volumeBindingMode ??= "Immediate";
  },
  validate: validateStorageClass,
  warnings: storageClassWarnings,
  columns: [
    { name: "Name", format: "name", cell: nameText },
    { name: "Provisioner", cell: ({ provisioner }) => provisioner ?? "" },
    { name: "ReclaimPolicy", cell: ({ reclaimPolicy }) => reclaimPolicy ?? "Delete" },
    {
      name: "VolumeBindingMode",
      cell: ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate",
    },
    {
      name: "AllowVolumeExpansion",
      cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    age,
  ],
  returnsDeleted: true,
});

const defaultAnnotations = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

const isMarked = ({ metadata }: StorageClass): boolean =>
  defaultAnnotations.some((key) => metadata.annotations?.[key] === "true");

/** Of several classes marked as the default, the newest is it: which only a list can tell. */
function nameText(object: StorageClass, _now: number, all: readonly StorageClass[] = []): string {
  const { name = "" } = object.metadata;
  if (!isMarked(object)) return name;
  const isDefault =
    all.length > 0 && all.every((other) => !isMarked(other) || !isBefore(other, object));
  return isDefault ? `${name} (default)` : name;
}

function isBefore({ metadata: a }: StorageClass, { metadata: b }: StorageClass): boolean {
  const [x, y] = [a.creationTimestamp ?? "", b.creationTimestamp ?? ""];
  return x > y || (x === y && (a.name ?? "") < (b.name ?? ""));
}
