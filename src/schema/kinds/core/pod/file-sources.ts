// Files that volumes hold: keys of config maps and secrets, fields of the pod.
import { invalidValue, required } from "../../../field-error.ts";
import type { DownwardAPIVolumeFile, KeyToPath } from "../../../types/core-v1.ts";
import type { Out } from "../../checks.ts";
import { checkFieldRef, checkResourceFieldRef, volumeFields } from "./env.ts";
import { localPath } from "./paths.ts";

export function checkMode(out: Out, at: string, mode: number | undefined): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return;
  const detail = "must be a number between 0 and 0777 (octal), both inclusive";
  out.push(invalidValue(at, mode, detail));
}

export function checkItems(out: Out, at: string, items: readonly KeyToPath[] | undefined): void {
  for (const [i, item] of (items ?? []).entries()) checkItem(out, `${at}[${i}]`, item);
}

export function checkItem(out: Out, at: string, { key, path, mode }: KeyToPath): void {
  if (!key) out.push(required(`${at}.key`));
  if (!path) out.push(required(`${at}.path`));
  localPath(out, `${at}.path`, path ?? "");
  checkMode(out, `${at}.mode`, mode);
}

/** Upstream does not say which of several files is meant. */
export function checkDownward(out: Out, at: string, file: DownwardAPIVolumeFile): void {
  const { path, fieldRef, resourceFieldRef, mode } = file;
  if (!path) out.push(required(`${at}.path`));
  localPath(out, `${at}.path`, path ?? "");
  if (fieldRef) {
    checkFieldRef(out, `${at}.fieldRef`, fieldRef, volumeFields);
    if (resourceFieldRef) {
      const detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
      out.push(invalidValue(at, "resource", detail));
    }
  } else if (resourceFieldRef) {
    checkResourceFieldRef(out, `${at}.resourceFieldRef`, resourceFieldRef, true);
  } else out.push(required(at, "one of fieldRef and resourceFieldRef is required"));
  checkMode(out, `${at}.mode`, mode);
}
