// What the runtime has of a pod, as it was when it was last looked at.
import { lastWords } from "./act/last-words.ts";
import type { NodeContext } from "./context.ts";
import {
  isRunning,
  nothing,
  type Observed,
  type ObservedContainer,
  observe,
} from "./pod/observed.ts";

/** The runtime tells that a container has ended a little before it answers so: it is asked again so often. */
const exitLooks = { max: 12, firstMs: 10 };

export type PodViewOptions = {
  readonly context: Pick<NodeContext, "runtime" | "host">;
  readonly uid: string;
  /** Looks again no later than after so many ms. */
  readonly lookAfter: (ms: number) => void;
};

export class PodView {
  readonly #options: PodViewOptions;
  readonly #ended = new Map<string, ObservedContainer>();
  /** Containers that are said to have ended, with how often they were looked at since. */
  readonly #exiting = new Map<string, number>();
  #observed: Observed = nothing;

  constructor(options: PodViewOptions) {
    this.#options = options;
  }

  get observed(): Observed {
    return this.#observed;
  }

  /** The runtime says that one of the pod's containers or sandboxes has ended. */
  exited(id: string): void {
    this.#exiting.set(id, 0);
  }

  async look(): Promise<Observed> {
    const { context, uid } = this.#options;
    const { runtime, host } = context;
    this.#observed = await observe(runtime, uid, this.#ended, (c) => lastWords(host, c));
    this.#lookAgainForExits();
    return this.#observed;
  }

  #lookAgainForExits(): void {
    const { containers, sandboxes } = this.#observed;
    for (const [id, looks] of this.#exiting) {
      const container = containers.find((c) => c.id === id);
      const sandbox = sandboxes.find((s) => s.id === id);
      const isLive = container ? isRunning(container) : sandbox?.state === "SANDBOX_READY";
      if (!isLive || looks >= exitLooks.max) this.#exiting.delete(id);
      else {
        this.#exiting.set(id, looks + 1);
        this.#options.lookAfter(exitLooks.firstMs * 1.5 ** looks);
      }
    }
  }
}
