// Secret: bytes that few may read.
import { secrets } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";

export const secret = defineKind(secrets, {
  applyDefaults(next) {
    next.type ||= "Opaque";
    if (next.stringData === undefined) return;
    next.data ??= {};
    for (const key in next.stringData) next.data[key] = base64(next.stringData[key]!);
    delete next.stringData;
  },
  columns: [
    { name: "Type", cell: ({ type }) => type ?? "" },
    { name: "Data", cell: ({ data }) => Object.keys(data ?? {}).length },
    age,
  ],
  fieldSelectors: { type: ({ type }) => type ?? "" },
});

const encoder = new TextEncoder();
/** Arguments of one call are on the stack, which is bounded. */
const chunkBytes = 8192;

function base64(text: string): string {
  const bytes = encoder.encode(text);
  let characters = "";
  for (let i = 0; i < bytes.length; i += chunkBytes) {
    characters += String.fromCharCode(...bytes.subarray(i, i + chunkBytes));
  }
  return btoa(characters);
}
