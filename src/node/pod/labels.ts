// What the agent writes on sandboxes and containers, to know them again after its own restart. Names are upstream's.
import type { Container, Pod } from "../../schema/types/core-v1.ts";

export const labels = {
  podName: "io.kubernetes.pod.name",
  podNamespace: "io.kubernetes.pod.namespace",
  podUid: "io.kubernetes.pod.uid",
  containerName: "io.kubernetes.container.name",
  containerHash: "io.kubernetes.container.hash",
  restartCount: "io.kubernetes.container.restartCount",
  terminationMessagePath: "io.kubernetes.container.terminationMessagePath",
  terminationMessagePolicy: "io.kubernetes.container.terminationMessagePolicy",
  /** Where the termination message is on the machine. */
  terminationFile: "coxswain.dev/termination-file",
  /** JSON of the resources that the container was made with. */
  resources: "coxswain.dev/resources",
  gracePeriod: "io.kubernetes.pod.terminationGracePeriod",
} as const;

export const podLabels = (pod: Pod): Record<string, string> => ({
  ...pod.metadata.labels,
  [labels.podName]: pod.metadata.name ?? "",
  [labels.podNamespace]: pod.metadata.namespace ?? "",
  [labels.podUid]: pod.metadata.uid ?? "",
});

export const containerLabels = (pod: Pod, container: Container): Record<string, string> => ({
  [labels.podName]: pod.metadata.name ?? "",
  [labels.podNamespace]: pod.metadata.namespace ?? "",
  [labels.podUid]: pod.metadata.uid ?? "",
  [labels.containerName]: container.name,
});

/** Changes when a running container must be replaced: upstream looks at the name and image alone. */
export function containerHash(container: Pick<Container, "name" | "image">): string {
  let hash = 0x811c9dc5;
  for (const unit of `${container.name}\n${container.image ?? ""}`) {
    hash = Math.imul(hash ^ (unit.codePointAt(0) as number), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}

/** `name_namespace(uid)`, as pods are called in messages. */
export const podText = ({ metadata }: Pod): string =>
  `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
