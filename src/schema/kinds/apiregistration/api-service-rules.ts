// The rules of an APIService.
import { required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { checkDns1035Label, checkPathSegment, checkPortNumber } from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { APIService, APIServiceSpec } from "../../types/apiregistration-v1.ts";
import { dnsSubdomain, invalid, needed, type Out, refuse, supportedOnly } from "../checks.ts";
import { decodedLength } from "../core/immutable-data.ts";

const priorityMax = 1000;
const groupPriorityMax = 20_000;
const statuses = ["True", "False", "Unknown"];

export function validateApiService(
  next: APIService,
  _old: APIService | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    for (const [i, { status }] of (next.status?.conditions ?? []).entries()) {
      supportedOnly(out, `status.conditions[${i}].status`, status, statuses);
    }
    return out;
  }
  checkName(out, next);
  checkVersion(out, next.spec);
  checkBackend(out, next.spec);
  return out;
}

/** Upstream asks the same of what a name is made from, so that none can be. */
function checkName(out: Out, { metadata, spec }: APIService): void {
  const wanted = `${spec.version ?? ""}.${spec.group ?? ""}`;
  const rule = 'must be `spec.version+"."+spec.group`';
  for (const field of ["generateName", "name"] as const) {
    const name = metadata[field] ?? "";
    if (name === wanted || name === "" || checkPathSegment(name).length > 0) continue;
    invalid(out, `metadata.${field}`, name, `${rule}: ${JSON.stringify(wanted)}`);
  }
}

function checkVersion(out: Out, spec: APIServiceSpec): void {
  const { group = "", version = "", groupPriorityMinimum = 0, versionPriority = 0 } = spec;
  if (group === "" && version !== "v1") {
    const detail = "only v1 may have an empty group and it better be legacy kube";
    out.push(required("spec.group", detail));
  }
  if (group !== "") dnsSubdomain(out, "spec.group", group);
  refuse(out, "spec.version", version, checkDns1035Label(version));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > groupPriorityMax) {
    const detail = `must be positive and less than ${groupPriorityMax}`;
    invalid(out, "spec.groupPriorityMinimum", groupPriorityMinimum, detail);
  }
  if (versionPriority <= 0 || versionPriority > priorityMax) {
    const detail = `must be positive and less than ${priorityMax}`;
    invalid(out, "spec.versionPriority", versionPriority, detail);
  }
}

function checkBackend(out: Out, spec: APIServiceSpec): void {
  const { service, caBundle, insecureSkipTLSVerify: isInsecure } = spec;
  const at = "spec.insecureSkipTLSVerify";
  if (service === undefined) {
    if (caBundle) {
      const shown = `${decodedLength(caBundle)} bytes`;
      invalid(out, "spec.caBundle", shown, "local APIServices may not have a caBundle");
    }
    if (isInsecure) {
      invalid(out, at, true, "local APIServices may not have insecureSkipTLSVerify");
    }
    return;
  }
  const { namespace, name, port = 0 } = service;
  needed(out, "spec.service.namespace", namespace);
  needed(out, "spec.service.name", name);
  const problems = checkPortNumber(port);
  if (problems.length > 0) {
    invalid(out, "spec.service.port", port, `port is not valid: ${problems.join(", ")}`);
  }
  if (isInsecure && caBundle) invalid(out, at, true, "may not be true if caBundle is present");
}
