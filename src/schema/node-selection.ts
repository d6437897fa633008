// Which nodes a pod may be on: node selectors and required affinity, taints and tolerations. Compiled to functions, for
// the scheduler, the daemons' controller and the node's own admission.
import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  Taint,
  Toleration,
} from "./types/core-v1.ts";
import type { LabelSelectorRequirement } from "./types/meta-v1.ts";

type Labels = Readonly<Record<string, string>>;
type LabelMatch = (labels: Labels) => boolean;

type Requirement = Pick<LabelSelectorRequirement, "key" | "values"> & { operator: string };

/** `Gt` and `Lt` occur in node selectors only. An unknown operator matches nothing. */
export function requirementMatch({ key, operator, values = [] }: Requirement): LabelMatch {
  switch (operator) {
    case "In":
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
    case "NotIn":
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    case "Exists":
      return (labels) => labels[key] !== undefined;
    case "DoesNotExist":
      return (labels) => labels[key] === undefined;
    case "Gt":
      return (labels) => compares(labels[key], values[0], (a, b) => a > b);
    case "Lt":
      return (labels) => compares(labels[key], values[0], (a, b) => a < b);
    default:
      return () => false;
  }
}

function compares(
  label: string | undefined,
  bound: string | undefined,
  holds: (a: bigint, b: bigint) => boolean,
): boolean {
  const whole = /^[+-]?\d{1,19}$/;
  if (label === undefined || bound === undefined) return false;
  return whole.test(label) && whole.test(bound) && holds(BigInt(label), BigInt(bound));
}

export type NodeMatch = (node: { name: string; labels: Labels }) => boolean;

/** Terms are alternatives; requirements within a term all hold. A term without requirements matches nothing. */
export function nodeMatch(selector: NodeSelector): NodeMatch {
  const terms = selector.nodeSelectorTerms.map(nodeTermMatch);
  return (node) => terms.some((term) => term(node));
}

export function nodeTermMatch(term: NodeSelectorTerm): NodeMatch {
  const byLabel = (term.matchExpressions ?? []).map(requirementMatch);
  const byField = (term.matchFields ?? []).map(fieldRequirement);
  if (byLabel.length + byField.length === 0) return () => false;
  return (node) => byLabel.every((r) => r(node.labels)) && byField.every((r) => r(node));
}

function fieldRequirement(rule: NodeSelectorRequirement): NodeMatch {
  const match = requirementMatch(rule);
  return (node) => match({ "metadata.name": node.name });
}

/** `spec.nodeSelector` and required node affinity together; undefined when the pod has neither. */
export function requiredNodes({ spec }: Pick<Pod, "spec">): NodeMatch | undefined {
  const wanted = Object.entries(spec.nodeSelector ?? {});
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (wanted.length === 0 && !required) return undefined;
  const affinity = required ? nodeMatch(required) : () => true;
  return (node) => wanted.every(([key, value]) => node.labels[key] === value) && affinity(node);
}

/** One of the tolerations puts up with the taint. */
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
