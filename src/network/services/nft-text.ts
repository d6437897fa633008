// Rulesets as text for `nft -f -`: the table at start, differences from then on.
import { noTableText } from "../nft-table.ts";
import { addressMap, names, portMap, type Ruleset, type Sticky } from "./ruleset.ts";

export type TablePlace = {
  /** Name of the table, one for each instance on a machine. */
  readonly table: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
};

/** Marks packets whose source is hidden behind the node's address. Upstream's bit. */
const hiddenMark = "0x4000";

/**
 * A reset reaches a socket that is just connecting at once; an ICMP answer that comes back within `connect` itself is
 * lost on it, and only that to the next SYN, a second later, counts.
 */
const refused = (match: string): string[] => [
  `${match} meta l4proto tcp reject with tcp reset;`,
  `${match} reject with icmp port-unreachable;`,
];

/**
 * The table without any Service. The two guards refuse what is sent to a service address and has no endpoint: it
 * would leave by the default route otherwise. They look after the addresses were translated (in the output hook that
 * is at -100), stand first and fall last.
 */
export function tableText({ table, podCidr, serviceCidr }: TablePlace): string {
  const guard = refused(`ip daddr ${serviceCidr} ct state new`).join(" ");
  const dead = [
    ...refused(`fib daddr type local meta l4proto . th dport @${names.deadPorts}`),
    ...refused(`ip daddr . meta l4proto . th dport @${names.deadAddresses}`),
  ].join("\n  ");
  const address = "type ipv4_addr . inet_proto . inet_service";
  const port = "type inet_proto . inet_service";
  return `${noTableText(table)}table ip ${table} {
 set ${names.hairpin} { type ipv4_addr . ipv4_addr; }
 set ${names.hiddenPorts} { ${port}; }
 set ${names.hiddenAddresses} { ${address}; }
 set ${names.deadPorts} { ${port}; }
 set ${names.deadAddresses} { ${address}; }
 map ${names.stickyAddresses} { ${address} : verdict; }
 map ${names.stickyPorts} { ${port} : verdict; }
 chain to_addresses {
 }
 chain to_ports {
 }
 chain services {
  ip daddr . meta l4proto . th dport @${names.hiddenAddresses} meta mark set meta mark or ${hiddenMark}
  ip daddr . meta l4proto . th dport vmap @${names.stickyAddresses}
  jump to_addresses
  ip daddr != 127.0.0.0/8 fib daddr type local jump node_ports
 }
 chain node_ports {
  meta l4proto . th dport @${names.hiddenPorts} meta mark set meta mark or ${hiddenMark}
  meta l4proto . th dport vmap @${names.stickyPorts}
  jump to_ports
 }
 chain prerouting { type nat hook prerouting priority dstnat; policy accept;
  jump services
 }
 chain output { type nat hook output priority -100; policy accept;
  jump services
 }
 chain postrouting { type nat hook postrouting priority srcnat; policy accept;
  meta mark and ${hiddenMark} == ${hiddenMark} masquerade
  ct status dnat ip saddr . ip daddr @${names.hairpin} masquerade
  ip saddr ${podCidr} ip daddr != ${podCidr} ip daddr != 224.0.0.0/4 masquerade
 }
 chain guard_forward { type filter hook forward priority -110; policy accept;
  ${dead}
  ${guard}
 }
 chain guard_output { type filter hook output priority 0; policy accept;
  ${dead}
  ${guard}
 }
 chain guard_input { type filter hook input priority -110; policy accept;
  ${dead}
 }
}
`;
}

/** What turns `before` into `after`; "" when they are equal. Everything happens in one transaction. */
export function differenceText(table: string, before: Ruleset, after: Ruleset): string {
  const lines: string[] = [];
  for (const sticky of after.sticky.values()) {
    const old = before.sticky.get(sticky.chain);
    if (!old || JSON.stringify(old) !== JSON.stringify(sticky))
      lines.push(...stickyLines(table, sticky, old));
  }
  for (const [name] of after.elements) {
    if (!before.elements.has(name)) lines.push(...madeMap(table, name));
  }
  for (const name of new Set([...before.elements.keys(), ...after.elements.keys()])) {
    lines.push(...elementLines(table, name, before.elements.get(name), after.elements.get(name)));
  }
  for (const { chain, endpoints } of before.sticky.values()) {
    if (after.sticky.has(chain)) continue;
    lines.push(`flush chain ip ${table} ${chain}`, `delete chain ip ${table} ${chain}`);
    for (const [i] of endpoints.entries()) lines.push(...endpointEnd(table, chain, i));
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

type Elements = ReadonlyMap<string, string> | undefined;

function elementLines(table: string, name: string, before: Elements, after: Elements): string[] {
  const gone: string[] = [];
  const fresh: string[] = [];
  for (const [key, value] of before ?? []) {
    if (after?.get(key) !== value) gone.push(key);
  }
  for (const [key, value] of after ?? []) {
    if (before?.get(key) !== value) fresh.push(value === "" ? key : `${key} : ${value}`);
  }
  const lines: string[] = [];
  if (gone.length > 0) lines.push(`delete element ip ${table} ${name} { ${gone.join(", ")} }`);
  if (fresh.length > 0) lines.push(`add element ip ${table} ${name} { ${fresh.join(", ")} }`);
  return lines;
}

/** A map for a number of endpoints comes with the rules that look into it. It stays when it gets empty. */
function madeMap(table: string, name: string): string[] {
  const [kind, digits] = name.split("_");
  const count = Number(digits);
  if (name !== addressMap(count) && name !== portMap(count)) return [];
  const isAddress = kind === "to";
  const chain = isAddress ? "to_addresses" : "to_ports";
  const key = isAddress ? "ip daddr . ip protocol" : "ip protocol";
  const lines = [
    `add map ip ${table} ${name} { typeof ${key} . tcp dport . numgen random mod ${count} : ip daddr . tcp dport; }`,
  ];
  for (const protocol of ["tcp", "udp", "sctp"]) {
    const look = `${key} . ${protocol} dport . numgen random mod ${count}`;
    lines.push(`add rule ip ${table} ${chain} dnat ip to ${look} map @${name}`);
  }
  return lines;
}

/** A caller goes where it went before, else to a random endpoint that then remembers it. */
function stickyLines(table: string, sticky: Sticky, old: Sticky | undefined): string[] {
  const { chain, endpoints, protocol, seconds } = sticky;
  const lines = [`add chain ip ${table} ${chain}`, `flush chain ip ${table} ${chain}`];
  for (const [i, { ip, port }] of endpoints.entries()) {
    const one = `${chain}_${i}`;
    lines.push(
      `add set ip ${table} ${one}_callers { type ipv4_addr; flags dynamic,timeout; timeout ${seconds}s; }`,
      `add chain ip ${table} ${one}`,
      `flush chain ip ${table} ${one}`,
      `add rule ip ${table} ${one} update @${one}_callers { ip saddr } meta l4proto ${protocol} dnat to ${ip}:${port}`,
      `add rule ip ${table} ${chain} ip saddr @${one}_callers goto ${one}`,
    );
  }
  const targets = endpoints.map((_, i) => `${i} : goto ${chain}_${i}`).join(", ");
  lines.push(
    `add rule ip ${table} ${chain} numgen random mod ${endpoints.length} vmap { ${targets} }`,
  );
  for (let i = endpoints.length; i < (old?.endpoints.length ?? 0); i++)
    lines.push(...endpointEnd(table, chain, i));
  return lines;
}

const endpointEnd = (table: string, chain: string, i: number): string[] => [
  `flush chain ip ${table} ${chain}_${i}`,
  `delete chain ip ${table} ${chain}_${i}`,
  `delete set ip ${table} ${chain}_${i}_callers`,
];
