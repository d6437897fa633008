// How a pod finds names: its resolver, its host name, its hosts file. Pure; rules are upstream's (kubelet's dns).
import type { HostAlias, Pod } from "../../schema/types/core-v1.ts";

export type Resolver = { servers: string[]; searches: string[]; options: string[] };

export type DnsFacts = {
  /** Of the cluster; empty: it has none. */
  readonly servers: readonly string[];
  readonly domain: string;
  readonly machine: Resolver;
};

/** What the libraries of programs take; the rest is left out. */
const serversMax = 3;
const searchesMax = 32;
const searchTextMax = 2048;

export function podResolver(pod: Pod, dns: DnsFacts): Resolver {
  const { dnsConfig } = pod.spec;
  const base = baseResolver(pod, dns);
  const searches = unique([...base.searches, ...(dnsConfig?.searches ?? [])]).slice(0, searchesMax);
  while (searches.join(" ").length > searchTextMax) searches.pop();
  return {
    servers: unique([...base.servers, ...(dnsConfig?.nameservers ?? [])]).slice(0, serversMax),
    searches,
    options: mergedOptions(base.options, dnsConfig?.options ?? []),
  };
}

function baseResolver(pod: Pod, { servers, domain, machine }: DnsFacts): Resolver {
  const policy = pod.spec.dnsPolicy ?? "ClusterFirst";
  const none: Resolver = { servers: [], searches: [], options: [] };
  if (policy === "None") return none;
  const clusterFirst =
    policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !pod.spec.hostNetwork);
  if (!clusterFirst || servers.length === 0) return machine;
  const ns = pod.metadata.namespace;
  return {
    servers: [...servers],
    searches: [`${ns}.svc.${domain}`, `svc.${domain}`, domain, ...machine.searches],
    options: ["ndots:5"],
  };
}

/** Options of the pod replace those of the same name. */
function mergedOptions(
  base: readonly string[],
  own: readonly { name?: string; value?: string }[],
): string[] {
  const merged = new Map(base.map((option) => [option.split(":")[0] ?? "", option]));
  for (const { name, value } of own) {
    if (name) merged.set(name, value ? `${name}:${value}` : name);
  }
  return [...merged.values()];
}

const unique = (list: readonly string[]): string[] => [...new Set(list.filter((x) => x !== ""))];

/** The kernel's bound; a longer name is cut. */
const hostnameMax = 63;

export function hostnameOf(pod: Pod, clusterDomain: string): { hostname: string; domain: string } {
  const { hostname, subdomain, hostnameOverride } = pod.spec;
  if (hostnameOverride) return { hostname: cut(hostnameOverride), domain: "" };
  return {
    hostname: cut(hostname || (pod.metadata.name ?? "")),
    domain: subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : "",
  };
}

const cut = (name: string): string => name.slice(0, hostnameMax).replace(/[-.]+$/, "");

/** Name that the kernel gives out inside the pod. */
export function kernelHostname(pod: Pod, clusterDomain: string): string {
  if (pod.spec.hostNetwork) return "";
  const { hostname, domain } = hostnameOf(pod, clusterDomain);
  return pod.spec.setHostnameAsFQDN && domain !== "" ? `${hostname}.${domain}` : hostname;
}

export function hostsFile(pod: Pod, ips: readonly string[], clusterDomain: string): string {
  const { hostname, domain } = hostnameOf(pod, clusterDomain);
  const names = domain === "" ? hostname : `${hostname}.${domain}\t${hostname}`;
  return [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    ...ips.map((ip) => `${ip}\t${names}`),
    aliasLines(pod.spec.hostAliases),
  ].join("\n");
}

/** For a pod on the machine's network: the machine's file and the pod's aliases. */
export const hostNetworkHostsFile = (pod: Pod, machineFile: string): string =>
  `# Kubernetes-managed hosts file (host network).\n${machineFile}${aliasLines(pod.spec.hostAliases)}`;

function aliasLines(aliases: readonly HostAlias[] | undefined): string {
  if (!aliases || aliases.length === 0) return "";
  const lines = aliases.map((a) => `${a.ip}\t${(a.hostnames ?? []).join("\t")}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join("")}`;
}
