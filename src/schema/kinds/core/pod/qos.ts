// The class of a pod by what it asks for, after which nodes evict.
import {
  compareQuantities,
  parseQuantity,
  type Quantity,
  zeroQuantity,
} from "../../../quantity.ts";
import type { PodSpec, ResourceRequirements } from "../../../types/core-v1.ts";

export type QosClass = "BestEffort" | "Burstable" | "Guaranteed";

/** Guaranteed when every container limits cpu and memory to what it asks for, BestEffort when none asks for anything. */
export function qosClass(spec: PodSpec): QosClass {
  if (asksForPod(spec.resources)) return classOf(spec.resources);
  let all: QosClass | undefined;
  for (const containers of [spec.initContainers, spec.containers]) {
    for (const { resources } of containers ?? []) {
      const one = classOf(resources);
      if (one === "Burstable" || (all !== undefined && one !== all)) return "Burstable";
      all = one;
    }
  }
  return all ?? "BestEffort";
}

/** Whether the pod as a whole asks for something that can be asked for a pod as a whole. */
const asksForPod = (resources: ResourceRequirements | undefined): boolean =>
  hasPodLevel(resources?.requests) || hasPodLevel(resources?.limits);

function hasPodLevel(list: Readonly<Record<string, string>> | undefined): boolean {
  for (const name in list) if (isPodLevelResource(name)) return true;
  return false;
}

export const isPodLevelResource = (name: string): boolean =>
  name === "cpu" || name === "memory" || name.startsWith("hugepages-");

function classOf(resources: ResourceRequirements | undefined): QosClass {
  const requests = resources?.requests ?? {};
  const limits = resources?.limits ?? {};
  if (isEmpty(requests) && isEmpty(limits)) return "BestEffort";
  const cpu = classOfResource(amount(requests["cpu"]), amount(limits["cpu"]));
  const memory = classOfResource(amount(requests["memory"]), amount(limits["memory"]));
  return cpu === memory ? cpu : "Burstable";
}

function classOfResource(request: Quantity, limit: Quantity): QosClass {
  if (compareQuantities(request, limit) !== 0) return "Burstable";
  return request.unscaled === 0 ? "BestEffort" : "Guaranteed";
}

const amount = (text: string | undefined): Quantity =>
  (text === undefined ? undefined : parseQuantity(text)) ?? zeroQuantity;

function isEmpty(list: Readonly<Record<string, string>>): boolean {
  for (const _ in list) return false;
  return true;
}
