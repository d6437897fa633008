// Passes over one thing, one at a time: a wake during a pass brings another one after it, a failed pass is tried again.
import type { Clock } from "../lib/clock.ts";

export type PassesOptions = {
  readonly clock: Clock;
  /** Nothing begins any more when it is aborted. */
  readonly stopped: AbortSignal;
  readonly pass: () => Promise<void>;
  /** Told of a pass that failed; it is made again later, or at once where the answer is "again". */
  readonly failed: (error: unknown) => "again" | "later";
};

const retryMs = { first: 500, max: 10_000 };

export class Passes {
  readonly #options: PassesOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #timer: { at: number; cancel: () => void } | undefined;

  constructor(options: PassesOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** A pass will begin after this call, or after the one that is under way. */
  wake(): void {
    if (this.#options.stopped.aborted) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What woke it between its last look and its end.
      if (this.#again) this.wake();
    });
  }

  /** No later than `ms` from now. */
  wakeAfter(ms: number): void {
    const { clock, stopped } = this.#options;
    const at = clock.monotonic() + ms;
    if (stopped.aborted || (this.#timer && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = clock.after(ms, () => {
      this.#timer = undefined;
      this.wake();
    });
    this.#timer = { at, cancel };
  }

  forgetTimer(): void {
    this.#timer?.cancel();
  }

  /** Resolves when no pass is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#options.stopped.aborted) {
      this.#again = false;
      try {
        await this.#options.pass();
        this.#failures = 0;
      } catch (error) {
        if (this.#options.failed(error) === "again") this.#again = true;
        else this.wakeAfter(Math.min(retryMs.first * 2 ** this.#failures++, retryMs.max));
      }
    }
  }
}
