// What a write to a pod or to one of its subresources may touch (upstream's pod strategies).
import type { Write } from "../../../kind.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import { printTime } from "../../../time.ts";
import type { Container, Pod, PodCondition, PodStatus } from "../../../types/core-v1.ts";
import type { LabelSelector } from "../../../types/meta-v1.ts";
import { keepMetadata, setGeneration } from "../../strategy.ts";
import { copyAppArmorAnnotations } from "./app-armor.ts";
import { dropDisabledFields, dropDisabledStatusFields } from "./disabled.ts";
import { defaultPodResources } from "./pod-resources.ts";
import { qosClass } from "./qos.ts";

export function preparePod(next: Pod, old: Pod | undefined, write: Write): void {
  if (old === undefined) return prepareNew(next, write.now);
  switch (write.subresource) {
    case "status":
      return prepareStatus(next, old);
    case "ephemeralcontainers":
      keepAllBut(next, old, { ephemeralContainers: next.spec.ephemeralContainers });
      break;
    case "resize":
      keepAllButResources(next, old);
      break;
    default:
      next.status = old.status;
      keepPodResources(next, old);
  }
  dropDisabledFields(next.spec);
  setGeneration(next, old, !semanticEqual(next.spec, old.spec));
}

function prepareNew(pod: Pod, now: number): void {
  pod.metadata.generation = 1;
  const status: PodStatus = { phase: "Pending" };
  pod.status = status;
  dropDisabledFields(pod.spec);
  if ((pod.spec.schedulingGates ?? []).length > 0) status.conditions = [gated(now)];
  selectByPodLabels(pod);
  copyAppArmorAnnotations(pod);
  defaultPodResources(pod.spec);
  status.qosClass = qosClass(pod.spec);
}

const gated = (now: number): PodCondition => ({
  type: "PodScheduled",
  status: "False",
  lastTransitionTime: printTime(now),
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
});

type Keyed = {
  labelSelector?: LabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
};

/** `matchLabelKeys` stand for the pod's own values, which are fixed when it is made. */
function selectByPodLabels({ spec, metadata }: Pod): void {
  const { affinity, topologySpreadConstraints } = spec;
  const labels = metadata.labels ?? {};
  for (const group of [affinity?.podAffinity, affinity?.podAntiAffinity]) {
    for (const { podAffinityTerm } of group?.preferredDuringSchedulingIgnoredDuringExecution ??
      []) {
      addKeys(podAffinityTerm, labels);
    }
    for (const term of group?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      addKeys(term, labels);
    }
  }
  for (const constraint of topologySpreadConstraints ?? []) addKeys(constraint, labels);
}

function addKeys(term: Keyed, labels: Readonly<Record<string, string>>): void {
  const { labelSelector } = term;
  if (labelSelector === undefined) return;
  const add = (operator: string) => (key: string) => {
    if (labels[key] === undefined) return;
    labelSelector.matchExpressions ??= [];
    labelSelector.matchExpressions.push({ key, operator, values: [labels[key]] });
  };
  term.matchLabelKeys?.forEach(add("In"));
  term.mismatchLabelKeys?.forEach(add("NotIn"));
}

function prepareStatus(next: Pod, old: Pod): void {
  next.spec = old.spec;
  keep(next.metadata, old.metadata, "deletionTimestamp");
  keep(next.metadata, old.metadata, "ownerReferences");
  next.status ??= {};
  const status = next.status;
  status.qosClass ||= old.status?.qosClass;
  for (const field of givenOnce) {
    if (status[field] === undefined && old.status?.[field] !== undefined) {
      Object.assign(status, { [field]: old.status[field] });
    }
  }
  dropDisabledStatusFields(status, old.status);
  keepObservedGenerations(status, old.status ?? {});
}

function keep<T extends object>(next: T, old: T, field: keyof T): void {
  if (old[field] === undefined) delete next[field];
  else next[field] = old[field];
}

/** Agents that do not know these fields must not wipe them. */
const givenOnce = [
  "resourceClaimStatuses",
  "extendedResourceClaimStatus",
  "nodeAllocatableResourceClaimStatuses",
] as const;

function keepObservedGenerations(status: PodStatus, old: PodStatus): void {
  if (!status.observedGeneration && old.observedGeneration) {
    status.observedGeneration = old.observedGeneration;
  }
  const before = [...(old.conditions ?? [])];
  for (const condition of status.conditions ?? []) {
    const index = before.findIndex(({ type }) => type === condition.type);
    const [match] = index < 0 ? [] : before.splice(index, 1);
    if (!condition.observedGeneration && match?.observedGeneration) {
      condition.observedGeneration = match.observedGeneration;
    }
  }
}

function keepAllBut(next: Pod, old: Pod, changed: Partial<Pod["spec"]>): void {
  next.spec = { ...old.spec, ...changed };
  for (const key in changed) {
    if (changed[key as keyof Pod["spec"]] === undefined) delete next.spec[key as keyof Pod["spec"]];
  }
  next.status = old.status;
  keepMetadata(next, old);
}

/** Containers that were added, removed or renamed are left for validation to refuse. */
function keepAllButResources(next: Pod, old: Pod): void {
  const { containers = [], initContainers = [], resources } = next.spec;
  const before = old.spec;
  const sameCount =
    containers.length === (before.containers ?? []).length &&
    initContainers.length === (before.initContainers ?? []).length;
  if (sameCount) {
    keepAllBut(next, old, {
      containers: onlyResources(containers, before.containers ?? []),
      initContainers:
        initContainers.length === 0
          ? undefined
          : onlyResources(initContainers, before.initContainers ?? []),
      resources,
    });
  }
  keepPodResources(next, old);
  defaultPodResources(next.spec);
}

function onlyResources(next: readonly Container[], old: readonly Container[]): Container[] {
  if (next.some(({ name }, i) => name !== old[i]?.name)) return [...next];
  return next.map(({ resources, resizePolicy }, i) => {
    const merged: Container = { ...old[i]!, resources, resizePolicy };
    if (resources === undefined) delete merged.resources;
    if (resizePolicy === undefined) delete merged.resizePolicy;
    return merged;
  });
}

function keepPodResources(next: Pod, old: Pod): void {
  if (next.spec.resources === undefined && old.spec.resources !== undefined) {
    next.spec.resources = old.spec.resources;
  }
}
