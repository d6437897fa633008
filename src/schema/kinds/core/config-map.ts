// ConfigMap: settings as text and bytes.
import { configMaps } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";

export const configMap = defineKind(configMaps, {
  shortNames: ["cm"],
  columns: [
    {
      name: "Data",
      cell: ({ data, binaryData }) =>
        Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    age,
  ],
});
