// What stands in the cells of upstream's tables: ages, short lists, selectors.
import type { ApiObject, Column } from "../kind.ts";
import type { LabelSelector } from "../types/meta-v1.ts";

/** Wall clock ms of an API time; NaN when it is none. */
export const msOf = (time: string | undefined): number =>
  time === undefined ? Number.NaN : Date.parse(time);

/** `3m20s`: time since `time` as upstream shortens it, `<unknown>` when it is not set. */
export const since = (time: string | undefined, now: number): string =>
  time ? humanDuration(now - msOf(time)) : "<unknown>";

/** Two units at most, fewer the longer it is. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 2920 ? pair(years, "y", days % 365, "d") : `${years}y`;
}

const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;

export const age: Column<ApiObject> = {
  name: "Age",
  cell: ({ metadata }, now) => since(metadata.creationTimestamp, now),
};

/** The only column of kinds for which upstream has no printer. */
export const createdAt: Column<ApiObject> = {
  name: "Created At",
  type: "date",
  cell: ({ metadata }) => metadata.creationTimestamp ?? "",
};

type Named = { readonly name: string; readonly image?: string };
type Containers<T> = (object: T) => readonly Named[] | undefined;

/** The two wide columns of everything that makes pods. */
export const containerColumns = <T>(containersOf: Containers<T>): Column<T>[] => [
  {
    name: "Containers",
    priority: 1,
    cell: (object) => (containersOf(object) ?? []).map(({ name }) => name).join(","),
  },
  {
    name: "Images",
    priority: 1,
    cell: (object) => (containersOf(object) ?? []).map(({ image }) => image ?? "").join(","),
  },
];

/** `a=b,c=d` with sorted keys. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  if (labels === undefined) return "<none>";
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`);
  return pairs.length === 0 ? "<none>" : pairs.join(",");
}

const operators: Readonly<Record<string, string>> = { In: "in", NotIn: "notin" };

/** Upstream's text of a label selector: "" selects everything, no selector at all selects nothing. */
export function selectorText(selector: LabelSelector | undefined): string {
  const parts: { key: string; text: string }[] = [];
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    parts.push({ key, text: `${key}=${value}` });
  }
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const word = operators[operator];
    const text =
      word === undefined
        ? `${operator === "DoesNotExist" ? "!" : ""}${key}`
        : `${key} ${word} (${[...(values ?? [])].sort().join(",")})`;
    parts.push({ key, text });
  }
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(",");
}

export const selectorOrNone = (selector: LabelSelector | undefined): string =>
  selectorText(selector) || "<none>";

/** `a,b,c + 2 more...` */
export function shortList(items: readonly string[], shownMax = 3, none = "<unset>"): string {
  if (items.length > shownMax) {
    return `${items.slice(0, shownMax).join(",")} + ${items.length - shownMax} more...`;
  }
  return items.join(",") || none;
}
