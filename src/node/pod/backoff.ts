// Waits that double, by key. As upstream's: the first try is free, what has been quiet for long begins anew.

export type BackoffLimits = { readonly firstMs: number; readonly maxMs: number };

/** Restarts of a container that ends, and pulls of an image that fail. */
export const restartLimits: BackoffLimits = Object.freeze({ firstMs: 10_000, maxMs: 300_000 });
export const pullLimits: BackoffLimits = restartLimits;

type Entry = { waitMs: number; changedAt: number };

export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: BackoffLimits) {
    this.#limits = limits;
  }

  /** Ms that are left to wait at `now`, when it failed at `since`; 0: none. */
  left(key: string, since: number, now: number): number {
    const entry = this.#entries.get(key);
    if (!entry || this.#isStale(entry, since)) return 0;
    return Math.max(0, since + entry.waitMs - now);
  }

  waitMs(key: string): number {
    return this.#entries.get(key)?.waitMs ?? 0;
  }

  /** It is tried again at `now`, having failed at `since`: the next wait is longer. */
  next(key: string, since: number, now: number): void {
    const entry = this.#entries.get(key);
    const waitMs =
      !entry || this.#isStale(entry, since)
        ? this.#limits.firstMs
        : Math.min(entry.waitMs * 2, this.#limits.maxMs);
    this.#entries.set(key, { waitMs, changedAt: now });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #isStale(entry: Entry, since: number): boolean {
    return since - entry.changedAt > 2 * this.#limits.maxMs;
  }
}

/** As Go prints a duration: `10s`, `1m20s`, `5m0s`. */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return minutes < 60
    ? `${minutes}m${rest}s`
    : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}s`;
}
