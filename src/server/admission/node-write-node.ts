// What a node may write of itself: nothing that draws pods to it.
import { equal } from "../../lib/equal.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import type { NodeWrite } from "./node-write.ts";

const quoted = (text: string): string => JSON.stringify(text);

export function nodeWrite({ node, context, write }: NodeWrite): string | undefined {
  const name = context.attributes.name || write.object?.metadata.name;
  const self = `node ${quoted(node)} is not allowed to`;
  if (name !== node) return `${self} modify node ${quoted(name ?? "")}`;
  const next = write.object as Node | undefined;
  const old = write.old as Node | undefined;
  if (write.operation === "CREATE") {
    if (next?.spec?.configSource !== undefined) {
      return `${self} create pods with a non-nil configSource`;
    }
    const labels = forbiddenLabels(next?.metadata.labels, undefined);
    return labels === "" ? undefined : `${self} set the following labels: ${labels}`;
  }
  if (write.operation !== "UPDATE") return undefined;
  const config = next?.spec?.configSource;
  if (config !== undefined && !equal(config, old?.spec?.configSource)) {
    return `${self} update configSource to a new non-nil configSource`;
  }
  if (!equal(next?.spec?.taints ?? [], old?.spec?.taints ?? [])) return `${self} modify taints`;
  if (!equal(next?.metadata.ownerReferences ?? [], old?.metadata.ownerReferences ?? [])) {
    return `${self} modify ownerReferences`;
  }
  const labels = forbiddenLabels(next?.metadata.labels, old?.metadata.labels);
  return labels === "" ? undefined : `is not allowed to modify labels: ${labels}`;
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Changed labels that could draw pods to the node; sorted, "" when there are none. */
function forbiddenLabels(next: Labels, old: Labels): string {
  const keys = new Set([...Object.keys(next ?? {}), ...Object.keys(old ?? {})]);
  return [...keys]
    .filter((key) => next?.[key] !== old?.[key] && isForbidden(key))
    .sort()
    .join(", ");
}

function isForbidden(key: string): boolean {
  const at = key.indexOf("/");
  const domain = at < 0 ? "" : key.slice(0, at);
  const below = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (below("node-restriction.kubernetes.io")) return true;
  if (!below("kubernetes.io") && !below("k8s.io")) return false;
  return !ownLabels.has(key) && !below("kubelet.kubernetes.io") && !below("node.kubernetes.io");
}

/** What an agent says about its machine. */
const ownLabels = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "kubernetes.io/os",
  "kubernetes.io/arch",
]);
