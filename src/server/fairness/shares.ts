// How the seats of a server are divided among its levels, as upstream does it: each has its nominal part, lends what
// it does not need, and borrows what others lend.

/** A level's part. The current limit is between `least` and `most`. */
export type Part = { readonly nominal: number; readonly least: number; readonly most: number };

export type Asked = {
  readonly shares: number;
  readonly lendablePercent: number;
  /** Absent: as much as the server has. */
  readonly borrowingLimitPercent: number | undefined;
};

/** The parts of `seats`; each is rounded up, so that together they may be a little more. */
export function partsOf(seats: number, levels: readonly Asked[]): Part[] {
  const sum = levels.reduce((total, { shares }) => total + shares, 0);
  return levels.map(({ shares, lendablePercent, borrowingLimitPercent: borrows }) => {
    const nominal = sum === 0 ? 0 : Math.ceil((seats * shares) / sum);
    const lendable = Math.round((nominal * lendablePercent) / 100);
    const borrowed = borrows === undefined ? seats : Math.round((nominal * borrows) / 100);
    return { nominal, least: nominal - lendable, most: nominal + borrowed };
  });
}

export type Wanted = Part & {
  readonly exempt: boolean;
  /** Most seats that were wanted at once in the last period. */
  readonly highest: number;
  /** A smooth measure of what it will want. */
  readonly smoothed: number;
};

/** The current limit of each level. */
export function limitsFor(levels: readonly Wanted[]): number[] {
  const total = sumOf(levels, ({ nominal }) => nominal);
  const floorOf = ({ exempt, least, nominal, highest }: Wanted): number =>
    Math.max(least, exempt ? highest : Math.min(nominal, highest));
  const limited = levels.filter(({ exempt }) => !exempt);
  const exempted = levels.filter(({ exempt }) => exempt);
  const left = total - sumOf(exempted, floorOf);
  const leastSum = sumOf(limited, ({ least }) => least);
  const floorSum = sumOf(limited, floorOf);
  const given = new Map<Wanted, number>();
  if (left <= leastSum) {
    for (const level of limited) given.set(level, level.least);
  } else if (left <= floorSum) {
    const fraction = (left - leastSum) / (floorSum - leastSum);
    for (const level of limited)
      given.set(level, level.least + Math.round((floorOf(level) - level.least) * fraction));
  } else {
    const claims = limited.map((level) => {
      const lower = floorOf(level);
      return { lower, upper: level.most, target: Math.max(lower, level.smoothed) };
    });
    const seats = divide(total, claims);
    for (const [i, level] of limited.entries()) given.set(level, Math.round(seats[i]!));
  }
  return levels.map((level) => given.get(level) ?? floorOf(level));
}

export type Claim = { readonly lower: number; readonly upper: number; readonly target: number };

/** A target of nothing still gets its part of what nobody wants. */
const targetMin = 0.001;

/**
 * Divides `total` so that each gets the same multiple of its target, as far as its bounds allow. Where the bounds do
 * not allow `total`, everybody gets his bound.
 *
 * Example: 10 among claims of 1..4 (target 2), 0..10 (target 2), 0..10 (target 1): 4 at most for the first, the other
 * 6 in proportion: 4, 4, 2.
 */
export function divide(total: number, claims: readonly Claim[]): number[] {
  const items = claims.map(({ target, ...bounds }) => ({
    ...bounds,
    target: Math.max(target, targetMin),
  }));
  const at = (factor: number): number[] =>
    items.map(({ lower, upper, target }) => Math.min(Math.max(factor * target, lower), upper));
  // The sum grows with the factor, by straight lines between the factors at which a claim meets a bound.
  const bends = items.flatMap(({ lower, upper, target }) => [lower / target, upper / target]);
  let [low, lowSum] = [0, sumOf(at(0), itself)];
  for (const bend of bends.sort((a, b) => a - b)) {
    const sum = sumOf(at(bend), itself);
    if (sum >= total) {
      const factor = sum > lowSum ? low + ((bend - low) * (total - lowSum)) / (sum - lowSum) : bend;
      return at(Math.max(factor, 0));
    }
    [low, lowSum] = [bend, sum];
  }
  return at(low);
}

const itself = (value: number): number => value;

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);
