// What the cluster's DNS knows of a name. Pure: services and endpoints in, records out (upstream's DNS specification 1.1.0).
import type { Service } from "../../schema/types/core-v1.ts";
import type { Endpoint, EndpointSlice } from "../../schema/types/discovery-v1.ts";

export type Zone = {
  /** `cluster.local`. */
  readonly domain: string;
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  /** Whether the namespace has any Service. */
  hasNamespace(namespace: string): boolean;
  /** The Service whose cluster address this is. */
  serviceAt(ip: string): Service | undefined;
  /** Endpoints with this address, with the slice that names their Service. */
  endpointsAt(ip: string): readonly { slice: EndpointSlice; endpoint: Endpoint }[];
};

export type Kind = "A" | "AAAA" | "SRV" | "PTR" | "CNAME" | "TXT" | "SOA" | "NS" | string;

export type DnsRecord =
  | { type: "A"; name: string; data: string }
  | { type: "CNAME" | "PTR"; name: string; data: string }
  | { type: "TXT"; name: string; data: string }
  | {
      type: "SRV";
      name: string;
      data: { priority: number; weight: number; port: number; target: string };
    };

/**
 * "elsewhere": not a name of the cluster, ask upstream. "unknown": no such name. Records may be empty: the name is
 * there, but has no record of the kind that was asked for.
 */
export type Found =
  | "elsewhere"
  | "unknown"
  | { records: readonly DnsRecord[]; extra?: readonly DnsRecord[] };

const specificationVersion = "1.1.0";

/** Pure. "elsewhere": the name is not the cluster's; "unknown": it is, and nothing has it (NXDOMAIN). */
export function lookUp(question: { name: string; type: Kind }, zone: Zone): Found {
  const name = question.name.toLowerCase().replace(/\.$/, "");
  if (name.endsWith(".in-addr.arpa")) return pointers(name, zone);
  const { domain } = zone;
  if (name === domain) return { records: [] };
  if (!name.endsWith(`.${domain}`)) return "elsewhere";
  const labels = name.slice(0, -domain.length - 1).split(".");
  if (labels.length === 1 && labels[0] === "dns-version") {
    return ofType(question.type, [{ type: "TXT", name, data: specificationVersion }]);
  }
  const area = labels.pop();
  const namespace = labels.pop();
  if (area !== "svc" && area !== "pod") return "unknown";
  if (namespace === undefined) return { records: [] };
  if (area === "pod")
    return labels.length === 0 ? { records: [] } : podName(labels, name, question.type);
  if (!zone.hasNamespace(namespace)) return "unknown";
  return labels.length === 0
    ? { records: [] }
    : serviceName({ labels, namespace, name, type: question.type }, zone);
}

type Asked = { labels: string[]; namespace: string; name: string; type: Kind };

function serviceName(asked: Asked, zone: Zone): Found {
  const { labels, namespace, name, type } = asked;
  const service = zone.service(namespace, labels.at(-1) ?? "");
  if (!service) return "unknown";
  const { spec } = service;
  if (spec.type === "ExternalName" && labels.length === 1) {
    return { records: [{ type: "CNAME", name, data: spec.externalName ?? "" }] };
  }
  const isHeadless = spec.clusterIP === "None";
  const slices = isHeadless ? zone.slices(namespace, labels.at(-1) ?? "") : [];
  if (labels.length === 1) {
    const addresses = isHeadless ? readyEndpoints(slices).map(addressOf) : (spec.clusterIPs ?? []);
    return ofType(type, addressRecords(name, addresses));
  }
  if (labels.length === 2 && isHeadless) {
    const hosts = readyEndpoints(slices).filter((e) => hostOf(e) === labels[0]);
    return hosts.length === 0
      ? "unknown"
      : ofType(type, addressRecords(name, hosts.map(addressOf)));
  }
  return labels.length === 3 ? portName(asked, service, slices, zone) : "unknown";
}

/** `_http._tcp.web.ns.svc…`: a port of a Service, or of each endpoint of a headless one. */
function portName(
  asked: Asked,
  service: Service,
  slices: readonly EndpointSlice[],
  zone: Zone,
): Found {
  const [portLabel = "", protocolLabel = "", serviceLabel = ""] = asked.labels;
  if (!portLabel.startsWith("_") || !protocolLabel.startsWith("_")) return "unknown";
  const isAsked = (p: { name?: string; protocol?: string }): boolean =>
    (p.name ?? "") === portLabel.slice(1) &&
    (p.protocol ?? "TCP").toLowerCase() === protocolLabel.slice(1);
  const base = `${serviceLabel}.${asked.namespace}.svc.${zone.domain}`;
  const records: DnsRecord[] = [];
  const extra: DnsRecord[] = [];
  const add = (target: string, port: number, ip: string): void => {
    records.push({
      type: "SRV",
      name: asked.name,
      data: { priority: 0, weight: 100, port, target },
    });
    extra.push(...addressRecords(target, [ip]));
  };
  if (service.spec.clusterIP === "None") {
    for (const slice of slices) {
      const port = slice.ports?.find(isAsked)?.port;
      if (port === undefined) continue;
      for (const e of readyEndpoints([slice])) add(`${hostOf(e)}.${base}`, port, addressOf(e));
    }
  } else {
    const port = service.spec.ports?.find(isAsked)?.port;
    if (port !== undefined) add(base, port, service.spec.clusterIP ?? "");
  }
  if (records.length === 0) return "unknown";
  return asked.type === "SRV" ? { records, extra } : { records: [] };
}

/** `10-244-0-7.ns.pod…` is its own address. */
function podName(labels: string[], name: string, type: Kind): Found {
  const ip = labels.length === 1 ? (labels[0] ?? "").replaceAll("-", ".") : "";
  return isIpv4(ip) ? ofType(type, addressRecords(name, [ip])) : "unknown";
}

function pointers(name: string, zone: Zone): Found {
  const ip = name
    .replace(/\.in-addr\.arpa$/, "")
    .split(".")
    .reverse()
    .join(".");
  const service = zone.serviceAt(ip);
  const pointer = (data: string): DnsRecord => ({ type: "PTR", name, data });
  if (service) {
    const { name: own, namespace } = service.metadata;
    return { records: [pointer(`${own}.${namespace}.svc.${zone.domain}`)] };
  }
  const records = zone.endpointsAt(ip).flatMap(({ slice, endpoint }) => {
    const { namespace, labels } = slice.metadata;
    const owner = labels?.["kubernetes.io/service-name"];
    const isHeadless = owner && zone.service(namespace ?? "", owner)?.spec.clusterIP === "None";
    return isHeadless
      ? [pointer(`${hostOf(endpoint)}.${owner}.${namespace}.svc.${zone.domain}`)]
      : [];
  });
  return records.length > 0 ? { records } : "elsewhere";
}

const readyEndpoints = (slices: readonly EndpointSlice[]): Endpoint[] =>
  slices
    .filter((s) => s.addressType === "IPv4")
    .flatMap((s) => (s.endpoints ?? []).filter((e) => e.conditions?.ready !== false));

const addressOf = (endpoint: Endpoint): string => endpoint.addresses[0] ?? "";

const hostOf = (endpoint: Endpoint): string =>
  endpoint.hostname ?? addressOf(endpoint).replaceAll(".", "-");

const addressRecords = (name: string, addresses: readonly string[]): DnsRecord[] =>
  [...new Set(addresses)].filter(isIpv4).map((data) => ({ type: "A", name, data }));

const ofType = (type: Kind, records: readonly DnsRecord[]): Found => ({
  records: type === "ANY" ? records : records.filter((r) => r.type === type),
});

const isIpv4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);
