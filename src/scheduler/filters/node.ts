// Filters that look at the node itself: its name, cordon, taints, labels.
import { requiredNodes, tolerated } from "../../schema/node-selection.ts";
import type { Pod, Taint } from "../../schema/types/core-v1.ts";
import type { Filter } from "../filter.ts";

/** A pod whose affinity names its nodes, as that of a daemon, is not looked at on any other. */
export const namedNodes: Filter = {
  name: "NodeAffinity",
  cures: ["node"],
  curable: false,
  everywhere: ({ pod }) =>
    nodesNamedBy(pod)?.size === 0 ? "pod affinity terms conflict" : undefined,
  prepare({ pod }) {
    const named = nodesNamedBy(pod);
    if (!named) return undefined;
    const reason = ["node(s) didn't satisfy plugin(s) [NodeAffinity]"];
    return (node) => (named.has(node.name) ? undefined : reason);
  },
};

/** Undefined when one of the terms, which are alternatives, names none. */
function nodesNamedBy({ spec }: Pod): ReadonlySet<string> | undefined {
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms?.length) return undefined;
  const named = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const lists = matchFields
      .filter(({ key, operator }) => key === "metadata.name" && operator === "In")
      .map(({ values = [] }) => values);
    const [first, ...others] = lists;
    if (!first) return undefined;
    for (const name of first) if (others.every((list) => list.includes(name))) named.add(name);
  }
  return named;
}

export const nodeName: Filter = {
  name: "NodeName",
  cures: ["node"],
  curable: false,
  prepare(ask) {
    const wanted = ask.pod.spec.nodeName;
    if (!wanted) return undefined;
    return (node) =>
      node.name === wanted ? undefined : ["node(s) didn't match the requested node name"];
  },
};

const cordon: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

export const schedulable: Filter = {
  name: "NodeUnschedulable",
  cures: ["node"],
  curable: false,
  prepare(ask) {
    if (tolerated(cordon, ask.pod.spec.tolerations)) return undefined;
    return (node) => (node.node.spec?.unschedulable ? ["node(s) were unschedulable"] : undefined);
  },
};

export const tolerates: Filter = {
  name: "TaintToleration",
  cures: ["node"],
  curable: false,
  prepare(ask) {
    const { tolerations } = ask.pod.spec;
    return (node) => {
      const untolerated = node.node.spec?.taints?.some(
        (t) => t.effect !== "PreferNoSchedule" && !tolerated(t, tolerations),
      );
      return untolerated ? ["node(s) had untolerated taint(s)"] : undefined;
    };
  },
};

export const matchesAffinity: Filter = {
  name: "NodeAffinity",
  cures: ["node"],
  curable: false,
  prepare(ask) {
    const match = requiredNodes(ask.pod);
    if (!match) return undefined;
    return (node) =>
      match(node) ? undefined : ["node(s) didn't match Pod's node affinity/selector"];
  },
};
