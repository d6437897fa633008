// When the change came that made a Service's endpoints change: what latency of the network is measured from.
import { timeMs } from "../schema/time.ts";
import type { Pod, Service } from "../schema/types/core-v1.ts";
import { conditionOf } from "./conditions.ts";

export const triggerAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";

type Known = { service: string | undefined; pods: Map<string, string> };

/** Remembers, for each Service, what its pods were when it was looked at last. */
export class TriggerTimes {
  readonly #known = new Map<string, Known>();

  /**
   * The first of the times at which pods became ready or not since the last look; when the Service was made at the
   * first look. Undefined when nothing of that kind has changed.
   */
  look(key: string, { metadata }: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#known.get(key);
    const times = new Map<string, string>();
    const changed: string[] = [];
    for (const pod of pods) {
      const time = conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime;
      if (!time) continue;
      const name = pod.metadata.name!;
      times.set(name, time);
      if (isAfter(time, before?.pods.get(name))) changed.push(time);
    }
    const service = metadata.creationTimestamp;
    if (service && isAfter(service, before?.service)) changed.push(service);
    this.#known.set(key, { service, pods: times });
    return before ? changed.sort()[0] : service;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}

const isAfter = (time: string, before: string | undefined): boolean =>
  (timeMs(time) ?? 0) > (timeMs(before) ?? Number.NEGATIVE_INFINITY);

/** `annotations` with the time of the change, without one when there is none. */
export function withTrigger(
  annotations: { [key: string]: string } | undefined,
  time: string | undefined,
): { [key: string]: string } {
  const { [triggerAnnotation]: _, ...others } = annotations ?? {};
  return time === undefined ? others : { ...others, [triggerAnnotation]: time };
}
