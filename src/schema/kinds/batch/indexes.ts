// Indexes of an indexed job's pods as text: `1,3-5,7`.

type Span = { readonly first: number; readonly last: number };

/** How many indexes `text` names. Throws an Error in upstream's words when it is not in order or not below `end`. */
export function countIndexes(text: string, end: number): number {
  if (text === "") return 0;
  let count = 0;
  let before: number | undefined;
  for (const part of text.split(",")) {
    const { first, last } = readSpan(part, end);
    if (before !== undefined && before >= first) throw notIncreasing(before, first);
    count += last - first + 1;
    before = last;
  }
  return count;
}

/** The first index that both texts name; parts that cannot be read count as nothing. */
export function commonIndex(a: string, b: string, end: number): number | undefined {
  const [left, right] = [readable(a, end), readable(b, end)];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [x, y] = [left[i]!, right[j]!];
    if (x.first <= y.last && y.first <= x.last) return Math.max(x.first, y.first);
    if (x.first <= y.first) i++;
    else j++;
  }
  return undefined;
}

function readable(text: string, end: number): Span[] {
  if (text === "") return [];
  return text.split(",").flatMap((part) => {
    try {
      return [readSpan(part, end)];
    } catch {
      // Refused by the check of the format, where it has changed.
      return [];
    }
  });
}

function readSpan(part: string, end: number): Span {
  const [low = "", high, ...more] = part.split("-");
  if (more.length > 0) {
    const rule = "an index interval can have at most two parts separated by '-'";
    throw new Error(`the fragment ${JSON.stringify(part)} violates the requirement that ${rule}`);
  }
  const first = readIndex(low, end);
  if (high === undefined) return { first, last: first };
  const last = readIndex(high, end);
  if (first >= last) throw notIncreasing(first, last);
  return { first, last };
}

const digits = /^[+-]?\d+$/;

function readIndex(text: string, end: number): number {
  if (!digits.test(text)) {
    throw new Error(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  }
  const index = Number(text);
  if (index >= end) throw new Error(`too large index: ${JSON.stringify(text)}`);
  return index;
}

const notIncreasing = (previous: number, current: number): Error =>
  new Error(`non-increasing order, previous: ${previous}, current: ${current}`);
