// What a pod's status says about the claims made for it.
import { duplicate, invalidValue, required } from "../../../field-error.ts";
import { nameIsDnsSubdomain } from "../../../names.ts";
import type { Pod, PodStatus } from "../../../types/core-v1.ts";
import { dnsLabel, type Out, objectName } from "../../checks.ts";
import { isHugePages, isNegative } from "../resource-names.ts";

export function checkClaimStatuses(out: Out, pod: Pod, status: PodStatus): void {
  checkOwn(out, pod, status);
  checkExtended(out, pod, status);
  checkNodeAllocatable(out, pod, status);
}

function checkOwn(out: Out, { spec }: Pod, { resourceClaimStatuses }: PodStatus): void {
  const names = new Set<string>();
  for (const [i, { name, resourceClaimName }] of (resourceClaimStatuses ?? []).entries()) {
    const at = `status.resourceClaimStatuses[${i}]`;
    if (!spec.resourceClaims?.some((claim) => claim.name === name)) {
      const detail = "must match the name of an entry in `spec.resourceClaims`";
      out.push(invalidValue(`${at}.name`, name, detail));
    }
    if (names.has(name)) out.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (resourceClaimName === undefined) continue;
    objectName(out, `${at}.resourceClaimName`, resourceClaimName, nameIsDnsSubdomain);
  }
}

function checkExtended(out: Out, { spec }: Pod, status: PodStatus): void {
  const { extendedResourceClaimStatus: extended } = status;
  if (extended === undefined) return;
  const at = "status.extendedResourceClaimStatus";
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  if (!extended.requestMappings?.length) {
    out.push(required(`${at}.requestMappings`, "at least one request mapping is required"));
  }
  const seen = new Set<string>();
  for (const [i, mapping] of (extended.requestMappings ?? []).entries()) {
    const { containerName, resourceName, requestName } = mapping;
    const here = `${at}.requestMappings[${i}]`;
    const container = containers.findLast(({ name }) => name === containerName);
    if (container === undefined) {
      const detail =
        "must match the name of an entry in spec.initContainers.name or spec.containers.name";
      out.push(invalidValue(`${here}.containerName`, containerName, detail));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const detail =
        "must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests";
      out.push(invalidValue(`${here}.resourceName`, resourceName, detail));
    }
    dnsLabel(out, `${at}.requestName`, requestName);
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) {
      for (const part of ["containerName", "resourceName", "requestName"] as const) {
        out.push(duplicate(`${here}.${part}`, mapping[part]));
      }
    }
    seen.add(key);
  }
  const { resourceClaimName: name } = extended;
  if (!name) out.push(required(`${at}.resourceClaimName`));
  else objectName(out, `${at}.resourceClaimName`, name, nameIsDnsSubdomain);
}

const isNodeAllocatable = (name: string): boolean =>
  ["cpu", "memory", "ephemeral-storage"].includes(name) || isHugePages(name);

function checkNodeAllocatable(out: Out, { spec }: Pod, status: PodStatus): void {
  const known = [...(spec.resourceClaims ?? []), ...(status.resourceClaimStatuses ?? [])];
  for (const [i, one] of (status.nodeAllocatableResourceClaimStatuses ?? []).entries()) {
    const { resourceClaimName: name, mapping, overhead } = one;
    const at = `status.nodeAllocatableResourceClaimStatuses[${i}]`;
    if (!name) continue;
    if (!known.some(({ resourceClaimName }) => resourceClaimName === name)) {
      out.push(invalidValue(`${at}.resourceClaimName`, name, "no mapping found in pod reference"));
    }
    const amount = (field: string, quantity: string | undefined): void => {
      if (!isNegative(quantity)) return;
      out.push(invalidValue(field, quantity, "must be non-negative"));
    };
    const named = (field: string, resource: string): void => {
      if (isNodeAllocatable(resource)) return;
      const detail = "must be a node allocatable resource name";
      out.push(invalidValue(`${field}.name`, resource, detail));
    };
    for (const [j, item] of (mapping ?? []).entries()) {
      named(`${at}.mapping[${j}]`, item.name);
      amount(`${at}.mapping[${j}].quantity`, item.quantity);
    }
    for (const [j, item] of (overhead ?? []).entries()) {
      const field = `${at}.overhead[${j}]`;
      named(field, item.name);
      if (item.perPod === undefined && item.perContainer === undefined) {
        const detail = "at least one of perPod or perContainer must be set";
        out.push(invalidValue(field, "", detail));
      }
      amount(`${field}.perPod`, item.perPod);
      amount(`${field}.perContainer`, item.perContainer);
    }
  }
}
