// Requests and limits as the kernel's control groups take them. Pure; figures are upstream's (kubelet's cm and qos).
import { qosClass } from "../../schema/kinds/core/pod/qos.ts";
import { milliValue, parseQuantity, wholeValue } from "../../schema/quantity.ts";
import type { Container, Pod, ResourceRequirements } from "../../schema/types/core-v1.ts";
import type { PodResources } from "../host.ts";
import { isCriticalPod } from "../pod/critical.ts";
import { isSidecar } from "../pod/observed.ts";
import type { LinuxResources } from "../runtime.ts";

const periodUs = 100_000;
const quotaMinUs = 1000;
const sharesMin = 2;
const sharesMax = 262_144;
const sharesPerCpu = 1024;

const oomScores = { guaranteed: -997, bestEffort: 1000 } as const;

type Amounts = Readonly<Record<string, string>> | undefined;

const cpuMilli = (amounts: Amounts): number | undefined => amountOf(amounts?.["cpu"], milliValue);
const memoryBytes = (amounts: Amounts): number | undefined =>
  amountOf(amounts?.["memory"], wholeValue);

function amountOf(
  text: string | undefined,
  read: (q: NonNullable<ReturnType<typeof parseQuantity>>) => number,
): number | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity && read(quantity);
}

export const cpuShares = (milli: number): number =>
  milli === 0
    ? sharesMin
    : Math.min(Math.max(Math.floor((milli * sharesPerCpu) / 1000), sharesMin), sharesMax);

export const cpuQuota = (milli: number): number =>
  Math.max(Math.floor((milli * periodUs) / 1000), quotaMinUs);

export function containerResources(
  pod: Pod,
  container: Container,
  machineMemoryBytes: number,
): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const resources: LinuxResources = {
    // A limit without a request asks for as much.
    cpuShares: cpuShares(cpuMilli(requests) ?? cpuMilli(limits) ?? 0),
    oomScoreAdj: oomScore(pod, container, machineMemoryBytes),
  };
  const cpu = cpuMilli(limits) ?? cpuMilli(pod.spec.resources?.limits);
  if (cpu) {
    resources.cpuQuota = cpuQuota(cpu);
    resources.cpuPeriod = periodUs;
  }
  const memory = memoryBytes(limits) ?? memoryBytes(pod.spec.resources?.limits);
  if (memory) resources.memoryLimitInBytes = memory;
  return resources;
}

/** The larger it is, the sooner the kernel ends the container when memory runs out. */
function oomScore(pod: Pod, container: Container, machineMemoryBytes: number): number {
  if (isCriticalPod(pod)) return oomScores.guaranteed;
  const qos = qosClass(pod.spec);
  if (qos === "Guaranteed") return oomScores.guaranteed;
  if (qos === "BestEffort") return oomScores.bestEffort;
  const asked = (c: Container): number => memoryBytes(c.resources?.requests) ?? 0;
  const scoreOf = (bytes: number): number => 1000 - Math.floor((1000 * bytes) / machineMemoryBytes);
  let score = scoreOf(asked(container));
  if (isSidecar(container)) {
    score = Math.min(score, scoreOf(Math.min(...pod.spec.containers.map(asked))));
  }
  return Math.min(Math.max(score, 1000 + oomScores.guaranteed), oomScores.bestEffort - 1);
}

/** `/burstable/pod<uid>` below the root of all pods' groups; guaranteed pods stand at the top. */
export function podCgroup(root: string, pod: Pod): string {
  if (root === "") return "";
  const qos = pod.status?.qosClass ?? qosClass(pod.spec);
  const folder = qos === "Guaranteed" ? "" : `/${qos.toLowerCase()}`;
  return `${root}${folder}/pod${pod.metadata.uid}`;
}

/** Limits of the pod as a whole: the sum of its containers', where all have one. */
export function podResources(pod: Pod): PodResources {
  const { spec } = pod;
  const requests = total(
    spec.containers,
    spec.initContainers ?? [],
    (r) => cpuMilli(r?.requests) ?? 0,
  );
  const shares = cpuMilli(spec.resources?.requests) ?? requests + (cpuMilli(spec.overhead) ?? 0);
  const cpu = limitOf(pod, cpuMilli);
  const memory = limitOf(pod, memoryBytes);
  return {
    cpuShares: cpuShares(shares),
    ...(cpu === undefined ? {} : { cpuQuota: cpuQuota(cpu), cpuPeriod: periodUs }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
  };
}

function limitOf(pod: Pod, read: (amounts: Amounts) => number | undefined): number | undefined {
  const { spec } = pod;
  const whole = read(spec.resources?.limits);
  if (whole !== undefined) return whole;
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (!all.every((c) => read(c.resources?.limits))) return undefined;
  const sum = total(spec.containers, spec.initContainers ?? [], (r) => read(r?.limits) ?? 0);
  return sum + (read(spec.overhead) ?? 0);
}

/** Containers and sidecars together, or the hungriest init container beside the sidecars before it. */
function total(
  containers: readonly Container[],
  init: readonly Container[],
  read: (resources: ResourceRequirements | undefined) => number,
): number {
  let sidecars = 0;
  let initMax = 0;
  for (const container of init) {
    const amount = read(container.resources);
    if (isSidecar(container)) sidecars += amount;
    initMax = Math.max(initMax, isSidecar(container) ? sidecars : sidecars + amount);
  }
  const regular = containers.reduce((sum, c) => sum + read(c.resources), sidecars);
  return Math.max(regular, initMax);
}
