// Who waits until the watch has brought a revision.
import type { Clock } from "../../lib/clock.ts";
import type { StoreError } from "../store.ts";
import { callMsMax } from "./members.ts";

export class Arrivals {
  readonly #clock: Clock;
  readonly #closed: AbortSignal;
  readonly #late: (revision: number) => StoreError;
  readonly #waiting = new Set<{ revision: number; resolve: () => void }>();

  /** `late`: the error of a revision that does not come. Whoever waits when `closed` is aborted hears its reason. */
  constructor(clock: Clock, closed: AbortSignal, late: (revision: number) => StoreError) {
    this.#clock = clock;
    this.#closed = closed;
    this.#late = late;
  }

  /** Everything up to `revision` can be read. */
  reached(revision: number): void {
    for (const waiter of this.#waiting) if (waiter.revision <= revision) waiter.resolve();
  }

  /** Resolves when `revision` is reached. Rejects with the signal's reason, or after as long as a call may take. */
  async of(revision: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { revision, resolve };
    this.#waiting.add(waiter);
    const cancel = this.#clock.after(callMsMax, () => reject(this.#late(revision)));
    const abort = (): void => reject((signal?.aborted ? signal : this.#closed).reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#closed.addEventListener("abort", abort, { once: true });
    try {
      await promise;
    } finally {
      cancel();
      signal?.removeEventListener("abort", abort);
      this.#closed.removeEventListener("abort", abort);
      this.#waiting.delete(waiter);
    }
  }
}
