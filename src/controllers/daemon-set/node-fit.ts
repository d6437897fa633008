// Whether a node is one that a pod asks for, and the affinity that ties a daemon's pod to its node.
import { requiredNodes } from "../../schema/node-selection.ts";
import type { Affinity, Node, PodSpec, Toleration } from "../../schema/types/core-v1.ts";
import { tolerates } from "../taint-eviction/tolerations.ts";

const nameField = "metadata.name";

/** The node has the labels that `nodeSelector` and the required node affinity ask for. */
function isWanted(spec: PodSpec, { metadata }: Node): boolean {
  const match = requiredNodes({ spec });
  return !match || match({ name: metadata.name ?? "", labels: metadata.labels ?? {} });
}

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
