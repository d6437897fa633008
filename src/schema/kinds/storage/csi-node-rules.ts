// The rules of a node's storage drivers.
import { duplicate, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import type { Cause } from "../../status-error.ts";
import type { CSINode, CSINodeDriver } from "../../types/storage-v1.ts";
import { checkUnchanged, invalid, notNegative, type Out, qualifiedName } from "../checks.ts";
import { checkCsiDriverName } from "../core/pod/disk-sources.ts";

const nodeIdBytesMax = 256;

export function validateCsiNode(
  { spec }: CSINode,
  old: CSINode | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") return out;
  const names = new Set<string>();
  for (const [i, driver] of (spec.drivers ?? []).entries()) {
    const at = `spec.drivers[${i}]`;
    checkDriver(out, at, driver);
    if (names.has(driver.name)) out.push(duplicate(`${at}.name`, driver.name));
    names.add(driver.name);
    checkTopologyKeys(out, at, driver.topologyKeys ?? []);
  }
  for (const before of old?.spec.drivers ?? []) {
    for (const driver of spec.drivers ?? []) {
      if (driver.name !== before.name) continue;
      checkUnchanged(out, "spec.drivers", fixedPart(driver), fixedPart(before));
    }
  }
  return out;
}

/** How many volumes fit may change. */
function fixedPart(driver: CSINodeDriver): Omit<CSINodeDriver, "allocatable"> {
  const { allocatable: _, ...rest } = driver;
  return rest;
}

function checkDriver(out: Out, at: string, { name, nodeID, allocatable }: CSINodeDriver): void {
  checkCsiDriverName(out, `${at}.name`, name);
  if (!nodeID) out.push(required(`${at}.nodeID`));
  if ((nodeID ?? "").length > nodeIdBytesMax) {
    invalid(out, `${at}.nodeID`, nodeID, `must be ${nodeIdBytesMax} characters or less`);
  }
  notNegative(out, `${at}.allocatable.count`, allocatable?.count);
}

/** Upstream names the driver, not the key. */
function checkTopologyKeys(out: Out, at: string, keys: readonly string[]): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (key === "") out.push(required(at));
    if (seen.has(key)) out.push(duplicate(at, key));
    seen.add(key);
    qualifiedName(out, at, key);
  }
}
