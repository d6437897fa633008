// Required pod affinity and anti-affinity: which pods must, and must not, share a topology domain.
import type { Cluster } from "../cluster.ts";
import type { Check, Filter, World } from "../filter.ts";
import type { NodeInfo } from "../node-info.ts";
import { type PodAsk, type Term, termMatches } from "../pod-ask.ts";

const reasons = {
  existing: "node(s) didn't satisfy existing pods anti-affinity rules",
  affinity: "node(s) didn't match pod affinity rules",
  antiAffinity: "node(s) didn't match pod anti-affinity rules",
} as const;

export const neighbours: Filter = {
  name: "InterPodAffinity",
  cures: ["node", "pod-placed", "pod-gone"],
  curable: true,
  isHopeless: ([reason]) => reason === reasons.affinity,
  prepare(ask, cluster, world) {
    const repelled = repelledDomains(ask, cluster, world);
    const near = ask.affinity.map((term) => domainsOf(term, cluster, world));
    const apart = ask.antiAffinity.map((term) => domainsOf(term, cluster, world));
    if (repelled.size + near.length + apart.length === 0) return undefined;
    const first = near.length > 0 && isFirstOfItsKind(ask, near, world);
    return checkOf(ask, { repelled, near, apart, first });
  },
};

type Found = {
  /** `topologyKey\0value` of domains whose pods do not want this one. */
  repelled: ReadonlySet<string>;
  near: readonly ReadonlySet<string>[];
  apart: readonly ReadonlySet<string>[];
  first: boolean;
};

function checkOf(ask: PodAsk, { repelled, near, apart, first }: Found): Check {
  const value = (node: NodeInfo, key: string): string | undefined => node.labels[key];
  return (node) => {
    const misses = ask.affinity.some((term, i) => {
      const at = value(node, term.topologyKey);
      return at === undefined || !(first || near[i]?.has(at));
    });
    if (misses) return [reasons.affinity];
    const meets = ask.antiAffinity.some((term, i) => {
      const at = value(node, term.topologyKey);
      return at !== undefined && apart[i]?.has(at);
    });
    if (meets) return [reasons.antiAffinity];
    for (const domain of repelled) {
      const cut = domain.indexOf("\0");
      if (value(node, domain.slice(0, cut)) === domain.slice(cut + 1)) return [reasons.existing];
    }
    return undefined;
  };
}

/** Values of the term's topology key on nodes that hold a pod that it speaks of. */
function domainsOf(term: Term, cluster: Cluster, world: World): ReadonlySet<string> {
  const domains = new Set<string>();
  const visit = (other: PodAsk): void => {
    if (!termMatches(term, other, world.namespaceLabels)) return;
    const value = cluster.nodeOf(other.key)?.labels[term.topologyKey];
    if (value !== undefined) domains.add(value);
  };
  if (term.namespaceMatch) for (const other of cluster.placed()) visit(other);
  else
    for (const namespace of term.namespaces)
      for (const other of cluster.placedIn(namespace)) visit(other);
  return domains;
}

function repelledDomains(ask: PodAsk, cluster: Cluster, world: World): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const other of cluster.repellers.values()) {
    const node = cluster.nodeOf(other.key);
    for (const term of other.antiAffinity) {
      const value = node?.labels[term.topologyKey];
      if (value === undefined || !termMatches(term, ask, world.namespaceLabels)) continue;
      domains.add(`${term.topologyKey}\0${value}`);
    }
  }
  return domains;
}

/** The first pod of a group that wants to be together may go anywhere: it matches its own terms, and nobody else does. */
const isFirstOfItsKind = (
  ask: PodAsk,
  near: readonly ReadonlySet<string>[],
  world: World,
): boolean =>
  near.every((domains) => domains.size === 0) &&
  ask.affinity.every((term) => termMatches(term, ask, world.namespaceLabels));
