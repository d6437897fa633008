// ConfigMap: settings as text and bytes.
import { keyed, tooLong } from "../../field-error.ts";
import { checkConfigMapKey, utf8Length } from "../../names.ts";
import { configMaps } from "../../resources.ts";
import type { ConfigMap } from "../../types/core-v1.ts";
import { age } from "../cells.ts";
import { invalid, type Out, refuse } from "../checks.ts";
import { defineKind } from "../define.ts";
import { checkStaysImmutable, dataBytesMax, decodedLength } from "./immutable-data.ts";

export const configMap = defineKind(configMaps, {
  rechecksNames: true,
  shortNames: ["cm"],
  validate(next, old) {
    const out: Out = [];
    if (old) checkStaysImmutable(out, next, old, ["data", "binaryData"]);
    checkData(out, next);
    return out;
  },
  columns: [
    {
      name: "Data",
      cell: ({ data, binaryData }) =>
        Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    age,
  ],
});

function checkData(out: Out, { data = {}, binaryData = {} }: ConfigMap): void {
  let bytes = 0;
  for (const key of Object.keys(data)) {
    const at = keyed("data", key);
    refuse(out, at, key, checkConfigMapKey(key));
    if (Object.hasOwn(binaryData, key)) {
      invalid(out, at, key, "duplicate of key present in binaryData");
    }
    bytes += utf8Length(data[key]!);
  }
  for (const key of Object.keys(binaryData)) {
    refuse(out, keyed("binaryData", key), key, checkConfigMapKey(key));
    bytes += decodedLength(binaryData[key]!);
  }
  // The size is that of all fields; this is how upstream prints an empty path.
  if (bytes > dataBytesMax) out.push(tooLong("[]", dataBytesMax));
}
