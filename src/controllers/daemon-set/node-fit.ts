// Whether a node is one that a pod asks for, and the affinity that ties a daemon's pod to its node.
import type {
  Affinity,
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodSpec,
  Toleration,
} from "../../schema/types/core-v1.ts";
import { matchesLabels } from "../selector.ts";
import { tolerates } from "../taint-eviction/tolerations.ts";

const nameField = "metadata.name";

/** The node has the labels that `nodeSelector` and the required node affinity ask for. */
export function isWanted({ nodeSelector, affinity }: PodSpec, node: Node): boolean {
  if (!matchesLabels(nodeSelector ?? {}, node.metadata.labels)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node) {
  // A term without any requirement selects nothing.
  if (matchExpressions.length + matchFields.length === 0) return false;
  const { labels = {}, name } = node.metadata;
  return (
    matchExpressions.every((r) =>
      meets(r, Object.hasOwn(labels, r.key) ? labels[r.key] : undefined),
    ) && matchFields.every((r) => meets(r, r.key === nameField ? name : undefined))
  );
}

function meets({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined) {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return isNumber(value) && isNumber(values[0]) && BigInt(value!) > BigInt(values[0]!);
    case "Lt":
      return isNumber(value) && isNumber(values[0]) && BigInt(value!) < BigInt(values[0]!);
    default:
      return false;
  }
}

const isNumber = (text: string | undefined): boolean => text !== undefined && /^-?\d+$/.test(text);

export type Fit = { shouldRun: boolean; mayStay: boolean };

export function fitOf(spec: PodSpec, tolerations: readonly Toleration[], node: Node): Fit {
  const isElsewhere = spec.nodeName && spec.nodeName !== node.metadata.name;
  if (isElsewhere || !isWanted(spec, node)) return { shouldRun: false, mayStay: false };
  const untolerated = (node.spec?.taints ?? []).filter(
    (taint) => !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  return {
    shouldRun: untolerated.every(({ effect }) => effect === "PreferNoSchedule"),
    mayStay: untolerated.every(({ effect }) => effect !== "NoExecute"),
  };
}

/** What every daemon puts up with: a node that is in trouble needs its daemons all the same. */
export function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const own: [string, "NoExecute" | "NoSchedule"][] = [
    ["not-ready", "NoExecute"],
    ["unreachable", "NoExecute"],
    ["disk-pressure", "NoSchedule"],
    ["memory-pressure", "NoSchedule"],
    ["pid-pressure", "NoSchedule"],
    ["unschedulable", "NoSchedule"],
    ...(hostNetwork ? [["network-unavailable", "NoSchedule"] as [string, "NoSchedule"]] : []),
  ];
  const added = own.map(
    ([name, effect]): Toleration => ({
      key: `node.kubernetes.io/${name}`,
      operator: "Exists",
      effect,
    }),
  );
  const isReplaced = (t: Toleration): boolean =>
    added.some((a) => a.key === t.key && a.operator === t.operator && a.effect === t.effect);
  return [...tolerations.filter((t) => !isReplaced(t)), ...added];
}

/** `affinity` with every term bound to the node called `name`. */
export function boundTo(affinity: Affinity | undefined, name: string): Affinity {
  const matchFields = [{ key: nameField, operator: "In" as const, values: [name] }];
  const terms =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const nodeSelectorTerms =
    terms.length === 0 ? [{ matchFields }] : terms.map((term) => ({ ...term, matchFields }));
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
    },
  };
}

/** The node that a pod is on, or is bound to by `boundTo`. */
export function targetOf({ nodeName, affinity }: PodSpec): string | undefined {
  if (nodeName) return nodeName;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
    const field = matchFields.find((f) => f.key === nameField && f.operator === "In");
    if (field?.values?.length === 1) return field.values[0];
  }
  return undefined;
}
