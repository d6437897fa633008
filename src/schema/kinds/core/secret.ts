// Secret: bytes that few may read.
import { secrets } from "../../resources.ts";
import { age } from "../cells.ts";
import { checkUnchanged, type Out } from "../checks.ts";
import { defineKind } from "../define.ts";
import { checkStaysImmutable } from "./immutable-data.ts";
import { keyPairWarnings } from "./key-pair.ts";
import { checkSecret } from "./secret-rules.ts";

export const secret = defineKind(secrets, {
  rechecksNames: true,
  applyDefaults(next) {
    next.type ||= "Opaque";
    if (next.stringData === undefined) return;
    next.data ??= {};
    for (const key in next.stringData) next.data[key] = base64(next.stringData[key]!);
    delete next.stringData;
  },
  prepare(next, old) {
    if (old) next.type ||= old.type;
  },
  validate(next, old) {
    const out: Out = [];
    if (old) {
      checkUnchanged(out, "type", next.type, old.type);
      checkStaysImmutable(out, next, old, ["data"]);
    }
    checkSecret(out, next);
    return out;
  },
  warnings: ({ type, data = {} }) =>
    type === "kubernetes.io/tls" ? keyPairWarnings(data["tls.crt"], data["tls.key"]) : [],
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
