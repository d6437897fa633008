// What a write to a service may touch, and what goes away when its type changes.
import type { Write } from "../../../kind.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import type { Service, ServiceSpec } from "../../../types/core-v1.ts";
import { keepAllocated, normalizeClusterIps } from "./allocate.ts";
import { isExternallyAccessible } from "./defaults.ts";
import { needsHealthCheck } from "./traffic.ts";

export function prepareService(next: Service, old: Service | undefined, write: Write): void {
  if (next.spec.type === "ExternalName") dropInternalPolicy(next.spec);
  if (old === undefined) {
    normalizeClusterIps(next.spec, undefined);
    next.status = { loadBalancer: {} };
    return;
  }
  if (write.subresource === "status") {
    next.spec = old.spec;
    return;
  }
  next.status = old.status;
  keepAllocated(next.spec, old.spec);
  normalizeClusterIps(next.spec, old.spec);
  dropWhatTypeNeedsNoMore(next.spec, old.spec);
  if (next.spec.type !== "LoadBalancer") next.status = { ...next.status, loadBalancer: {} };
}

/** Upstream keeps a default that a name cannot use, but never shows it. */
function dropInternalPolicy(spec: ServiceSpec): void {
  const { internalTrafficPolicy: policy } = spec;
  if (policy === "Cluster" || policy === "Local") delete spec.internalTrafficPolicy;
}

const needsClusterIp = ({ type }: ServiceSpec): boolean => type !== "ExternalName";
const mayHaveNodePorts = ({ type }: ServiceSpec): boolean =>
  type === "NodePort" || type === "LoadBalancer";
const isBalanced = ({ type }: ServiceSpec): boolean => type === "LoadBalancer";

type Needs = (spec: ServiceSpec) => boolean;

/** Only fields that upstream filled in itself: one that the caller changed stays, for validation to refuse. */
function dropWhatTypeNeedsNoMore(next: ServiceSpec, old: ServiceSpec): void {
  const noMore = (needs: Needs) => needs(old) && !needs(next);
  const drop = (...fields: (keyof ServiceSpec)[]) => {
    if (!fields.every((field) => semanticEqual(next[field], old[field]))) return;
    for (const field of fields) delete next[field];
  };
  if (noMore(needsClusterIp)) {
    drop("clusterIP", "clusterIPs");
    drop("ipFamilies");
    drop("ipFamilyPolicy");
  }
  if (noMore(mayHaveNodePorts)) dropNodePorts(next, old);
  if (noMore(needsHealthCheck)) drop("healthCheckNodePort");
  if (noMore(isBalanced)) {
    drop("allocateLoadBalancerNodePorts");
    drop("loadBalancerClass");
  }
  if (noMore(isExternallyAccessible)) drop("externalTrafficPolicy");
}

function dropNodePorts(next: ServiceSpec, old: ServiceSpec): void {
  const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  const ports = next.ports ?? [];
  if (ports.some(({ nodePort }) => nodePort && !before.has(nodePort))) return;
  for (const port of ports) delete port.nodePort;
}
