// What a pod holds as a whole: its containers at their worst moment, what it states for itself, and its overhead.
import { containersTotal } from "../../../schema/kinds/core/pod/pod-resources.ts";
import { isPodLevelResource } from "../../../schema/kinds/core/pod/qos.ts";
import type { ResourceList } from "../../../schema/kinds/core/pod/resource-list.ts";
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  printQuantity,
} from "../../../schema/quantity.ts";
import type { Container, ContainerStatus, Pod, PodSpec } from "../../../schema/types/core-v1.ts";

export function podRequests(pod: Pod): ResourceList {
  const { spec } = pod;
  if (spec === undefined) return {};
  const total = withOwn(containersTotal(resized(pod), "requests"), spec.resources?.requests);
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    total[name] = sum(total[name], amount);
  }
  return total;
}

/** Overhead adds to limits only where there are any. */
export function podLimits({ spec }: Pod): ResourceList {
  if (spec === undefined) return {};
  const total = withOwn(containersTotal(spec, "limits"), spec.resources?.limits);
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    if (total[name] !== undefined) total[name] = sum(total[name], amount);
  }
  return total;
}

function withOwn(total: ResourceList, own: ResourceList | undefined): ResourceList {
  for (const [name, amount] of Object.entries(own ?? {})) {
    if (isPodLevelResource(name)) total[name] = amount;
  }
  return total;
}

function sum(a: string | undefined, b: string): string {
  const x = parseQuantity(a ?? "0");
  const y = parseQuantity(b);
  return x === undefined || y === undefined ? b : printQuantity(addQuantities(x, y));
}

/** While a container is being made larger or smaller in place, it holds the most of what is said about it. */
function resized({ spec, status }: Pod): PodSpec {
  const statuses = new Map<string, ContainerStatus>();
  for (const s of [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
  ]) {
    if (s.allocatedResources !== undefined || s.resources !== undefined) statuses.set(s.name, s);
  }
  if (statuses.size === 0) return spec!;
  const now = (container: Container): Container => {
    const found = statuses.get(container.name);
    if (found === undefined) return container;
    const requests = { ...container.resources?.requests };
    for (const list of [found.allocatedResources, found.resources?.requests]) {
      for (const [name, amount] of Object.entries(list ?? {})) {
        if (isMore(amount, requests[name])) requests[name] = amount;
      }
    }
    return { ...container, resources: { ...container.resources, requests } };
  };
  return {
    ...spec!,
    containers: (spec!.containers ?? []).map(now),
    ...(spec!.initContainers === undefined
      ? {}
      : { initContainers: spec!.initContainers.map(now) }),
  };
}

function isMore(a: string, b: string | undefined): boolean {
  const x = parseQuantity(a);
  const y = parseQuantity(b ?? "0");
  return x !== undefined && y !== undefined && compareQuantities(x, y) > 0;
}
