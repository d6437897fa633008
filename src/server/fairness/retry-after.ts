// After how many seconds a refused client should come back: longer while many are refused, as upstream counts it.

/** Also the time after which what was refused is forgotten. */
const secondsMax = 32;

export class RetryAfter {
  /** Refusals by second, the oldest first. */
  readonly #refused: { second: number; count: number }[] = [];
  #seconds = 1;
  #raisedAt = 0;

  /** One more was refused; the seconds that it is to wait. */
  refuse(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    const last = this.#refused.at(-1);
    if (last?.second === second) last.count++;
    else {
      this.#adjust(second);
      this.#refused.push({ second, count: 1 });
    }
    return this.#seconds;
  }

  /** Doubled while three are refused each second, then less by one at a time. */
  #adjust(second: number): void {
    while (this.#refused.length > 0 && second - this.#refused[0]!.second > secondsMax)
      this.#refused.shift();
    const wait = this.#seconds;
    const recent = this.#refused.filter((one) => second - one.second <= wait);
    const count = recent.reduce((sum, one) => sum + one.count, 0);
    if (second - this.#raisedAt >= wait && count >= 3 * wait) {
      this.#seconds = Math.min(2 * wait, secondsMax);
      this.#raisedAt = second;
    } else if (count < wait && wait > 1) this.#seconds--;
  }
}
