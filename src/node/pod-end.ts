// The end of a pod's containers: begun once, and hurried when somebody asks again with less patience.
import type { Pod } from "../schema/types/core-v1.ts";
import { killAll } from "./act/kill.ts";
import type { NodeContext } from "./context.ts";
import type { Observed, ObservedContainer } from "./pod/observed.ts";

export type PodEndOptions = {
  readonly context: NodeContext;
  readonly wake: () => void;
  readonly wakeAfter: (ms: number) => void;
};

const retryMs = 500;

export class PodEnd {
  readonly #options: PodEndOptions;
  #kill: { done: Promise<void>; graceSeconds: number } | undefined;

  constructor(options: PodEndOptions) {
    this.#options = options;
  }

  /** Resolves when what was begun is done, however it ended. */
  async settled(): Promise<void> {
    await this.#kill?.done.catch(() => {});
  }

  /** Ends `live`, which of `observed` still runs. Whoever began it is woken when it is done. */
  begin(
    pod: Pod,
    observed: Observed,
    { live, graceSeconds }: { live: readonly ObservedContainer[]; graceSeconds: number },
  ): void {
    const { context, wake, wakeAfter } = this.#options;
    if (this.#kill) {
      this.#hurry(live, graceSeconds);
      return;
    }
    const done = killAll(context, pod, observed, graceSeconds);
    this.#kill = { done, graceSeconds };
    done.then(wake, (error: unknown) => {
      context.log.warn("cannot end the containers of a pod", { error, pod: pod.metadata.name });
      this.#kill = undefined;
      wakeAfter(retryMs);
    });
  }

  /** The first asking goes on beside it. */
  #hurry(live: readonly ObservedContainer[], graceSeconds: number): void {
    if (!this.#kill || graceSeconds >= this.#kill.graceSeconds) return;
    this.#kill.graceSeconds = graceSeconds;
    const { runtime, log } = this.#options.context;
    for (const { id } of live) {
      runtime.stopContainer(id, graceSeconds).catch((error: unknown) => {
        log.warn("cannot end a container", { error, id });
      });
    }
  }
}
