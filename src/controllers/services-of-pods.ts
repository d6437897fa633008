// Which Services a change of a pod or a node concerns.
import type { Cache, Change } from "../client/cache.ts";
import { keyOf } from "../client/key.ts";
import { equal } from "../lib/equal.ts";
import type { Node, Pod, Service } from "../schema/types/core-v1.ts";
import { isReady, isTerminal } from "./pods.ts";
import { matchesLabels } from "./selector.ts";

/** Between two looks at a Service: each reads all its pods, which in a rollout change in quick succession. */
export const restMs = 100;

const zoneLabel = "topology.kubernetes.io/zone";

export const selectsPod = ({ spec }: Service, pod: Pod): boolean =>
  spec?.selector !== undefined && matchesLabels(spec.selector, pod.metadata.labels);

/** Services that gain or lose a pod, or whose pod has changed in a way that shows in its endpoints. */
export function servicesOfPod(cache: Cache<Service>): (change: Change<Pod>) => string[] {
  return ({ old, next }) => {
    if (old && next && !hasChanged(old, next)) return [];
    const pod = next ?? old;
    return cache
      .list(pod?.metadata.namespace)
      .filter((s) => (old && selectsPod(s, old)) || (next && selectsPod(s, next)))
      .map(keyOf);
  };
}

function hasChanged(old: Pod, next: Pod): boolean {
  return (
    old.metadata.deletionTimestamp !== next.metadata.deletionTimestamp ||
    old.spec.nodeName !== next.spec.nodeName ||
    isReady(old) !== isReady(next) ||
    isTerminal(old) !== isTerminal(next) ||
    !equal(old.status?.podIPs, next.status?.podIPs) ||
    !equal(old.metadata.labels, next.metadata.labels)
  );
}

/** Index function: a pod under the name of its node. */
export const byNode = ({ spec }: Pod): string[] => (spec.nodeName ? [spec.nodeName] : []);

/** Services with a pod on a node that came, went, or moved to another zone. `pods` has the index `byNode`. */
export function servicesOfNode(
  cache: Cache<Service>,
  pods: Cache<Pod>,
): (change: Change<Node>) => Set<string> {
  return ({ key, old, next }) => {
    const keys = new Set<string>();
    const isSame = old?.metadata.labels?.[zoneLabel] === next?.metadata.labels?.[zoneLabel];
    if (old && next && isSame) return keys;
    for (const pod of pods.by("byNode", key))
      for (const service of cache.list(pod.metadata.namespace))
        if (selectsPod(service, pod)) keys.add(keyOf(service));
    return keys;
  };
}
