/** Time and timers, passed in by argument so that a test or the simulator owns them. */
export type Clock = {
  /** Wall time in ms since 1970. May step in both directions. */
  now(): number;
  /** Time in ms since an arbitrary moment; never steps back. Durations are measured with this. */
  monotonic(): number;
  /**
   * Calls `run` once, `delayMs` from now (0 or less: as soon as possible, never within this call).
   * Returns a function that cancels the timer; it does nothing when the timer has run.
   */
  after(delayMs: number, run: () => void): () => void;
};

/**
 * Resolves after `delayMs` of `clock`'s time. Rejects with the signal's reason as soon as `signal`
 * is aborted, and leaves no timer behind.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) {
    reject(signal.reason);
    return promise;
  }
  const abort = (): void => {
    cancel();
    reject(signal?.reason);
  };
  const cancel = clock.after(delayMs, () => {
    signal?.removeEventListener("abort", abort);
    resolve();
  });
  signal?.addEventListener("abort", abort, { once: true });
  return promise;
}

/** As `sleep`, for who looks at `signal` afterwards: resolves, too, as soon as it is aborted. */
export const pause = (clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> =>
  sleep(clock, delayMs, signal).catch(() => {});
