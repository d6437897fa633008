// Upstream's refusal of an apply that would take fields from other managers.
import { quoted } from "../quoted.ts";
import { type Cause, StatusError } from "../status-error.ts";
import type { Owner, Owners } from "./entries.ts";
import { type FieldSet, forEachPath } from "./field-set.ts";
import { printPath } from "./path-key.ts";

/** `conflicts`: by owner, what it would lose. */
export function applyConflict(
  owners: Owners,
  conflicts: ReadonlyMap<string, FieldSet>,
): StatusError {
  const causes: Cause[] = [];
  const lines: string[] = [];
  for (const id of [...conflicts.keys()].sort()) {
    const manager = printOwner(owners.get(id)!);
    lines.push(`conflicts with ${manager}:`);
    forEachPath(conflicts.get(id)!, (path) => {
      const field = printPath(path);
      causes.push({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field });
      lines.push(`- ${field}`);
    });
  }
  const [only] = causes;
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${only!.message}: ${only!.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`;
  return new StatusError(409, "Conflict", message, { causes });
}

function printOwner({ manager, operation, apiVersion, subresource }: Owner): string {
  const part = subresource === "" ? "" : ` with subresource ${quoted(subresource)}`;
  return `${quoted(manager)}${part}${operation === "Apply" ? "" : ` using ${apiVersion}`}`;
}
