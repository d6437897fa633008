// Sets of completion indexes as intervals, and their text in a Job's status: "0,2-5,7".

export type Interval = { readonly first: number; readonly last: number };

/** In order, apart from each other by at least one index. */
export type Indexes = readonly Interval[];

/** Leaves out what cannot be read and what is not below `completions`. */
export function parseIndexes(text: string | undefined, completions: number): Indexes {
  const found: Interval[] = [];
  for (const part of text ? text.split(",") : []) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    if (first >= completions) break;
    found.push({ first, last: Math.min(Number(match[2] ?? first), completions - 1) });
  }
  return union(found, []);
}

export const indexesOf = (numbers: Iterable<number>): Indexes =>
  union(
    [...new Set(numbers)].sort((a, b) => a - b).map((n) => ({ first: n, last: n })),
    [],
  );

export function union(a: Indexes, b: Indexes): Indexes {
  const sorted = [...a, ...b].sort((x, y) => x.first - y.first);
  const merged: Interval[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (!last || next.first > last.last + 1) merged.push(next);
    else if (next.last > last.last) merged[merged.length - 1] = { ...last, last: next.last };
  }
  return merged;
}

export const sizeOf = (indexes: Indexes): number =>
  indexes.reduce((sum, { first, last }) => sum + last - first + 1, 0);

export function hasIndex(indexes: Indexes, index: number): boolean {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (indexes[middle]!.last >= index) high = middle;
    else low = middle + 1;
  }
  return low < indexes.length && indexes[low]!.first <= index;
}

/** How many indexes both have. */
export function overlap(a: Indexes, b: Indexes): number {
  let count = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i]!;
    const y = b[j]!;
    count += Math.max(Math.min(x.last, y.last) - Math.max(x.first, y.first) + 1, 0);
    if (x.last <= y.last) i++;
    if (y.last <= x.last) j++;
  }
  return count;
}

export function printIndexes(indexes: Indexes): string {
  const parts = indexes.map(({ first, last }) => {
    if (first === last) return String(first);
    return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
  });
  return parts.join(",");
}

/** The `count` lowest indexes below `completions` that `taken` does not have. */
export function firstMissing(taken: Indexes, count: number, completions: number): number[] {
  const found: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...taken, { first: completions, last: completions }]) {
    const end = Math.min(first, completions);
    for (; candidate < end && found.length < count; candidate++) found.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return found;
}
