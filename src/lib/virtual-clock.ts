import type { Clock } from "./clock.ts";

type Timer = { due: number; order: number; run: () => void };

/**
 * A clock that moves only when it is told to. Timers run in the order of their due times (equal
 * ones in the order they were set), and what they wake is let run before the next timer does.
 */
export class VirtualClock implements Clock {
  #monotonic = 0;
  #wallOffset: number;
  #order = 0;
  #timers: Timer[] = [];
  readonly #settle: () => Promise<void>;

  /**
   * `settle` resolves when work woken by a timer has come to rest; the default lets a bounded
   * number of microtask turns pass, which suits code that waits for nothing but this clock.
   */
  constructor(options: { now?: number; settle?: () => Promise<void> } = {}) {
    this.#wallOffset = options.now ?? Date.UTC(2026, 0, 1);
    this.#settle = options.settle ?? settleMicrotasks;
  }

  now(): number {
    return this.#wallOffset + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, run: () => void): () => void {
    const due = this.#monotonic + Math.max(delayMs, 0);
    const timer = { due, order: this.#order++, run };
    insert(this.#timers, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Moves time forward by `ms`; resolves when every timer due by then has run and settled. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.#settle();
    while (this.#timers[0] && this.#timers[0].due <= end) await this.#runFirst();
    this.#monotonic = end;
  }

  /** Jumps to the next timer and runs it. False when no timer is set. */
  async runNext(): Promise<boolean> {
    await this.#settle();
    if (!this.#timers[0]) return false;
    await this.#runFirst();
    return true;
  }

  /** Steps the wall clock, as an administrator or NTP would; timers and durations are untouched. */
  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Number of timers that are set and have not run. */
  get pending(): number {
    return this.#timers.length;
  }

  async #runFirst(): Promise<void> {
    const timer = this.#timers.shift()!;
    this.#monotonic = Math.max(this.#monotonic, timer.due);
    timer.run();
    await this.#settle();
  }
}

function insert(timers: Timer[], timer: Timer): void {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timers[middle]!.due <= timer.due) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}

/** Turns of the microtask queue that one timer's consequences may take before the next timer. */
const settleTurns = 100;

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < settleTurns; turn++) await undefined;
}
