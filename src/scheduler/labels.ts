// Label selectors of pods and node selectors, compiled to functions.
import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from "../schema/types/core-v1.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../schema/types/meta-v1.ts";

export type Labels = Readonly<Record<string, string>>;
export type LabelMatch = (labels: Labels) => boolean;

/** Nothing matches a selector that is absent; everything matches an empty one. */
export function labelMatch(selector: LabelSelector | undefined): LabelMatch {
  if (!selector) return () => false;
  const equal = Object.entries(selector.matchLabels ?? {});
  const rules = (selector.matchExpressions ?? []).map(requirement);
  return (labels) =>
    equal.every(([key, value]) => labels[key] === value) && rules.every((rule) => rule(labels));
}

type Requirement = Pick<LabelSelectorRequirement, "key" | "values"> & { operator: string };

/** `Gt` and `Lt` occur in node selectors only. An unknown operator matches nothing. */
function requirement({ key, operator, values = [] }: Requirement): LabelMatch {
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
  const byLabel = (term.matchExpressions ?? []).map(requirement);
  const byField = (term.matchFields ?? []).map(fieldRequirement);
  if (byLabel.length + byField.length === 0) return () => false;
  return (node) => byLabel.every((r) => r(node.labels)) && byField.every((r) => r(node));
}

function fieldRequirement(rule: NodeSelectorRequirement): NodeMatch {
  const match = requirement(rule);
  return (node) => match({ "metadata.name": node.name });
}

/** `spec.nodeSelector` and required node affinity together; undefined when the pod has neither. */
export function requiredNodes({ spec }: Pod): NodeMatch | undefined {
  const wanted = Object.entries(spec.nodeSelector ?? {});
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (wanted.length === 0 && !required) return undefined;
  const affinity = required ? nodeMatch(required) : () => true;
  return (node) => wanted.every(([key, value]) => node.labels[key] === value) && affinity(node);
}
