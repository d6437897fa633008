// Service ports as the elements of nftables maps. Everything that changes with Services is an element, so that a
// change is a few elements in one transaction, whatever the number of Services.
//
//   a Service 10.96.0.5:80 with endpoints A and B becomes, in the map for two endpoints,
//     10.96.0.5 . tcp . 80 . 0 : A     10.96.0.5 . tcp . 80 . 1 : B
//   and one rule per map looks up `daddr . proto . dport . random of 2`.
import type { Address, Protocol, ServicePort } from "./service-ports.ts";

/** Elements by map or set. In sets the value is "". */
export type Ruleset = {
  readonly elements: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Ports whose callers stay with an endpoint; these have a chain of their own. */
  readonly sticky: ReadonlyMap<string, Sticky>;
};

export type Sticky = {
  readonly chain: string;
  readonly protocol: Protocol;
  readonly endpoints: readonly Address[];
  readonly seconds: number;
};

/** Names of sets and maps, but for those made per number of endpoints. */
export const names = {
  /** Addresses that a pod calls and that lead back to itself. */
  hairpin: "hairpin",
  /** Node ports and outside addresses whose callers get this node's address. */
  hiddenPorts: "hidden_ports",
  hiddenAddresses: "hidden_addresses",
  /** Node ports and outside addresses without an endpoint. */
  deadPorts: "dead_ports",
  deadAddresses: "dead_addresses",
  stickyAddresses: "sticky_addresses",
  stickyPorts: "sticky_ports",
} as const;

/** Map for addresses, or for node ports, that have `count` endpoints. */
export const addressMap = (count: number): string => `to_${count}`;
export const portMap = (count: number): string => `port_${count}`;

/** Pure: the whole of the rules for these ports of Services. */
export function rulesetOf(ports: Iterable<ServicePort>): Ruleset {
  const elements = new Map<string, Map<string, string>>();
  const sticky = new Map<string, Sticky>();
  const add = (name: string, key: string, value = ""): void => {
    let found = elements.get(name);
    if (!found) {
      found = new Map();
      elements.set(name, found);
    }
    found.set(key, value);
  };
  for (const port of ports) addPort(port, add, sticky);
  return { elements, sticky };
}

type Add = (name: string, key: string, value?: string) => void;

function addPort(port: ServicePort, add: Add, sticky: Map<string, Sticky>): void {
  const { protocol, insideEndpoints, outsideEndpoints, nodePort } = port;
  for (const { ip } of [...insideEndpoints, ...outsideEndpoints])
    add(names.hairpin, `${ip} . ${ip}`);
  const stickTo = port.affinitySeconds > 0 ? stickyChain(port, sticky) : undefined;
  for (const at of port.inside) spread(at, protocol, insideEndpoints, stickTo?.inside, add);
  for (const at of port.outside) {
    spread(at, protocol, outsideEndpoints, stickTo?.outside, add);
    const key = `${at.ip} . ${protocol} . ${at.port}`;
    if (outsideEndpoints.length === 0) add(names.deadAddresses, key);
    else if (!port.keepsSource) add(names.hiddenAddresses, key);
  }
  if (nodePort === 0) return;
  const key = `${protocol} . ${nodePort}`;
  if (outsideEndpoints.length === 0) return add(names.deadPorts, key);
  if (!port.keepsSource) add(names.hiddenPorts, key);
  if (stickTo?.outside) return add(names.stickyPorts, key, `goto ${stickTo.outside}`);
  for (const [i, to] of outsideEndpoints.entries()) {
    add(portMap(outsideEndpoints.length), `${key} . ${i}`, `${to.ip} . ${to.port}`);
  }
}

function spread(
  at: Address,
  protocol: Protocol,
  endpoints: readonly Address[],
  chain: string | undefined,
  add: Add,
): void {
  const key = `${at.ip} . ${protocol} . ${at.port}`;
  if (chain !== undefined) return add(names.stickyAddresses, key, `goto ${chain}`);
  for (const [i, to] of endpoints.entries()) {
    add(addressMap(endpoints.length), `${key} . ${i}`, `${to.ip} . ${to.port}`);
  }
}

type Chains = { inside: string | undefined; outside: string | undefined };

function stickyChain(port: ServicePort, sticky: Map<string, Sticky>): Chains {
  const make = (side: "in" | "out", endpoints: readonly Address[]): string | undefined => {
    if (endpoints.length === 0) return undefined;
    const chain = `stick_${side}_${chainName(port.name)}_${port.protocol}`;
    const { protocol, affinitySeconds: seconds } = port;
    sticky.set(chain, { chain, protocol, endpoints, seconds });
    return chain;
  };
  return { inside: make("in", port.insideEndpoints), outside: make("out", port.outsideEndpoints) };
}

/** nft's names have letters, digits and underscores; names of Services are told apart by a digest. */
function chainName(name: string): string {
  let digest = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name))
    digest = Math.imul(digest ^ byte, 0x01000193) >>> 0;
  return `${name.replace(/[^a-zA-Z0-9]/g, "_").slice(0, 40)}_${digest.toString(16)}`;
}
