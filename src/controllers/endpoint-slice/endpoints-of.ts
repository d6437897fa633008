// What a Service's pods offer: addresses with their conditions, grouped by the ports they answer on.
import { isIpv6 } from "../../schema/ip.ts";
import type { Node, Pod, Service, ServicePort } from "../../schema/types/core-v1.ts";
import type { Endpoint, EndpointPort } from "../../schema/types/discovery-v1.ts";
import { isReady, isTerminal } from "../pods.ts";

export type AddressType = "IPv4" | "IPv6";

/** Pods that answer on the same ports. */
export type Offer = { ports: EndpointPort[]; endpoints: Endpoint[] };

export type OfferOptions = {
  service: Service;
  pods: readonly Pod[];
  node: (name: string) => Node | undefined;
  addressType: AddressType;
};

/** By `portsKey`. */
export function offers({ service, pods, node, addressType }: OfferOptions): Map<string, Offer> {
  const found = new Map<string, Offer>();
  for (const pod of pods) {
    if (!hasPlace(pod)) continue;
    const ports = portsOf(service, pod);
    const key = portsKey(ports);
    const offer = found.get(key) ?? { ports, endpoints: [] };
    found.set(key, offer);
    const host = node(pod.spec.nodeName ?? "");
    if (!host && !service.spec?.publishNotReadyAddresses) continue;
    const endpoint = endpointOf(service, pod, host, addressType);
    if (endpoint.addresses.length > 0) offer.endpoints.push(endpoint);
  }
  return found;
}

/** Has addresses and has not ended. */
export const hasPlace = (pod: Pod): boolean =>
  !isTerminal(pod) && (!!pod.status?.podIP || !!pod.status?.podIPs?.length);

function endpointOf(
  service: Service,
  pod: Pod,
  node: Node | undefined,
  addressType: AddressType,
): Endpoint {
  const { namespace, name, uid, deletionTimestamp } = pod.metadata;
  const serving = isReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const zone = node?.metadata.labels?.["topology.kubernetes.io/zone"];
  const endpoint: Endpoint = {
    addresses: addressesOf(pod, addressType),
    conditions: {
      ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(hasHostname(service, pod) ? { hostname: pod.spec.hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
  return withHints(service, endpoint);
}

const addressesOf = ({ status }: Pod, addressType: AddressType): string[] =>
  (status?.podIPs ?? [])
    .map(({ ip }) => ip)
    .filter((ip) => isIpv6(ip) === (addressType === "IPv6"))
    .sort();

export const hasHostname = ({ metadata }: Service, { spec }: Pod): boolean =>
  !!spec.hostname && spec.subdomain === metadata.name;

/** What proxies are to prefer, as `spec.trafficDistribution` says. */
function withHints({ spec }: Service, endpoint: Endpoint): Endpoint {
  const wish = spec?.trafficDistribution;
  const isClose = wish === "PreferClose" || wish === "PreferSameZone" || wish === "PreferSameNode";
  if (!isClose || !endpoint.conditions?.ready) return endpoint;
  const { zone, nodeName } = endpoint;
  const hints = {
    ...(zone ? { forZones: [{ name: zone }] } : {}),
    ...(nodeName && wish === "PreferSameNode" ? { forNodes: [{ name: nodeName }] } : {}),
  };
  return Object.keys(hints).length > 0 ? { ...endpoint, hints } : endpoint;
}

function portsOf({ spec }: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const servicePort of spec?.ports ?? []) {
    const port = findPort(pod, servicePort);
    if (port === undefined) continue;
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    ports.push({ name, port, protocol, ...(appProtocol ? { appProtocol } : {}) });
  }
  return ports;
}

/** The number behind a Service's target port on a pod; undefined when the pod has no port of that name. */
export function findPort(
  pod: Pod,
  { targetPort, port, protocol }: ServicePort,
): number | undefined {
  if (typeof targetPort === "number") return targetPort;
  if (!targetPort) return port;
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  for (const { ports = [] } of [...pod.spec.containers, ...sidecars])
    for (const found of ports)
      if (found.name === targetPort && (found.protocol ?? "TCP") === (protocol ?? "TCP"))
        return found.containerPort;
  return undefined;
}

/** The same for the same ports in any order. */
export const portsKey = (ports: readonly EndpointPort[] | undefined): string =>
  (ports ?? [])
    .map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol].join("/"))
    .sort()
    .join(",");
