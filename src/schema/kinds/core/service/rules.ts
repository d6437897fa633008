// The rules of a service. Addresses and ports that the server allocates may still be missing.
import { duplicate, fieldForbidden, keyed, required } from "../../../field-error.ts";
import { checkLegacyCidr, checkLegacyIp } from "../../../ip.ts";
import type { Write } from "../../../kind.ts";
import { checkLabels } from "../../../metadata.ts";
import type { Cause } from "../../../status-error.ts";
import type { Service, ServiceSpec } from "../../../types/core-v1.ts";
import { dnsSubdomain, forbidden, invalid, needed, type Out, oneOf } from "../../checks.ts";
import { checkEndpointIp } from "../endpoint-address.ts";
import { checkClusterIps, isHeadless } from "./cluster-ips.ts";
import { checkLoadBalancerStatus } from "./load-balancer.ts";
import { checkServicePorts } from "./ports.ts";
import { checkExternalTraffic, checkLoadBalancerClass, checkTraffic } from "./traffic.ts";
import { checkServiceUpdate } from "./update.ts";

export function validateService(
  next: Service,
  old: Service | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    const at = "status.loadBalancer.ingress";
    const [status, before] = [next.status?.loadBalancer, old?.status?.loadBalancer];
    checkLoadBalancerStatus(out, at, { type: next.spec.type, status, before });
    return out;
  }
  // Upstream allocates before it validates, and does not even begin with addresses that are wrong.
  checkClusterIps(out, next.spec, old?.spec);
  if (out.length > 0) return out;
  if (old) checkServiceUpdate(out, next.spec, old.spec);
  checkHints(out, next.metadata.annotations ?? {});
  checkSpec(out, next, old);
  return out;
}

const hints = "service.kubernetes.io/topology-aware-hints";
const mode = "service.kubernetes.io/topology-mode";

function checkHints(out: Out, annotations: Readonly<Record<string, string>>): void {
  const [a, b] = [annotations[mode], annotations[hints]];
  if (a === undefined || b === undefined || a === b) return;
  const detail = `must match annotations[${hints}] when both are specified`;
  invalid(out, keyed("metadata.annotations", mode), a, detail);
}

const affinities = ["ClientIP", "None"];
const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

function checkSpec(out: Out, next: Service, old: Service | undefined): void {
  const { spec } = next;
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== "ExternalName") {
    out.push(required("spec.ports"));
  }
  checkType(out, spec);
  const { ports = [] } = spec;
  checkServicePorts(out, "spec.ports", ports);
  if (spec.selector) out.push(...checkLabels("spec.selector", spec.selector));
  oneOf(out, "spec.sessionAffinity", spec.sessionAffinity, affinities);
  checkAffinity(out, "spec.sessionAffinityConfig", spec);
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    const problems = checkLegacyIp(`spec.externalIPs[${i}]`, ip, old?.spec.externalIPs);
    if (problems.length > 0) out.push(...problems);
    else checkEndpointIp(out, `spec.externalIPs[${i}]`, ip);
  }
  oneOf(out, "spec.type", spec.type, types);
  checkNodePorts(out, spec);
  checkDoublePorts(out, spec);
  checkSourceRanges(out, next, old);
  if (spec.type !== "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== undefined) {
    const detail = "may only be used when `type` is 'LoadBalancer'";
    forbidden(out, "spec.allocateLoadBalancerNodePorts", detail);
  }
  if (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts === undefined) {
    // The path is upstream's.
    out.push(required("allocateLoadBalancerNodePorts"));
  }
  checkLoadBalancerClass(out, spec);
  checkExternalTraffic(out, spec);
  checkTraffic(out, spec);
}

function checkType(out: Out, spec: ServiceSpec): void {
  const { type } = spec;
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    invalid(out, "spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`);
  }
  if (type !== "ExternalName") return;
  const detail = "may not be set for ExternalName services";
  if (spec.clusterIPs?.length) forbidden(out, "spec.clusterIPs", detail);
  if (spec.ipFamilies?.length) forbidden(out, "spec.ipFamilies", detail);
  if (spec.ipFamilyPolicy !== undefined) forbidden(out, "spec.ipFamilyPolicy", detail);
  const { externalName = "" } = spec;
  const name = externalName.endsWith(".") ? externalName.slice(0, -1) : externalName;
  if (needed(out, "spec.externalName", name)) dnsSubdomain(out, "spec.externalName", name);
}

const affinitySecondsMax = 86_400;

function checkAffinity(out: Out, at: string, spec: ServiceSpec): void {
  const { sessionAffinity, sessionAffinityConfig: config } = spec;
  if (sessionAffinity === "None" && config) {
    forbidden(out, at, "must not be set when session affinity is None");
  }
  if (sessionAffinity !== "ClientIP") return;
  const seconds = config?.clientIP?.timeoutSeconds;
  const detail = "when session affinity type is ClientIP";
  if (config === undefined) out.push(required(at, detail));
  else if (config.clientIP === undefined) out.push(required(`${at}.clientIP`, detail));
  else if (seconds === undefined) out.push(required(`${at}.clientIP.timeoutSeconds`, detail));
  else if (seconds <= 0 || seconds > affinitySecondsMax) {
    const range = `must be greater than 0 and less than ${affinitySecondsMax}`;
    invalid(out, `${at}.clientIP.timeoutSeconds`, seconds, range);
  }
}

function checkNodePorts(out: Out, { type, ports = [] }: ServiceSpec): void {
  if (type === "ClusterIP") {
    for (const [i, { nodePort }] of ports.entries()) {
      if (!nodePort) continue;
      const detail = "may not be used when `type` is 'ClusterIP'";
      out.push(fieldForbidden(`spec.ports[${i}].nodePort`, detail));
    }
  }
  const seen = new Set<string>();
  for (const [i, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol} ${nodePort}`;
    if (seen.has(key)) out.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
    seen.add(key);
  }
}

function checkDoublePorts(out: Out, { ports = [] }: ServiceSpec): void {
  const seen = new Set<string>();
  for (const [i, { port, protocol = "" }] of ports.entries()) {
    const key = `${protocol} ${port}`;
    if (seen.has(key)) out.push(duplicate(`spec.ports[${i}]`, goPort(port, protocol)));
    seen.add(key);
  }
}

/** Upstream shows its own struct, whose fields have names of Go. */
const goPort = (port: number, protocol: string) => ({
  Name: "",
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});

const rangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";

function checkSourceRanges(out: Out, next: Service, old: Service | undefined): void {
  const { type, loadBalancerSourceRanges: ranges = [] } = next.spec;
  const text = next.metadata.annotations?.[rangesAnnotation];
  const isAnnotation = ranges.length === 0;
  if (isAnnotation && text === undefined) return;
  const field = isAnnotation
    ? keyed("metadata.annotations", rangesAnnotation)
    : "spec.LoadBalancerSourceRanges";
  if (type !== "LoadBalancer") {
    forbidden(out, field, "may only be used when `type` is 'LoadBalancer'");
  }
  if (!isAnnotation) {
    const accepted = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    for (const [i, range] of ranges.entries()) {
      out.push(...checkLegacyCidr(`${field}[${i}]`, range.trim(), accepted));
    }
  } else if (text !== old?.metadata.annotations?.[rangesAnnotation] && text?.trim()) {
    for (const range of text.split(",")) out.push(...checkLegacyCidr(field, range.trim()));
  }
}
