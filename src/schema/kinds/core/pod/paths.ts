// Paths in volumes and containers: relative ones that do not lead out.
import { invalidValue } from "../../../field-error.ts";
import type { Out } from "../../checks.ts";

export function noBacksteps(out: Out, field: string, path: string): void {
  if (hasBackstep(path)) out.push(invalidValue(field, path, "must not contain '..'"));
}

export const hasBackstep = (path: string): boolean =>
  path.includes("..") && path.split("/").includes("..");

export function relativePath(out: Out, field: string, path: string): void {
  if (path.startsWith("/")) out.push(invalidValue(field, path, "must be a relative path"));
  noBacksteps(out, field, path);
}

/** Names that start with two dots are what the node keeps its own files under. */
export function localPath(out: Out, field: string, path: string): void {
  relativePath(out, field, path);
  if (path.startsWith("..") && !path.startsWith("../")) {
    out.push(invalidValue(field, path, "must not start with '..'"));
  }
}
