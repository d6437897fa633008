// What is wrong with an object of this group. Upstream has moved part of these rules to a second, declared kind, whose
// findings come behind those of the first.
import type { Cause } from "../../status-error.ts";
import type { Out } from "../checks.ts";

export type Found = { readonly out: Out; readonly declared: Out };

/** Runs `check` and returns what it found, in upstream's order. */
export function findings(check: (found: Found) => void): Cause[] {
  const found: Found = { out: [], declared: [] };
  check(found);
  return [...found.out, ...found.declared];
}
