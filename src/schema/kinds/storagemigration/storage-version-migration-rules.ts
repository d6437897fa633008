// The rules of a storage version migration.
import { required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { checkDns1035Label, checkDnsSubdomain } from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { StorageVersionMigration } from "../../types/storagemigration-v1.ts";
import { checkUnchanged, immutableProblem, invalid, type Out } from "../checks.ts";
import { checkConditions } from "../conditions.ts";

export function validateMigration(
  next: StorageVersionMigration,
  old: StorageVersionMigration | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status" && old) {
    checkStatus(out, next, old);
    return out;
  }
  checkResource(out, "spec.resource", next);
  if (old) checkUnchanged(out, "spec", next.spec, old.spec);
  return out;
}

function checkResource(out: Out, at: string, { spec }: StorageVersionMigration): void {
  const { group = "", resource = "" } = spec?.resource ?? {};
  if (resource === "") out.push(required(`${at}.resource`, "resource is required to be set"));
  else {
    const problems = checkDns1035Label(resource);
    if (problems.length > 0) invalid(out, `${at}.resource`, resource, problems.join(","));
  }
  const problems = group === "" ? [] : checkDnsSubdomain(group);
  if (problems.length > 0) invalid(out, `${at}.group`, group, problems.join(","));
}

const revision = /^[1-9]\d*$/;

function checkStatus(out: Out, next: StorageVersionMigration, old: StorageVersionMigration): void {
  const { resourceVersion = "", conditions } = next.status ?? {};
  const before = old.status?.resourceVersion ?? "";
  const field = "status.resourceVersion";
  if (resourceVersion !== "" && !revision.test(resourceVersion)) {
    const detail = `resource version is not well formed: ${resourceVersion}`;
    invalid(out, field, resourceVersion, detail);
  }
  checkConditions(out, "status.conditions", conditions);
  if (before !== "" && before !== resourceVersion) {
    invalid(out, field, resourceVersion, immutableProblem);
  }
  const at = "status.conditions";
  if (is(next, "Succeeded") && is(next, "Failed")) {
    const detail = "Both success and failed conditions cannot be true at the same time";
    invalid(out, at, conditions, detail);
  }
  for (const [type, name] of [
    ["Succeeded", "Success"],
    ["Failed", "Failed"],
  ] as const) {
    if (!is(old, type) || is(next, type)) continue;
    const detail = `${name} condition cannot be set to false once it is true`;
    invalid(out, at, conditions ?? null, detail);
  }
}

const is = ({ status }: StorageVersionMigration, type: string): boolean =>
  status?.conditions?.find((condition) => condition.type === type)?.status === "True";
