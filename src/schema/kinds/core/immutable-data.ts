// Config maps and secrets that were declared immutable.

import { semanticEqual } from "../../semantic-equal.ts";
import { forbidden, type Out } from "../checks.ts";

type Holder = { readonly immutable?: boolean };

const problem = "field is immutable when `immutable` is set";

export function checkStaysImmutable<T extends Holder>(
  out: Out,
  next: T,
  old: T,
  fields: readonly (keyof T & string)[],
): void {
  if (!old.immutable) return;
  if (!next.immutable) forbidden(out, "immutable", problem);
  for (const field of fields)
    if (!semanticEqual(next[field], old[field])) forbidden(out, field, problem);
}

const base64Bits = 6;

/** How many bytes base64 text stands for. */
export function decodedLength(base64: string): number {
  let end = base64.length;
  while (end > 0 && base64[end - 1] === "=") end--;
  return Math.floor((end * base64Bits) / 8);
}

/** The most that a config map or a secret may hold. */
export const dataBytesMax = 1024 * 1024;
