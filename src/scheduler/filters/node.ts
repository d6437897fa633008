// Filters that look at the node itself: its name, cordon, taints, labels.
import type { Taint, Toleration } from "../../schema/types/core-v1.ts";
import type { Filter } from "../filter.ts";
import { requiredNodes } from "../labels.ts";

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

export const tolerated = (taint: Taint, tolerations: readonly Toleration[] | undefined): boolean =>
  (tolerations ?? []).some((t) => {
    if (t.effect && t.effect !== taint.effect) return false;
    if (t.key && t.key !== taint.key) return false;
    const operator = t.operator || "Equal";
    if (operator === "Exists") return true;
    if (operator === "Equal") return Boolean(t.key) && (t.value ?? "") === (taint.value ?? "");
    return compared(operator, taint.value, t.value);
  });

/** `Gt` and `Lt` compare whole numbers: the taint's value against the toleration's. */
function compared(operator: string, taint = "", toleration = ""): boolean {
  const whole = /^(0|-?[1-9]\d{0,18})$/;
  if (!whole.test(taint) || !whole.test(toleration)) return false;
  if (operator === "Gt") return BigInt(taint) > BigInt(toleration);
  return operator === "Lt" && BigInt(taint) < BigInt(toleration);
}
