// What Services and their EndpointSlices say, port by port, for one node.
import type { Service } from "../../schema/types/core-v1.ts";
import type { Endpoint, EndpointSlice } from "../../schema/types/discovery-v1.ts";

export type Protocol = "tcp" | "udp" | "sctp";

export type Address = { readonly ip: string; readonly port: number };

/** One port of a Service as this node has to carry it. */
export type ServicePort = {
  /** `namespace/name:port`. */
  readonly name: string;
  readonly protocol: Protocol;
  /** Addresses under which pods and the node reach the Service. */
  readonly inside: readonly Address[];
  /** Addresses for callers from outside (external and load balancer addresses). */
  readonly outside: readonly Address[];
  /** 0: none. */
  readonly nodePort: number;
  /** Where calls from inside go, and those from outside; both sorted, without repeats. */
  readonly insideEndpoints: readonly Address[];
  readonly outsideEndpoints: readonly Address[];
  /** `externalTrafficPolicy: Local`: the caller's own address is kept. */
  readonly keepsSource: boolean;
  /** Seconds for which a caller stays with an endpoint; 0: each call may go elsewhere. */
  readonly affinitySeconds: number;
};

const protocols: Readonly<Record<string, Protocol>> = { TCP: "tcp", UDP: "udp", SCTP: "sctp" };
const affinitySecondsDefault = 10_800;

export function servicePortsOf(
  service: Service,
  slices: readonly EndpointSlice[],
  nodeName: string,
): ServicePort[] {
  const { spec, metadata, status } = service;
  const clusterIps = (spec.clusterIPs ?? [spec.clusterIP ?? ""]).filter(isIpv4);
  if (spec.type === "ExternalName" || clusterIps.length === 0) return [];
  const balancers = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip ?? "");
  const outside = [...(spec.externalIPs ?? []), ...balancers].filter(isIpv4);
  const keepsSource = spec.externalTrafficPolicy === "Local";
  return (spec.ports ?? []).map((port) => {
    const protocol = protocols[port.protocol ?? "TCP"] ?? "tcp";
    const all = endpointsOf(slices, port.name ?? "", port.protocol ?? "TCP");
    const local = all.filter((e) => e.nodeName === nodeName);
    const at = (ip: string): Address => ({ ip, port: port.port });
    return {
      name: `${metadata.namespace}/${metadata.name}:${port.name ?? ""}`,
      protocol,
      inside: clusterIps.map(at),
      outside: outside.map(at),
      nodePort: port.nodePort ?? 0,
      insideEndpoints: usable(spec.internalTrafficPolicy === "Local" ? local : all),
      outsideEndpoints: usable(keepsSource ? local : all),
      keepsSource,
      affinitySeconds: affinityOf(service),
    };
  });
}

function affinityOf({ spec }: Service): number {
  if (spec.sessionAffinity !== "ClientIP") return 0;
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySecondsDefault;
}

type Candidate = Address & { nodeName: string | undefined; state: Endpoint["conditions"] };

function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: string,
): Candidate[] {
  return slices.flatMap((slice) => {
    if (slice.addressType !== "IPv4") return [];
    const port = slice.ports?.find(
      (p) => (p.name ?? "") === portName && (p.protocol ?? "TCP") === protocol,
    );
    if (port?.port === undefined) return [];
    const number = port.port;
    return (slice.endpoints ?? []).flatMap(({ addresses, conditions, nodeName }) =>
      addresses.slice(0, 1).map((ip) => ({ ip, port: number, nodeName, state: conditions })),
    );
  });
}

/** Ready ones; when there are none, those that are ending but still serve. */
function usable(candidates: readonly Candidate[]): Address[] {
  const ready = candidates.filter((c) => c.state?.ready !== false);
  const chosen =
    ready.length > 0 ? ready : candidates.filter((c) => c.state?.serving && c.state.terminating);
  const unique = new Map(chosen.map(({ ip, port }) => [`${ip}:${port}`, { ip, port }]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, address]) => address);
}

const isIpv4 = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
