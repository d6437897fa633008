// The driver of a class of storage, and what is handed to it.
import { required, tooLong } from "../../field-error.ts";
import { checkQualifiedName, utf8Length } from "../../names.ts";
import { invalid, type Out, refuse } from "../checks.ts";

const countMax = 512;
const bytesMax = 256 * 1024;

/** The value is judged, and shown, in lower case. */
export function checkProvisioner(out: Out, at: string, provisioner: string): void {
  const lower = provisioner.toLowerCase();
  if (lower !== "") refuse(out, at, lower, checkQualifiedName(lower));
}

export function checkParameters(
  out: Out,
  at: string,
  parameters: Readonly<Record<string, string>>,
  mayBeEmpty: boolean,
): void {
  const entries = Object.entries(parameters);
  if (entries.length > countMax) {
    out.push(tooLong(at, countMax));
    return;
  }
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === "") invalid(out, at, key, "field can not be empty.");
    bytes += utf8Length(key) + utf8Length(value);
  }
  if (bytes > bytesMax) out.push(tooLong(at, bytesMax));
  if (mayBeEmpty || entries.length > 0) return;
  out.push(required(at, "must contain at least one key/value pair"));
}
