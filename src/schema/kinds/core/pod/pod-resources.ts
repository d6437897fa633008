// What a pod as a whole asks for, filled in from what its containers ask for (upstream's pod-level resources).
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  printQuantity,
} from "../../../quantity.ts";
import type { Container, PodSpec } from "../../../types/core-v1.ts";
import { isPodLevelResource } from "./qos.ts";
import type { ResourceList } from "./resource-list.ts";

type Side = "requests" | "limits";

/** Does nothing for a pod that leaves resources to its containers. */
export function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec;
  if (resources === undefined) return;
  if (isEmpty(resources.requests) && isEmpty(resources.limits)) return;
  const requests = { ...resources.requests };
  const limits = { ...resources.limits };
  const asked = containersTotal(spec, "requests");
  const limited = containersTotal(spec, "limits");
  for (const name in limited) {
    if (isHugePages(name) && requests[name] === undefined) limits[name] ??= limited[name]!;
  }
  for (const name in asked) {
    if (isPodLevelResource(name) && !isHugePages(name)) requests[name] ??= asked[name]!;
  }
  for (const name in limits) if (isPodLevelResource(name)) requests[name] ??= limits[name]!;
  for (const name in requests) {
    if (!isPodLevelResource(name) || limits[name] !== undefined) continue;
    if (everyContainerLimits(spec, name)) limits[name] = larger(limited[name]!, requests[name]!);
  }
  spec.resources = { ...resources };
  if (!isEmpty(requests)) spec.resources.requests = requests;
  if (!isEmpty(limits)) spec.resources.limits = limits;
}

const isHugePages = (name: string): boolean => name.startsWith("hugepages-");

function isEmpty(list: ResourceList | undefined): boolean {
  for (const _ in list) return false;
  return true;
}

function everyContainerLimits({ containers, initContainers }: PodSpec, name: string): boolean {
  const limits = ({ resources }: Container) => resources?.limits?.[name] !== undefined;
  return (containers ?? []).every(limits) && (initContainers ?? []).every(limits);
}

/**
 * The most that is asked for at any time: all containers and sidecars together, or one init container and the
 * sidecars before it.
 */
export function containersTotal(spec: PodSpec, side: Side): ResourceList {
  const total: ResourceList = {};
  const sidecars: ResourceList = {};
  const peak: ResourceList = {};
  for (const { resources } of spec.containers ?? []) add(total, resources?.[side]);
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const list = resources?.[side];
    if (restartPolicy === "Always") {
      add(total, list);
      add(sidecars, list);
      raise(peak, sidecars);
    } else {
      const together = { ...list };
      add(together, sidecars);
      raise(peak, together);
    }
  }
  raise(total, peak);
  return total;
}

function add(total: ResourceList, list: ResourceList | undefined): void {
  for (const name in list) {
    const sum = total[name];
    total[name] = sum === undefined ? list[name]! : plus(sum, list[name]!);
  }
}

function raise(total: ResourceList, list: ResourceList): void {
  for (const name in list) {
    const most = total[name];
    total[name] = most === undefined ? list[name]! : larger(most, list[name]!);
  }
}

function plus(a: string, b: string): string {
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  return x === undefined || y === undefined ? a : printQuantity(addQuantities(x, y));
}

function larger(a: string, b: string): string {
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  return x !== undefined && y !== undefined && compareQuantities(y, x) > 0 ? b : a;
}
