// What a node is short of: measured signals against thresholds. Pure; names, conditions and words are upstream's
// (kubelet's eviction signals).

import { printQuantity, quantityOf } from "../../schema/quantity.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { Refusal } from "../pod/admission.ts";
import { isCriticalPod } from "../pod/critical.ts";

/** What the machine has left, and of how much. */
export type Signal = { readonly available: number; readonly capacity: number };

export type Signals = {
  readonly memory: Signal;
  /** The file system with pods, logs and images. */
  readonly disk: Signal;
  readonly inodes: Signal;
  readonly processes: Signal;
};

export type PressureType = "MemoryPressure" | "DiskPressure" | "PIDPressure";

/** A threshold that is crossed. */
export type Shortage = {
  readonly type: PressureType;
  /** As upstream names it in messages. */
  readonly resource: "memory" | "ephemeral-storage" | "inodes" | "pids";
  readonly threshold: number;
  readonly available: number;
};

const mebi = 2 ** 20;
const gibi = 2 ** 30;

/**
 * Upstream's hard thresholds, but that a large disk is not short while gigabytes are free: a cluster on a laptop shares
 * its disk with everything else there.
 */
const thresholds = Object.freeze({
  memoryBytes: 100 * mebi,
  diskShare: 0.1,
  diskBytesMax: 2 * gibi,
  inodesShare: 0.05,
  processesMin: 100,
});

export function shortages({ memory, disk, inodes, processes }: Signals): Shortage[] {
  const { memoryBytes, diskShare, diskBytesMax, inodesShare, processesMin } = thresholds;
  const all: Shortage[] = [
    { type: "MemoryPressure", resource: "memory", threshold: memoryBytes, ...memory },
    {
      type: "DiskPressure",
      resource: "ephemeral-storage",
      threshold: Math.min(disk.capacity * diskShare, diskBytesMax),
      ...disk,
    },
    {
      type: "DiskPressure",
      resource: "inodes",
      threshold: inodes.capacity * inodesShare,
      ...inodes,
    },
    { type: "PIDPressure", resource: "pids", threshold: processesMin, ...processes },
  ];
  return all
    .filter(({ available, threshold }) => available < threshold)
    .map(({ type, resource, threshold, available }) => ({ type, resource, threshold, available }));
}

/** The start of an evicted pod's message. */
export const shortageText = ({ resource, threshold, available }: Shortage): string =>
  `The node was low on resource: ${resource}. Threshold quantity: ${quantity(threshold)}, available: ${quantity(available)}. `;

/** Memory and disk in kibibytes, as upstream prints what it has measured. */
export const quantity = (amount: number): string =>
  amount < 1024
    ? String(Math.floor(amount))
    : printQuantity(quantityOf(Math.floor(amount / 1024) * 1024, "binarySI"));

const memoryTaint = "node.kubernetes.io/memory-pressure";

/** Whether a node in such a state takes the pod: it would be the next one to go. */
export function refusedUnder(pressures: readonly PressureType[], pod: Pod): Refusal | undefined {
  if (pressures.length === 0 || isCriticalPod(pod)) return undefined;
  if (pressures.every((p) => p === "MemoryPressure")) {
    const bears = (pod.spec.tolerations ?? []).some(
      (t) => (!t.key || t.key === memoryTaint) && (!t.effect || t.effect === "NoSchedule"),
    );
    if (pod.status?.qosClass !== "BestEffort" || bears) return undefined;
  }
  return { reason: "Evicted", message: `The node had condition: [${pressures.join(" ")}]. ` };
}
