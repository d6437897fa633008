import type { Clock } from "../../lib/clock.ts";
import { Lru } from "../../lib/lru.ts";

/** Upstream's back-off of failed daemons: 1 s, doubled up to 15 minutes, forgotten after twice that. */
const firstMs = 1_000;
const maxMs = 900_000;

/** Nodes and sets that are remembered. */
const rememberedMax = 10_000;

/** How long failed pods of a set on a node are left alone before they are replaced. */
export class FailedPods {
  readonly #clock: Clock;
  readonly #known = new Lru<string, { waitMs: number; atMs: number }>(rememberedMax);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 when the pod may be replaced now, which counts as another failure. */
  waitMs(key: string): number {
    const now = this.#clock.monotonic();
    const known = this.#known.get(key);
    if (!known || now - known.atMs > 2 * maxMs) {
      this.#known.set(key, { waitMs: firstMs, atMs: now });
      return 0;
    }
    const leftMs = known.atMs + known.waitMs - now;
    if (leftMs > 0) return leftMs;
    this.#known.set(key, { waitMs: Math.min(known.waitMs * 2, maxMs), atMs: now });
    return 0;
  }
}
