// What an object uses of a quota. Each kind counts; pods, claims and services use more than their number.

import type { ApiObject } from "../../../schema/kind.ts";
import { qosClass } from "../../../schema/kinds/core/pod/qos.ts";
import { isExtended, isHugePages, isNative } from "../../../schema/kinds/core/resource-names.ts";
import {
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityOf,
  zeroQuantity,
} from "../../../schema/quantity.ts";
import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  PodAffinityTerm,
  ScopedResourceSelectorRequirement,
  Service,
} from "../../../schema/types/core-v1.ts";
import type { ResourceClaim } from "../../../schema/types/resource-v1.ts";
import { type Amounts, amountsOf, plus } from "./amounts.ts";
import { podLimits, podRequests } from "./pod-amounts.ts";

type Scope = ScopedResourceSelectorRequirement;

/** How objects of one resource are measured. `now`: wall clock, ms. */
export type Meter = {
  /** Whether a limit of this name is about objects of this resource. */
  readonly measures: (name: string) => boolean;
  readonly usage: (object: ApiObject, now: number) => Amounts;
  readonly inScope: (object: ApiObject, scope: Scope) => boolean;
  /** What an object must say itself so that the limits can be checked; a text about what is missing. */
  readonly demands?: (object: ApiObject, limits: readonly string[]) => string | undefined;
  /** Subresources and operations whose writes are charged. */
  readonly charges: (
    operation: string,
    subresource: string,
    next: ApiObject,
    old?: ApiObject,
  ) => boolean;
};

const countName = (group: string, plural: string): string =>
  group === "" ? `count/${plural}` : `count/${plural}.${group}`;

/** `plural` and `group` as in paths. */
export function meterOf(group: string, plural: string): Meter {
  const key = `${plural}.${group}`;
  const found = Object.hasOwn(meters, key) ? meters[key] : undefined;
  return found ?? counter(group, plural);
}

/** The plurals that had a name of their own before everything could be counted. */
const countedByPlural = new Set([
  "configmaps",
  "resourcequotas",
  "replicationcontrollers",
  "secrets",
]);

function counter(group: string, plural: string): Meter {
  const names = [countName(group, plural)];
  if (group === "" && countedByPlural.has(plural)) names.push(plural);
  const usage: Amounts = new Map(names.map((name) => [name, quantityOf(1)]));
  return {
    measures: (name) => usage.has(name),
    usage: () => usage,
    inScope: () => false,
    charges: (operation, subresource) => operation === "CREATE" && subresource === "",
  };
}

const podNames = new Set([
  "count/pods",
  "pods",
  ...["cpu", "memory", "ephemeral-storage"].flatMap((n) => [n, `requests.${n}`, `limits.${n}`]),
]);

/** What each container must say for itself when a quota limits it. */
const perContainer = [
  "cpu",
  "memory",
  "limits.cpu",
  "limits.memory",
  "requests.cpu",
  "requests.memory",
];

const isTerminating = ({ spec }: Pod): boolean => (spec?.activeDeadlineSeconds ?? -1) >= 0;

const podMeter: Meter = {
  measures: (name) =>
    podNames.has(name) ||
    isHugePages(name) ||
    name.startsWith("requests.hugepages-") ||
    (name.startsWith("requests.") &&
      (!isNative(name) || name.startsWith("requests.deviceclass.resource.kubernetes.io/"))),
  usage: (object, now) => podUsage(object as Pod, now),
  inScope: (object, scope) => podInScope(object as Pod, scope),
  demands: (object, limits) => missingDemands(object as Pod, limits),
  charges(operation, subresource, next, old) {
    if (subresource === "resize") return operation === "UPDATE";
    if (subresource !== "") return false;
    if (operation === "CREATE") return true;
    return old !== undefined && isTerminating(next as Pod) !== isTerminating(old as Pod);
  },
};

const one = quantityOf(1);

function podUsage(pod: Pod, now: number): Amounts {
  const number: Amounts = new Map([["count/pods", one]]);
  if (isOver(pod, now)) return number;
  return plus(number, usageOf(amountsOf(podRequests(pod)), amountsOf(podLimits(pod))));
}

/** A pod that has ended, or should have long ago, still counts as an object, and holds nothing. */
function isOver({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return true;
  const { deletionTimestamp: end, deletionGracePeriodSeconds: grace } = metadata;
  return end !== undefined && grace !== undefined && now > Date.parse(end) + grace * 1000;
}

const plain = ["cpu", "memory", "ephemeral-storage"];

function usageOf(requests: Amounts, limits: Amounts): Amounts {
  const usage = new Map([["pods", one]]);
  for (const [name, q] of requests) {
    if (plain.includes(name) || isHugePages(name)) {
      usage.set(name, q);
      usage.set(`requests.${name}`, q);
    } else if (isExtended(name)) usage.set(`requests.${name}`, q);
  }
  for (const [name, q] of limits) if (plain.includes(name)) usage.set(`limits.${name}`, q);
  return usage;
}

/** `must specify requests.cpu for: a,b; …` */
function missingDemands({ spec }: Pod, limits: readonly string[]): string | undefined {
  const { requests, limits: own } = spec?.resources ?? {};
  if (Object.keys({ ...requests, ...own }).length > 0) return undefined;
  const wanted = perContainer.filter((name) => limits.includes(name));
  const missing = wanted.flatMap((name) => {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].filter(
      (container) => !states(container, name),
    );
    const names = [...new Set(containers.map((c) => c.name))].sort();
    return names.length === 0 ? [] : [`${name} for: ${names.join(",")}`];
  });
  return missing.length === 0 ? undefined : `must specify ${missing.join("; ")}`;
}

/** `name`: one of `perContainer`; a request may be called by its resource alone. */
function states({ resources }: Container, name: string): boolean {
  const [list, resource = name] = name.split(".");
  const stated = list === "limits" ? resources?.limits : resources?.requests;
  return stated?.[resource] !== undefined;
}

function podInScope(pod: Pod, scope: Scope): boolean {
  switch (scope.scopeName) {
    case "Terminating":
      return isTerminating(pod);
    case "NotTerminating":
      return !isTerminating(pod);
    case "BestEffort":
      return pod.spec !== undefined && qosClass(pod.spec) === "BestEffort";
    case "NotBestEffort":
      return pod.spec === undefined || qosClass(pod.spec) !== "BestEffort";
    case "PriorityClass": {
      const name = pod.spec?.priorityClassName ?? "";
      return matchesValue(scope, name === "" ? [] : [name]);
    }
    case "CrossNamespacePodAffinity":
      return looksElsewhere(pod);
    default:
      return false;
  }
}

/** One of the names is what the scope wants; it may want that there is none. */
function matchesValue({ operator, values = [] }: Scope, names: readonly string[]): boolean {
  switch (operator) {
    case "Exists":
      return names.length > 0;
    case "DoesNotExist":
      return names.length === 0;
    case "In":
      return names.some((name) => values.includes(name));
    case "NotIn":
      return names.length === 0 || names.some((name) => !values.includes(name));
    default:
      return false;
  }
}

function looksElsewhere({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const elsewhere = ({ namespaces, namespaceSelector }: PodAffinityTerm): boolean =>
    (namespaces ?? []).length > 0 || namespaceSelector !== undefined;
  return [podAffinity, podAntiAffinity].some(
    (affinity) =>
      (affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(elsewhere) ||
      (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).some((w) =>
        elsewhere(w.podAffinityTerm),
      ),
  );
}

const claimNames = ["persistentvolumeclaims", "requests.storage"];
const ofClass = ".storageclass.storage.k8s.io/";

const claimMeter: Meter = {
  measures: (name) =>
    name === "count/persistentvolumeclaims" ||
    claimNames.some((n) => name === n || name.endsWith(ofClass + n)),
  usage(object) {
    const { metadata, spec, status } = object as PersistentVolumeClaim;
    const usage = new Map([
      ["persistentvolumeclaims", one],
      ["count/persistentvolumeclaims", one],
    ]);
    const storageClass =
      metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec?.storageClassName;
    if (storageClass) usage.set(`${storageClass}${ofClass}persistentvolumeclaims`, one);
    const asked = parseQuantity(spec?.resources?.requests?.["storage"] ?? "");
    if (asked === undefined) return usage;
    const allocated = parseQuantity(status?.allocatedResources?.["storage"] ?? "0") ?? zeroQuantity;
    const size = larger(asked, allocated);
    usage.set("requests.storage", size);
    if (storageClass) usage.set(`${storageClass}${ofClass}requests.storage`, size);
    return usage;
  },
  inScope: (object, scope) =>
    scope.scopeName === "VolumeAttributesClass" &&
    matchesValue(scope, attributeClasses(object as PersistentVolumeClaim)),
  charges: (operation, subresource) =>
    operation === "CREATE" || operation === "UPDATE"
      ? subresource === "" || subresource === "status"
      : false,
};

const larger = (a: Quantity, b: Quantity): Quantity => (compareQuantities(a, b) >= 0 ? a : b);

function attributeClasses({ spec, status }: PersistentVolumeClaim): string[] {
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((n) => n !== undefined && n !== ""))] as string[];
}

const serviceNames = new Set([
  "count/services",
  "services",
  "services.nodeports",
  "services.loadbalancers",
]);

const serviceMeter: Meter = {
  measures: (name) => serviceNames.has(name),
  usage(object) {
    const { spec } = object as Service;
    const ports = spec?.ports ?? [];
    const balanced = spec?.type === "LoadBalancer";
    const allocated =
      spec?.type === "NodePort" || (balanced && spec?.allocateLoadBalancerNodePorts !== false);
    const own = ports.filter((p) => (p.nodePort ?? 0) !== 0).length;
    const nodePorts = allocated ? ports.length : balanced ? own : 0;
    return new Map([
      ["count/services", one],
      ["services", one],
      ["services.nodeports", quantityOf(nodePorts)],
      ["services.loadbalancers", quantityOf(balanced ? 1 : 0)],
    ]);
  },
  inScope: () => false,
  charges: (operation, subresource) => subresource === "" && operation !== "DELETE",
};

const deviceSuffix = ".deviceclass.resource.k8s.io/devices";

const resourceClaimMeter: Meter = {
  measures: (name) =>
    name === "count/resourceclaims.resource.k8s.io" || name.endsWith(deviceSuffix),
  usage(object) {
    const usage = new Map([["count/resourceclaims.resource.k8s.io", one]]);
    const devices = new Map<string, number>();
    for (const request of (object as ResourceClaim).spec.devices?.requests ?? []) {
      const { exactly, firstAvailable } = request;
      const options = exactly === undefined ? (firstAvailable ?? []) : [exactly];
      // Only one of the alternatives is taken, and nobody knows which: the most that any of them takes.
      const most = new Map<string, number>();
      for (const { deviceClassName, allocationMode, count } of options) {
        const asked = allocationMode === "All" ? allDevices : (count ?? 1);
        most.set(deviceClassName, Math.max(most.get(deviceClassName) ?? 0, asked));
      }
      for (const [name, asked] of most) devices.set(name, (devices.get(name) ?? 0) + asked);
    }
    for (const [name, count] of devices) usage.set(name + deviceSuffix, quantityOf(count));
    return usage;
  },
  inScope: () => false,
  charges: (operation, subresource) => subresource === "" && operation !== "DELETE",
};

/** The most devices that one claim can get. */
const allDevices = 32;

const meters: Readonly<Record<string, Meter>> = {
  "pods.": podMeter,
  "persistentvolumeclaims.": claimMeter,
  "services.": serviceMeter,
  "resourceclaims.resource.k8s.io": resourceClaimMeter,
};
