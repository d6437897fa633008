// Filters that look at the node itself: its name, cordon, taints, labels.
import { requiredNodes, tolerated } from "../../schema/node-selection.ts";
import type { Taint } from "../../schema/types/core-v1.ts";
import type { Filter } from "../filter.ts";

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
