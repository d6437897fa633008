// Policy rules as text for `nft -f -`. The whole table in one transaction, so that no packet meets half of it.
import { noTableText } from "../nft-table.ts";
import type { Match, PolicyRules } from "./policy-rules.ts";

/**
 * What this machine itself sends and takes is not looked at: a pod and its own node always reach each other. Addresses
 * of Services are translated before, so both sides are pods or the outside. A pod always reaches itself.
 */
export function policyText(table: string, { ingress, egress }: PolicyRules): string {
  const sets = new Names<readonly string[]>("pods");
  const chains = new Names<string>("chain");
  const into = verdicts(ingress, "saddr", sets, chains);
  const out = verdicts(egress, "daddr", sets, chains);
  const own = [...new Set([...ingress.keys(), ...egress.keys()])].sort();
  return [
    `${noTableText(table)}table ip ${table} {`,
    set(
      "self",
      "type ipv4_addr . ipv4_addr",
      own.map((a) => `${a} . ${a}`),
    ),
    ...sets.all().map(([name, addresses]) => set(name, "type ipv4_addr", addresses)),
    ...chains.all().map(([name, rules]) => ` chain ${name} {\n${rules}  drop\n }`),
    ` map ingress { type ipv4_addr : verdict;${elements(into)} }`,
    ` map egress { type ipv4_addr : verdict;${elements(out)} }`,
    " chain forward { type filter hook forward priority 0; policy accept;",
    "  ct state established,related accept",
    "  ip saddr . ip daddr @self accept",
    "  ip saddr vmap @egress",
    "  ip daddr vmap @ingress",
    " }",
    "}",
    "",
  ].join("\n");
}

/** One name for each different thing. */
class Names<T> {
  readonly #prefix: string;
  readonly #names = new Map<string, [string, T]>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  of(thing: T): string {
    const key = JSON.stringify(thing);
    const found = this.#names.get(key) ?? [`${this.#prefix}_${this.#names.size}`, thing];
    this.#names.set(key, found);
    return found[0];
  }

  all(): [string, T][] {
    return [...this.#names.values()];
  }
}

/** Pods with the same rules share a chain. */
function verdicts(
  rules: ReadonlyMap<string, readonly Match[]>,
  side: "saddr" | "daddr",
  sets: Names<readonly string[]>,
  chains: Names<string>,
): string[] {
  return [...rules].map(([address, matches]) => {
    const lines = [...new Set(matches.map((m) => ruleText(m, side, sets)))];
    return `${address} : jump ${chains.of(lines.map((l) => `  ${l}\n`).join(""))}`;
  });
}

function ruleText(
  { peer, port }: Match,
  side: "saddr" | "daddr",
  sets: Names<readonly string[]>,
): string {
  const words: string[] = [];
  if (peer?.is === "pods") words.push(`ip ${side} @${sets.of(peer.addresses)}`);
  if (peer?.is === "block") {
    words.push(`ip ${side} ${peer.cidr}`, ...peer.except.map((e) => `ip ${side} != ${e}`));
  }
  if (port) words.push(portText(port));
  return [...words, "return"].join(" ");
}

function portText({ protocol, from, to = from }: NonNullable<Match["port"]>): string {
  if (from === undefined) return `meta l4proto ${protocol}`;
  return `${protocol} dport ${from === to ? from : `${from}-${to}`}`;
}

const set = (name: string, type: string, items: readonly string[]): string =>
  ` set ${name} { ${type};${elements(items)} }`;

const elements = (items: readonly string[]): string =>
  items.length === 0 ? "" : ` elements = { ${items.join(", ")} };`;
