// VolumeAttributesClass: settings of volumes that may change while they are used.
import { volumeAttributesClasses } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";

export const volumeAttributesClass = defineKind(volumeAttributesClasses, {
  shortNames: ["vac"],
  columns: [{ name: "DriverName", cell: ({ driverName }) => driverName ?? "" }, age],
  returnsDeleted: true,
});
