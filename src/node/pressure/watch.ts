// Looks now and then whether the machine runs short, and then makes room: first of images that nobody uses, then of
// pods, one at a time. The state shows as conditions of the node, which the control plane turns into taints.

import type { NodeContext } from "../context.ts";
import { labels } from "../pod/labels.ts";
import type { ContainerStats } from "../runtime.ts";
import type { PodWorker } from "../worker.ts";
import { hasLocalLimits, overLimit } from "./local-limits.ts";
import { type Candidate, victimOf } from "./rank.ts";
import { type PressureType, type Shortage, shortages } from "./signals.ts";

export type PressureOptions = {
  readonly context: NodeContext;
  readonly workers: ReadonlyMap<string, PodWorker>;
  /** Frees what images hold that nobody uses; true when something was freed. */
  readonly removeImages: () => Promise<boolean>;
  /** The conditions are others than before. */
  readonly changed: () => void;
};

/** A condition stays so long after the last time that it was true, so that it does not flap. Upstream's. */
const transitionMs = 5 * 60_000;

export class Pressure {
  readonly #options: PressureOptions;
  readonly #seenAt = new Map<PressureType, number>();
  #shown: readonly PressureType[] = [];
  /** The pod that was ended last; while it ends, no other one is. */
  #ending: PodWorker | undefined;

  constructor(options: PressureOptions) {
    this.#options = options;
  }

  get types(): readonly PressureType[] {
    return this.#shown;
  }

  async look(): Promise<void> {
    const { context, removeImages } = this.#options;
    const signals = await context.host.signals();
    if (!signals) return;
    await this.#endGreedy();
    let short = shortages(signals);
    this.#show(short);
    if (short.some((s) => s.type === "DiskPressure") && (await removeImages())) {
      const after = await context.host.signals();
      if (after) short = shortages(after);
    }
    if (short.length > 0) await this.#evictOne(short);
  }

  /** Those that hold more on disk than they may, whether the disk is full or not. */
  async #endGreedy(): Promise<void> {
    const { context, workers } = this.#options;
    const limited = [...workers.values()].filter((w) => w.isActive && hasLocalLimits(w.pod));
    if (limited.length === 0) return;
    const stats = await context.runtime.containerStats();
    for (const worker of limited) {
      const volumes = await context.host.volumeUse(worker.uid);
      const containers = usesOf(worker, "ephemeral-storage", stats);
      const message = overLimit(worker.pod, { volumes, containers });
      if (message !== undefined) worker.evict(message, false);
    }
  }

  #show(short: readonly Shortage[]): void {
    const now = this.#options.context.clock.monotonic();
    for (const { type } of short) this.#seenAt.set(type, now);
    for (const [type, at] of this.#seenAt) if (now - at >= transitionMs) this.#seenAt.delete(type);
    const types = [...this.#seenAt.keys()].sort();
    if (types.join() === this.#shown.join()) return;
    this.#shown = types;
    this.#options.changed();
  }

  async #evictOne([shortage]: readonly Shortage[]): Promise<void> {
    if (!shortage || (this.#ending && !this.#ending.isEnded)) return;
    const { context, workers } = this.#options;
    const stats = await context.runtime.containerStats();
    const candidates = [...workers.values()]
      .filter((worker) => worker.isActive)
      .map(
        (worker): Candidate => ({
          pod: worker.pod,
          uses: usesOf(worker, shortage.resource, stats),
        }),
      );
    const victim = victimOf(shortage, candidates);
    const worker = victim && workers.get(victim.pod.metadata.uid ?? "");
    if (!worker?.evict(victim?.message ?? "", true)) return;
    this.#ending = worker;
    context.log.warn("a pod is ended, the node runs short", {
      pod: worker.pod.metadata.name,
      ...shortage,
    });
  }
}

function usesOf(
  worker: PodWorker,
  resource: Shortage["resource"],
  stats: readonly ContainerStats[],
): Candidate["uses"] {
  return stats
    .filter((s) => s.labels[labels.podUid] === worker.uid)
    .map((s) => ({
      name: s.labels[labels.containerName] ?? "",
      bytes:
        (resource === "memory"
          ? s.memory?.workingSetBytes?.value
          : s.writableLayer?.usedBytes?.value) ?? 0,
    }));
}
