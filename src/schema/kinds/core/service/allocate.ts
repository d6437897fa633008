// What a service is given before it is checked: families and addresses that it does not name itself. Pure: the
// server calls `settleFamilies` once the caller's wishes are complete, then takes an address for each family.
import { invalidValue } from "../../../field-error.ts";
import { isIpv6 } from "../../../ip.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import type { Cause } from "../../../status-error.ts";
import type { Service, ServiceSpec } from "../../../types/core-v1.ts";
import { needsHealthCheck } from "./traffic.ts";

export type Family = "IPv4" | "IPv6";

/** `clusterIPs` from `clusterIP`, for callers who know only the old field. */
export function normalizeClusterIps(next: ServiceSpec, old: ServiceSpec | undefined): void {
  const ip = next.clusterIP ?? "";
  if (old === undefined) {
    if (ip !== "" && !next.clusterIPs?.length) next.clusterIPs = [ip];
    return;
  }
  const before = old.clusterIP ?? "";
  if (old.clusterIPs?.length && !next.clusterIPs?.length && ip === before) {
    next.clusterIPs = [...old.clusterIPs];
  }
  if (ip === before || !semanticEqual(next.clusterIPs, old.clusterIPs)) return;
  if (ip === "") delete next.clusterIPs;
  else next.clusterIPs = [ip];
}

/** What an update leaves out and still needs stays as it was allocated. */
export function keepAllocated(next: ServiceSpec, old: ServiceSpec): void {
  if (next.type !== "ExternalName" && old.type !== "ExternalName") {
    if (!next.clusterIP && old.clusterIP) next.clusterIP = old.clusterIP;
    if (!next.clusterIPs?.length && old.clusterIPs?.length) next.clusterIPs = [...old.clusterIPs];
  }
  if (needsNodePort(next) && needsNodePort(old)) keepNodePorts(next, old);
  if (!needsHealthCheck(next) || !needsHealthCheck(old) || next.healthCheckNodePort) return;
  if (old.healthCheckNodePort) next.healthCheckNodePort = old.healthCheckNodePort;
}

/** Whether the server gives node ports to ports that do not name one. */
export const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);

function keepNodePorts({ ports = [] }: ServiceSpec, { ports: before = [] }: ServiceSpec): void {
  const asked = new Set(ports.map(({ nodePort }) => nodePort));
  for (const port of ports) {
    if (port.nodePort) continue;
    // Of several with the same name the last counts, as upstream.
    const same = before.findLast(({ name = "" }) => name === (port.name ?? ""));
    if (same?.nodePort && !asked.has(same.nodePort)) port.nodePort = same.nodePort;
  }
}

/**
 * Fills in policy and families of a service that has addresses. `families`: those of the cluster, the default first.
 * What the cluster cannot do is returned; nothing is to be allocated then.
 */
export function settleFamilies(
  { spec }: Service,
  old: Service | undefined,
  families: readonly Family[],
): Cause[] {
  if (spec.type === "ExternalName" || isSettled(spec, old?.spec)) return [];
  const isOpen = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (isOpen ? "RequireDualStack" : "SingleStack");
  const refused = [...reduce(spec, old?.spec), ...takeFromAddresses(spec, families)];
  if (refused.length > 0) return refused;
  if (!isOpen) {
    const unknown = unsupported(spec, families);
    if (unknown.length > 0) return unknown;
  }
  const chosen: Family[] = spec.ipFamilies?.length
    ? ([...spec.ipFamilies] as Family[])
    : families.slice(0, 1);
  const isDual = spec.ipFamilyPolicy !== "SingleStack" && (isOpen || families.length === 2);
  if (chosen.length === 1 && isDual) chosen.push(chosen[0] === "IPv4" ? "IPv6" : "IPv4");
  spec.ipFamilies = chosen;
  return [];
}

/** A service that takes what it can get and has asked for nothing else is left alone. */
function isSettled(next: ServiceSpec, old: ServiceSpec | undefined): boolean {
  if (old === undefined || next.type !== old.type) return false;
  if (next.ipFamilyPolicy !== "PreferDualStack") return false;
  if ((old.ipFamilyPolicy ?? "PreferDualStack") !== "PreferDualStack") return false;
  const fields = ["clusterIP", "clusterIPs", "ipFamilies"] as const;
  return fields.every((field) => semanticEqual(next[field], old[field]));
}

const policyField = "spec.ipFamilyPolicy";

/** Who asks for one family gives up the second; who drops the second must ask for one. */
function reduce(next: ServiceSpec, old: ServiceSpec | undefined): Cause[] {
  const policy = next.ipFamilyPolicy;
  const causes: Cause[] = [];
  const lists = [
    ["clusterIPs", "cluster IP", "cluster IPs"],
    ["ipFamilies", "IP family", "IP families"],
  ] as const;
  for (const [list, one] of lists) {
    const [now, before] = [next[list] ?? [], old?.[list] ?? []];
    if (policy === "SingleStack") {
      if (old && semanticEqual(now, before) && now.length > 1)
        Object.assign(next, { [list]: [now[0]] });
    } else if (now.length > 0 && now.length < before.length) {
      const detail = `must be 'SingleStack' to release the secondary ${one}`;
      causes.push(invalidValue(policyField, policy, detail));
    }
  }
  for (const [list, , many] of lists) {
    if (policy !== "SingleStack" || next[list]?.length !== 2) continue;
    const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${many} are specified`;
    causes.push(invalidValue(policyField, policy, detail));
  }
  return causes;
}

/** An address tells its family. */
function takeFromAddresses(spec: ServiceSpec, families: readonly Family[]): Cause[] {
  const causes: Cause[] = [];
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === "None") break;
    if (i < (spec.ipFamilies?.length ?? 0)) continue;
    const family = isIpv6(ip) ? "IPv6" : "IPv4";
    if (families.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else {
      const detail = `${family} is not configured on this cluster`;
      causes.push(invalidValue(`spec.clusterIPs[${i}]`, spec.clusterIPs, detail));
    }
  }
  return causes;
}

function unsupported({ ipFamilies, ipFamilyPolicy }: ServiceSpec, families: readonly Family[]) {
  const causes: Cause[] = [];
  if (ipFamilyPolicy === "RequireDualStack" && families.length < 2) {
    const detail = "this cluster is not configured for dual-stack services";
    causes.push(invalidValue(policyField, ipFamilyPolicy, detail));
  }
  for (const [i, family] of (ipFamilies ?? []).entries()) {
    if (families.includes(family as Family)) continue;
    const detail = "not configured on this cluster";
    causes.push(invalidValue(`spec.ipFamilies[${i}]`, family, detail));
  }
  return causes;
}
