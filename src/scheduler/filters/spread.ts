// Topology spread constraints: how unevenly matching pods may lie over the domains of a topology key.

import { requiredNodes, tolerated } from "../../schema/node-selection.ts";
import type { TopologySpreadConstraint } from "../../schema/types/core-v1.ts";
import type { Cluster } from "../cluster.ts";
import type { Check, Filter } from "../filter.ts";
import { type LabelMatch, labelMatch } from "../labels.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodAsk } from "../pod-ask.ts";

const reason = "node(s) didn't match pod topology spread constraints";
const noLabel = `${reason} (missing required label)`;

export const spread: Filter = {
  name: "PodTopologySpread",
  cures: ["node", "pod-placed", "pod-gone"],
  curable: true,
  isHopeless: ([text]) => text === noLabel,
  prepare(ask, cluster) {
    const hard = constraintsOf(ask, "DoNotSchedule");
    if (hard.length === 0) return undefined;
    const counted = hard.map((rule) => countDomains(rule, ask, hard, cluster));
    return checkOf(ask, hard, counted);
  },
};

export type Rule = { constraint: TopologySpreadConstraint; match: LabelMatch };

/** The pod's own constraints of one kind. */
export function constraintsOf(ask: PodAsk, when: "DoNotSchedule" | "ScheduleAnyway"): Rule[] {
  return (ask.pod.spec.topologySpreadConstraints ?? [])
    .filter((c) => c.whenUnsatisfiable === when)
    .map((constraint) => ({ constraint, match: ruleMatch(constraint, ask) }));
}

function ruleMatch(constraint: TopologySpreadConstraint, ask: PodAsk): LabelMatch {
  const match = labelMatch(constraint.labelSelector);
  const own = (constraint.matchLabelKeys ?? []).filter((key) => ask.labels[key] !== undefined);
  if (own.length === 0) return match;
  return (labels) => match(labels) && own.every((key) => labels[key] === ask.labels[key]);
}

/** Matching pods in each domain that counts: `value of the topology key → pods`. */
export function countDomains(
  { constraint, match }: Rule,
  ask: PodAsk,
  all: readonly Rule[],
  cluster: Cluster,
): Map<string, number> {
  const domains = new Map<string, number>();
  const eligible = eligibility(constraint, ask);
  for (const node of cluster.nodes) {
    const value = node.labels[constraint.topologyKey];
    if (value === undefined || !eligible(node)) continue;
    if (all.some((r) => node.labels[r.constraint.topologyKey] === undefined)) continue;
    domains.set(value, domains.get(value) ?? 0);
  }
  for (const other of cluster.placedIn(ask.namespace)) {
    if (other.pod.metadata.deletionTimestamp || !match(other.labels)) continue;
    const node = cluster.nodeOf(other.key);
    const value = node?.labels[constraint.topologyKey];
    const count = value === undefined ? undefined : domains.get(value);
    if (node && value !== undefined && count !== undefined && eligible(node)) {
      domains.set(value, count + 1);
    }
  }
  return domains;
}

/** `nodeAffinityPolicy` (Honor when absent) and `nodeTaintsPolicy` (Ignore when absent). */
function eligibility(
  constraint: TopologySpreadConstraint,
  ask: PodAsk,
): (node: NodeInfo) => boolean {
  const wanted = constraint.nodeAffinityPolicy === "Ignore" ? undefined : requiredNodes(ask.pod);
  const honorTaints = constraint.nodeTaintsPolicy === "Honor";
  return (node) => {
    if (wanted && !wanted(node)) return false;
    if (!honorTaints) return true;
    const hard = (node.node.spec?.taints ?? []).filter((t) => t.effect !== "PreferNoSchedule");
    return hard.every((t) => tolerated(t, ask.pod.spec.tolerations));
  };
}

function checkOf(
  ask: PodAsk,
  rules: readonly Rule[],
  counted: readonly Map<string, number>[],
): Check {
  const least = counted.map((domains, i) => {
    const few = domains.size < (rules[i]?.constraint.minDomains ?? 1);
    return few ? 0 : Math.min(...domains.values());
  });
  return (node) => {
    for (const [i, { constraint, match }] of rules.entries()) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined) return [noLabel];
      const self = match(ask.labels) ? 1 : 0;
      const here = counted[i]?.get(value) ?? 0;
      if (here + self - (least[i] ?? 0) > constraint.maxSkew) return [reason];
    }
    return undefined;
  };
}
