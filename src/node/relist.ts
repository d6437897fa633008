// Wakes the pods whose containers changed: at once by the runtime's events, and by comparing everything now and then,
// because events may be lost. Finds what belongs to no pod, too: what an agent before this one had asked for may be
// done after it has died, and after this one has looked for what was left.
import type { Log } from "../lib/log.ts";
import { labels } from "./pod/labels.ts";
import type { Runtime, RuntimeEvent } from "./runtime.ts";
import type { PodWorker } from "./worker.ts";

export type RelistOptions = {
  runtime: Runtime;
  workers: ReadonlyMap<string, PodWorker>;
  /** Called when there is something of a pod that nobody works on. */
  strayed: () => void;
  log: Log;
};

export class Relist {
  readonly #options: RelistOptions;
  #seen = new Map<string, string>();
  #looking: Promise<void> | undefined;

  constructor(options: RelistOptions) {
    this.#options = options;
  }

  told(event: RuntimeEvent): void {
    if (event.is === "resync") {
      this.look();
      return;
    }
    // What begins is begun by the pod's own pass, which then looks.
    if (event.what === "start") return;
    const { workers } = this.#options;
    const isOf = ({ observed }: PodWorker): boolean =>
      observed.containers.some((c) => c.id === event.containerId) ||
      observed.sandboxes.some((s) => s.id === event.containerId);
    const owners = [...workers.values()].filter(isOf);
    for (const owner of owners) owner.exited(event.containerId);
    if (owners.length > 0) return;
    // One that nobody knows yet may be in the making.
    for (const worker of workers.values()) if (worker.isBusy) worker.exited(event.containerId);
  }

  look(): void {
    this.#looking ??= this.#compare()
      .catch((error: unknown) => this.#options.log.warn("cannot list containers", { error }))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #compare(): Promise<void> {
    const { runtime, workers, strayed } = this.#options;
    const [sandboxes, containers] = await Promise.all([
      runtime.listPodSandbox(),
      runtime.listContainers(),
    ]);
    const now = new Map<string, string>();
    for (const one of [...sandboxes, ...containers]) {
      const uid = one.labels[labels.podUid] ?? "";
      now.set(uid, `${now.get(uid) ?? ""} ${one.id}:${one.state}`);
    }
    for (const [uid, worker] of workers) {
      if (now.get(uid) !== this.#seen.get(uid)) worker.wake();
    }
    this.#seen = now;
    if (now.keys().some((uid) => uid !== "" && !workers.has(uid))) strayed();
  }
}
