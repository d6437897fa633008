/** Counts observations by size. `bounds` rise; an observation counts for the first bound that is not below it. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One for each bound and, last, for what is above all. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]!++;
    this.sum += value;
  }

  /** Also counts what `other` counted. Its bounds may be finer, but must hold all of these. */
  add(other: Histogram): void {
    for (const [i, count] of other.counts.entries()) {
      const bound = other.bounds[i] ?? Number.POSITIVE_INFINITY;
      const at = this.bounds.findIndex((own) => bound <= own);
      this.counts[at < 0 ? this.bounds.length : at]! += count;
    }
    this.sum += other.sum;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}
