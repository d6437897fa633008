// YAML from outside: bounded, and with JSON's idea of scalars.
import { parseDocument } from "yaml";

/** Aliases that may be followed: more than any manifest has, far from what a bomb needs. */
const aliasesMax = 100;

/** A JSON value. Throws an Error that says what is wrong and where. */
export function parseYaml(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const document = parseDocument(text, { schema: "yaml-1.1", merge: true, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) throw new Error(error.message);
  return document.toJS({ maxAliasCount: aliasesMax });
}
