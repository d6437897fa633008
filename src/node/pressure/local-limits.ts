// Whether a pod holds more on the node's disk than it may: in a volume of its own, in a container, in all together.
// Pure; order and messages are upstream's (kubelet's local storage eviction).
import { amountsOf, requestsOf } from "../../schema/pod-requests.ts";
import { parseQuantity, wholeValue } from "../../schema/quantity.ts";
import type { Pod, Volume } from "../../schema/types/core-v1.ts";
import type { ContainerUse } from "./rank.ts";

export type LocalUse = {
  /** Bytes of the pod's emptyDir volumes on disk, by name. */
  readonly volumes: ReadonlyMap<string, number>;
  /** What its containers have written beside their images. */
  readonly containers: readonly ContainerUse[];
};

const resource = "ephemeral-storage";

/** Whether there is anything to measure: most pods say nothing about it. */
export const hasLocalLimits = ({ spec }: Pod): boolean =>
  (spec.volumes ?? []).some((volume) => sizeLimitOf(volume) !== undefined) ||
  spec.containers.some((c) => c.resources?.limits?.[resource] !== undefined);

/** Undefined: the pod stays. */
export function overLimit(pod: Pod, use: LocalUse): string | undefined {
  return volumeOver(pod, use) ?? podOver(pod, use) ?? containerOver(pod, use);
}

/** In memory, the file system itself holds the volume to its limit. */
const sizeLimitOf = ({ emptyDir }: Volume): string | undefined =>
  emptyDir?.medium === "Memory" ? undefined : emptyDir?.sizeLimit;

const bytesOf = (text: string): number => {
  const quantity = parseQuantity(text);
  return quantity ? wholeValue(quantity) : 0;
};

function volumeOver({ spec }: Pod, { volumes }: LocalUse): string | undefined {
  for (const volume of spec.volumes ?? []) {
    const limit = sizeLimitOf(volume);
    if (limit === undefined || bytesOf(limit) <= 0) continue;
    if ((volumes.get(volume.name) ?? 0) > bytesOf(limit))
      return `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${limit}". `;
  }
  return undefined;
}

function podOver(pod: Pod, { volumes, containers }: LocalUse): string | undefined {
  const limited = pod.spec.containers.some((c) => c.resources?.limits?.[resource] !== undefined);
  if (!limited) return undefined;
  const limit = requestsOf(pod, (c) => amountsOf(c.resources?.limits)).ephemeralBytes;
  const written = containers.reduce((sum, { bytes }) => sum + bytes, 0);
  const used = [...volumes.values()].reduce((sum, bytes) => sum + bytes, written);
  if (used <= limit) return undefined;
  const [text = ""] = pod.spec.containers.flatMap((c) => c.resources?.limits?.[resource] ?? []);
  const shown = pod.spec.containers.length === 1 ? text : `${limit}`;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${shown}. `;
}

function containerOver({ spec }: Pod, { containers }: LocalUse): string | undefined {
  for (const { name, resources } of spec.containers) {
    const limit = resources?.limits?.[resource];
    if (limit === undefined) continue;
    const used = containers.find((one) => one.name === name)?.bytes ?? 0;
    if (used > bytesOf(limit))
      return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}
