// What containers, and a pod as a whole, ask for and may have at most.
import {
  duplicate,
  fieldForbidden,
  fieldNotFound,
  invalidValue,
  notSupported,
  required,
} from "../../../field-error.ts";
import type {
  ContainerResizePolicy,
  PodSpec,
  ResourceClaim,
  ResourceRequirements,
} from "../../../types/core-v1.ts";
import { dnsLabel, type Out } from "../../checks.ts";
import {
  checkAmount,
  checkContainerResourceName,
  checkResourceName,
  isHugePages,
  isMore,
  isMultipleOfPage,
  isSameAmount,
  mayOvercommit,
} from "../resource-names.ts";
import { containersTotal } from "./pod-resources.ts";
import { isPodLevelResource } from "./qos.ts";
import type { ResourceList } from "./resource-list.ts";

type NameCheck = (out: Out, at: string, name: string) => void;

const noNames: ReadonlySet<string> = new Set();

export function checkContainerResources(
  out: Out,
  at: string,
  resources: ResourceRequirements | undefined,
  claimNames: ReadonlySet<string> = noNames,
): void {
  if (resources) checkResources(out, at, resources, checkContainerResourceName, claimNames);
}

function checkResources(
  out: Out,
  at: string,
  { limits, requests, claims }: ResourceRequirements,
  checkName: NameCheck,
  claimNames: ReadonlySet<string>,
): void {
  for (const name in limits) {
    checkOne(out, `${at}.limits[${name}]`, { name, amount: limits[name]!, checkName });
  }
  for (const name in requests) {
    const amount = requests[name]!;
    checkOne(out, `${at}.requests[${name}]`, { name, amount, checkName }, (found) => {
      checkAgainstLimit(found, at, { name, amount, limit: limits?.[name] });
    });
  }
  const asks = { ...limits, ...requests };
  if (!asks["cpu"] && !asks["memory"] && Object.keys(asks).some(isHugePages)) {
    out.push(fieldForbidden(at, "HugePages require cpu or memory"));
  }
  if (claims) checkClaims(out, `${at}.claims`, claims, claimNames);
}

type Ask = { readonly name: string; readonly amount: string; readonly checkName: NameCheck };

function checkOne(
  out: Out,
  at: string,
  { name, amount, checkName }: Ask,
  beforePages?: (out: Out) => void,
): void {
  checkName(out, at, name);
  checkAmount(out, at, name, amount);
  beforePages?.(out);
  if (isHugePages(name) && !isMultipleOfPage(name, amount)) {
    out.push(invalidValue(at, amount, `${amount} is not positive integer multiple of ${name}`));
  }
}

function checkAgainstLimit(
  out: Out,
  at: string,
  { name, amount, limit }: { name: string; amount: string; limit: string | undefined },
): void {
  if (limit === undefined) {
    if (mayOvercommit(name)) return;
    out.push(required(`${at}.limits`, "Limit must be set for non overcommitable resources"));
  } else if (!mayOvercommit(name) && !isSameAmount(amount, limit)) {
    out.push(invalidValue(`${at}.requests`, amount, `must be equal to ${name} limit of ${limit}`));
  } else if (isMore(amount, limit)) {
    const detail = `must be less than or equal to ${name} limit of ${limit}`;
    out.push(invalidValue(`${at}.requests`, amount, detail));
  }
}

function checkClaims(
  out: Out,
  at: string,
  claims: readonly ResourceClaim[],
  claimNames: ReadonlySet<string>,
): void {
  const seen = new Set<string>();
  for (const [i, { name, request }] of claims.entries()) {
    const here = `${at}[${i}]`;
    if (!name) {
      out.push(required(here));
      continue;
    }
    if (seen.has(name)) out.push(duplicate(here, name));
    else checkRequest(out, here, { name, request, seen });
    if (claimNames.has(name)) continue;
    const known = [...claimNames].sort().join(", ");
    const detail = `must be one of the names in pod.spec.resourceClaims${known === "" ? " which is empty" : `: ${known}`}`;
    const cause = fieldNotFound(here, name);
    out.push({ ...cause, message: `${cause.message}: ${detail}` });
  }
}

function checkRequest(
  out: Out,
  at: string,
  { name, request, seen }: { name: string; request?: string; seen: Set<string> },
): void {
  if (request) dnsLabel(out, `${at}.request`, request);
  const key = request ? `${name}/${request}` : name;
  if (seen.has(key)) out.push(duplicate(at, key));
  else if (!request && [...seen].some((other) => other.startsWith(`${name}/`))) {
    out.push(duplicate(at, name));
  }
  seen.add(key);
}

const resizable = ["cpu", "memory"];
const resizePolicies = ["NotRequired", "RestartContainer"];

export function checkResizePolicy(
  out: Out,
  at: string,
  policies: readonly ContainerResizePolicy[] | undefined,
  podRestartPolicy: string | undefined,
): void {
  const seen = new Set<string>();
  for (const [i, { resourceName, restartPolicy }] of (policies ?? []).entries()) {
    if (seen.has(resourceName)) out.push(duplicate(`${at}[${i}]`, resourceName));
    seen.add(resourceName);
    if (!resourceName) out.push(required(at));
    else if (!resizable.includes(resourceName)) out.push(notSupported(at, resourceName, resizable));
    if (!restartPolicy) out.push(required(at));
    else if (!resizePolicies.includes(restartPolicy)) {
      out.push(notSupported(at, restartPolicy, resizePolicies));
    }
    if (podRestartPolicy === "Never" && restartPolicy !== "NotRequired") {
      const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      out.push(invalidValue(at, restartPolicy ?? "", detail));
    }
  }
}

const podLevelNames = ["cpu", "hugepages-", "memory"];

function checkPodLevelName(out: Out, at: string, name: string): void {
  if (!checkResourceName(out, at, name)) return;
  if (!isPodLevelResource(name)) out.push(notSupported(at, name, podLevelNames));
}

/** Of the pod as a whole. */
export function checkPodResources(
  out: Out,
  at: string,
  spec: PodSpec,
  claimNames: ReadonlySet<string>,
): void {
  const { resources } = spec;
  if (resources === undefined) return;
  if (spec.os?.name === "windows") {
    out.push(fieldForbidden(at, "may not be set for a windows pod"));
    return;
  }
  if (resources.claims) {
    const detail = "claims may not be set for Resources at pod-level";
    out.push(fieldForbidden(`${at}.claims`, detail));
  }
  checkResources(out, at, resources, checkPodLevelName, claimNames);
  checkCoversContainers(out, at, spec, resources);
}

function checkCoversContainers(
  out: Out,
  at: string,
  spec: PodSpec,
  { requests = {}, limits = {} }: ResourceRequirements,
): void {
  compare(out, `${at}.requests`, containersTotal(spec, "requests"), requests, "requests");
  const limited = containersTotal(spec, "limits");
  for (const name in limited) if (!isHugePages(name)) delete limited[name];
  compare(out, `${at}.limits`, limited, limits, "limits");
  for (const [i, { resources }] of (spec.containers ?? []).entries()) {
    for (const name in resources?.limits) {
      const [own, all] = [resources.limits[name]!, limits[name]];
      if (all === undefined || !isMore(own, all)) continue;
      const field = `${at}.containers[${i}][${name}].limits`;
      out.push(invalidValue(field, own, `must be less than or equal to pod limits of ${all}`));
    }
  }
}

function compare(
  out: Out,
  at: string,
  total: ResourceList,
  pod: ResourceList,
  side: "requests" | "limits",
): void {
  for (const name in total) {
    const [own, all] = [total[name]!, pod[name]];
    if (all === undefined || !isMore(own, all)) continue;
    const detail = `must be greater than or equal to aggregate container ${side} of ${own}`;
    out.push(invalidValue(`${at}[${name}]`, all, detail));
  }
}
