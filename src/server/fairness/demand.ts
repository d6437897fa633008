// How many seats a level wanted, over a period of time: what it may borrow and what it must lend follow from it.

export type Demanded = {
  readonly seconds: number;
  /** Weighted by time. */
  readonly average: number;
  readonly deviation: number;
  readonly most: number;
};

/** Sums up a value that changes by steps. */
export class Demand {
  #value = 0;
  #sinceMs: number;
  #ms = 0;
  #sum = 0;
  #squares = 0;
  #most = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  get value(): number {
    return this.#value;
  }

  set(value: number, nowMs: number): void {
    this.#pass(nowMs);
    this.#value = value;
    if (value > this.#most) this.#most = value;
  }

  /** What was demanded since the last call, or since the beginning. */
  take(nowMs: number): Demanded {
    this.#pass(nowMs);
    const [ms, most] = [this.#ms, this.#most];
    const average = ms > 0 ? this.#sum / ms : 0;
    const variance = ms > 0 ? this.#squares / ms - average * average : 0;
    this.#ms = 0;
    this.#sum = 0;
    this.#squares = 0;
    this.#most = this.#value;
    return { seconds: ms / 1000, average, deviation: Math.sqrt(Math.max(variance, 0)), most };
  }

  #pass(nowMs: number): void {
    const ms = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#ms += ms;
    this.#sum += ms * this.#value;
    this.#squares += ms * this.#value * this.#value;
  }
}
