// Changes to the packet filter: gathered for a moment, applied one transaction at a time, again while there are more.
import { type Clock, sleep } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";

export type TransactionsOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** In the log, when nobody foresaw a failure. */
  readonly name: string;
  /** Whether there is anything to apply. */
  readonly hasChanges: () => boolean;
  /** Applies all that there is. Who fails in a way that is foreseen says so and waits for `retry`. */
  readonly apply: (retry: () => Promise<void>) => Promise<void>;
};

export type Transactions = {
  /** Applies what has changed, soon. */
  wake(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
};

/** Changes that come within so long go into one transaction. */
const gatherMs = 5;
const retryMs = 1000;

/** Calls `apply` after `wake`, never twice at a time, and again as long as there are changes. */
export function transactions(options: TransactionsOptions): Transactions {
  const { clock, log, name, hasChanges, apply } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  const once = async (): Promise<void> => {
    await sleep(clock, gatherMs, signal);
    await apply(() => sleep(clock, retryMs, signal));
  };
  const wake = (): void => {
    if (signal.aborted || !hasChanges()) return;
    running ??= once()
      .catch((error: unknown) => {
        if (!signal.aborted) log.error(name, { error });
      })
      .finally(() => {
        running = undefined;
        wake();
      });
  };
  const idle = async (): Promise<void> => {
    while (running) await running;
  };
  return {
    wake,
    idle,
    async stop() {
      stopping.abort();
      await idle();
    },
  };
}
