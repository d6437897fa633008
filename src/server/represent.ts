// From objects to the bytes of an answer in the form that was agreed on.
import { jsonText } from "../schema/encode.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { codecOf } from "./codec.ts";
import type { Output } from "./negotiate.ts";

const newline = "\n";

/** A document without a kind's codec: Status, discovery, tables. */
export function encodeAs(document: object, output: Output): Uint8Array | Promise<Uint8Array> {
  return textAs(jsonText(document), output);
}

/** `text` is JSON as upstream writes it. */
export function textAs(text: string, output: Output): Uint8Array | Promise<Uint8Array> {
  if (output.media === "yaml") return yamlOf(text);
  if (!output.pretty) return Buffer.from(text + newline);
  return Buffer.from(JSON.stringify(JSON.parse(text), null, 2));
}

/** Loaded when first asked for: nearly nobody does. */
async function yamlOf(text: string): Promise<Uint8Array> {
  const { stringify } = await import("yaml");
  return Buffer.from(stringify(JSON.parse(text), { sortMapEntries: true, lineWidth: 0 }));
}

/** An object of a kind. */
export function encodeObject(
  kind: Kind,
  object: ApiObject,
  output: Output,
): Uint8Array | Promise<Uint8Array> {
  return textAs(codecOf(kind).encode(object), output);
}
