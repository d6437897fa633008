// The pods of a node, each with its worker: those that the API binds to it, and traces of those that it forgot.
import type { Pod } from "../schema/types/core-v1.ts";
import type { Admission } from "./admit.ts";
import type { PodSource } from "./agent-options.ts";
import type { NodeContext } from "./context.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { orphanPods } from "./orphans.ts";
import { PodWorker } from "./worker.ts";

export type PodWorkersOptions = {
  readonly context: NodeContext;
  readonly source: PodSource;
  readonly admit: Admission;
  /** By uid; kept here, and read by many. */
  readonly workers: Map<string, PodWorker>;
};

export type PodWorkers = {
  /** Begins with what is left of pods that the API does not know, then follows the source until it is called back. */
  follow(): Promise<() => void>;
  /** Looks for what is left of pods that nobody works on, and removes it. */
  removeStrays(): void;
  /** Leaves the pods as they are. */
  stop(): Promise<void>;
  /** After `stop`: ends what runs, and tells nobody. */
  halt(graceSecondsMax: number): Promise<void>;
};

export function podWorkers({ context, source, admit, workers }: PodWorkersOptions): PodWorkers {
  const { runtime, host, log, stopped } = context;
  const begin = (pod: Pod, isOrphan = false): void => {
    const uid = pod.metadata.uid ?? "";
    const forget = (): void => void workers.delete(uid);
    const worker = new PodWorker({ context, pod, isOrphan, admit, forget });
    workers.set(uid, worker);
    worker.wake();
  };
  const takeOrphans = async (): Promise<void> => {
    const known = (): ReadonlySet<string> =>
      new Set([...workers.keys(), ...source.list().map((pod) => pod.metadata.uid ?? "")]);
    const orphans = await orphanPods(runtime, host, known);
    if (!stopped.aborted) for (const pod of orphans) begin(pod, true);
  };
  const each = async (act: (worker: PodWorker) => Promise<void>): Promise<void> => {
    await Promise.all([...workers.values()].map(act));
  };
  return {
    async follow() {
      await takeOrphans();
      return source.onChange(({ old, next }) => {
        const [before, now] = [old?.metadata.uid ?? "", next?.metadata.uid ?? ""];
        if (old && before !== now) workers.get(before)?.update(undefined);
        if (!next) return;
        const worker = workers.get(now);
        if (worker) worker.update(next);
        else begin(next);
      });
    },
    removeStrays: oneAtATime(takeOrphans, (error) =>
      log.warn("what is left of pods cannot be removed", { error }),
    ),
    stop: () => each((worker) => worker.stop()),
    halt: (graceSecondsMax) => each((worker) => worker.halt(graceSecondsMax)),
  };
}
