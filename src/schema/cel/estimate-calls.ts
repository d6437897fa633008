// What a call may cost, and how long its result may be: upstream's figures, function by function.
import type { Expression } from "./ast.ts";
import { type CelType, sameType } from "./cel-type.ts";
import type { Overload } from "./function.ts";
import { endless, fixed, joined, plus, type Range, scaled, timesCost, unknown } from "./range.ts";

/** What is known of an argument. */
export type Node = {
  readonly expression: Expression;
  readonly type: CelType;
  /** How long its items may be, where the schema tells. */
  readonly item: Range | undefined;
  readonly size: Range | undefined;
};

export type Estimated = { readonly cost: Range; readonly size?: Range };

export function callEstimate(
  overload: Overload,
  target: Node | undefined,
  args: readonly Node[],
): Estimated {
  const { name } = overload;
  const all = target ? [target, ...args] : args;
  const estimate = Object.hasOwn(estimates, name) ? estimates[name] : undefined;
  return estimate?.({ overload, target, args, all }) ?? one;
}

type Asked = {
  readonly overload: Overload;
  readonly target: Node | undefined;
  readonly args: readonly Node[];
  readonly all: readonly Node[];
};

type Estimator = (asked: Asked) => Estimated | undefined;

const one: Estimated = { cost: fixed(1) };
const perLetter = 0.1;
const perPatternLetter = 0.25;

const sizeOf = (node: Node | undefined): Range => node?.size ?? unknown;

/** Reads a text once. */
const traversed: Estimator = ({ all }) => ({ cost: scaled(sizeOf(all[0]), perLetter) });

/** The same, and the result is as long. */
const kept: Estimator = ({ all }) => {
  const size = sizeOf(all[0]);
  return { cost: scaled(size, perLetter), size };
};

const twice: Estimator = ({ all }) => ({ cost: scaled(sizeOf(all[0]), 2 * perLetter) });

const second: Estimator = ({ args }) => ({ cost: scaled(sizeOf(args.at(-1)), perLetter) });

/** What is known of the items of a list. */
function itemOf({ type, item }: Node): { type: CelType; size: Range } | undefined {
  const inner = type.is === "list" ? type.item : type.is === "map" ? type.key : undefined;
  if (inner === undefined) return undefined;
  return { type: inner, size: item ?? unknown };
}

const wholeList: Estimator = ({ target, overload }) => {
  if (target === undefined) return undefined;
  const item = itemOf(target);
  if (item === undefined) {
    const isList = overload.name === "includes";
    return {
      cost: isList ? timesCost(sizeOf(target), fixed(1)) : scaled(sizeOf(target), perLetter),
    };
  }
  const isText = item.type.is === "string" || item.type.is === "bytes";
  const each = isText ? plus(fixed(1), scaled(item.size, perLetter)) : fixed(1);
  return { cost: timesCost(sizeOf(target), each) };
};

const replaced: Estimator = ({ target, args }) => {
  const size = sizeOf(target);
  const [old, next] = [sizeOf(args[0]), sizeOf(args[1])];
  let [countMax, countMin, keptMax, keptMin] = [0, 0, 0, 0];
  if (old.min === 0) [countMax, keptMax] = [size.max + 1, size.max];
  else if (next.max <= old.min) keptMax = size.max;
  else countMax = Math.ceil(size.max / old.min);
  if (old.max === 0) [countMin, keptMin] = [size.min + 1, size.min];
  else if (old.max <= next.min) keptMin = size.min;
  else countMin = Math.ceil(size.min / old.max);
  const made = timesCost({ min: countMin, max: countMax }, next);
  return {
    cost: scaled(size, 2 * perLetter),
    size: plus(made, { min: keptMin, max: keptMax }),
  };
};

const split: Estimator = ({ target, args }) => {
  const size = sizeOf(target);
  const limit = args[1]?.expression;
  const given =
    limit?.is === "literal" && typeof limit.value === "bigint" ? limit.value : undefined;
  const max = given === undefined ? size.max : Number(BigInt.asUintN(64, given));
  return { cost: scaled(size, 2 * perLetter), size: { min: 0, max } };
};

const join: Estimator = ({ target, args }) => {
  const count = sizeOf(target);
  const item = target && itemOf(target);
  let size = item ? timesCost(count, item.size) : fixed(0);
  if (args.length > 0) {
    const gaps = { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) };
    size = plus(size, timesCost(sizeOf(args[0]), gaps));
  }
  return { cost: scaled(size, perLetter), size };
};

const matched = (text: Node | undefined, expression: Node | undefined): Range =>
  timesCost(
    scaled(plus(sizeOf(text), fixed(1)), perLetter),
    scaled(sizeOf(expression), perPatternLetter),
  );

const found: Estimator = ({ all }) => ({
  cost: matched(all[0], all[1]),
  size: { min: 0, max: sizeOf(all[0]).max },
});

const addressBytes: Range = { min: 4, max: 16 };
const comparison = scaled(plus(addressBytes, addressBytes), perLetter);

const isText = (overload: Overload): boolean => overload.args[1]?.is === "string";

const containsIp: Estimator = ({ overload, args }) => ({
  cost: isText(overload) ? plus(comparison, scaled(sizeOf(args[0]), perLetter)) : comparison,
});

const containsCidr: Estimator = ({ overload, args }) => {
  const own = plus(plus(comparison, scaled(addressBytes, perLetter)), fixed(1));
  return { cost: isText(overload) ? plus(own, scaled(sizeOf(args[0]), perLetter)) : own };
};

const formatPatternLetters = 128;

const validated: Estimator = ({ args }) => ({
  cost: scaled(scaled(sizeOf(args[0]), perLetter), formatPatternLetters * perPatternLetter),
});

const selector: Estimator = ({ args }) => {
  const size = sizeOf(args[0]);
  const requirements = scaled(scaled(size, 0.5), 50);
  return { cost: plus(plus(fixed(10), scaled(size, perLetter)), requirements) };
};

const added: Estimator = ({ overload, args }) => {
  const kind = overload.args[0]!.is;
  if (kind !== "string" && kind !== "bytes" && kind !== "list") return undefined;
  const size = plus(sizeOf(args[0]), sizeOf(args[1]));
  return { cost: kind === "list" ? fixed(1) : scaled(size, perLetter), size };
};

const nearer: Estimator = ({ args }) => {
  const max = Math.min(sizeOf(args[0]).max, sizeOf(args[1]).max);
  return { cost: scaled({ min: max > 0 ? 1 : 0, max }, perLetter) };
};

const cheapToCompare = /^(?:net\.|kubernetes\.(?:Quantity|Semver|authorization))/;

const equal: Estimator = (asked) => {
  const [a, b] = asked.args;
  const type = a!.type;
  if (type.is === "opaque" && sameType(type, b!.type)) {
    if (cheapToCompare.test(type.name)) return one;
    if (type.name === "kubernetes.NamedFormat")
      return { cost: scaled({ min: 1, max: 64 }, perLetter) };
    if (type.name === "kubernetes.URL") {
      const max = b!.size ? joined(b!.size, b!.size).max : 1;
      return { cost: scaled({ min: 1, max }, perLetter) };
    }
  }
  return nearer(asked);
};

const ordered: Estimator = (asked) => {
  const kind = asked.overload.args[0]!.is;
  return kind === "string" || kind === "bytes" ? nearer(asked) : undefined;
};

const contained: Estimator = ({ overload, args }) =>
  overload.args[1]!.is === "list" ? { cost: timesCost(sizeOf(args[1]), fixed(1)) } : undefined;

const within: Estimator = ({ target, args }) => ({
  cost: timesCost(scaled(sizeOf(target), perLetter), scaled(sizeOf(args[0]), perLetter)),
});

const toBytes: Estimator = ({ overload, args }) => {
  if (overload.args[0]!.is !== "string") return undefined;
  const size = sizeOf(args[0]);
  return { cost: scaled(size, perLetter), size: { min: size.min, max: size.max * 4 } };
};

const toText: Estimator = ({ overload, args }) => {
  if (overload.args[0]!.is !== "bytes") return undefined;
  const size = sizeOf(args[0]);
  return { cost: scaled(size, perLetter), size: { min: Math.floor(size.min / 4), max: size.max } };
};

const quoted: Estimator = ({ args }) => {
  const { min, max } = sizeOf(args[0]);
  return { cost: scaled({ min, max }, perLetter), size: { min: min + 2, max: max * 2 + 2 } };
};

/** A list is made: `each` units for each of its items. */
const listMade = (size: Range, each: number): Estimated => ({
  cost: plus(plus(scaled(size, each), fixed(1)), fixed(10)),
  size,
});

/** A number that the expression says itself. */
function literalCount(node: Node | undefined, other: number): number {
  const value = node?.expression.is === "literal" ? node.expression.value : undefined;
  return typeof value === "bigint" ? Math.max(Number(value), 0) : other;
}

const sliced: Estimator = ({ target, args }) => {
  const [from, to] = [literalCount(args[0], 0), literalCount(args[1], sizeOf(target).max)];
  return listMade(fixed(to - from < 0 ? endless + to - from : to - from), 1);
};

const flattened: Estimator = ({ target, args }) =>
  listMade(sizeOf(target), args.length === 0 ? 1 : literalCount(args[0], endless));

/** Each item is compared with each. */
const pairs = (size: Range, each: number): Estimated => listMade(timesCost(size, size), each);

const pairCost = 2;

const sorted: Estimator = ({ overload, target, args }) => {
  const keys = overload.isMember && args.length === 1 ? args[0] : target;
  const list = overload.args.at(-1)!;
  const item = list.is === "list" ? list.item.is : "";
  const isText = item === "string" || item === "bytes";
  return pairs(sizeOf(keys), isText ? pairCost + perLetter : pairCost);
};

const compared =
  (times: number): Estimator =>
  ({ args }) => ({
    cost: plus(scaled(timesCost(sizeOf(args[0]), sizeOf(args[1])), times), fixed(1)),
  });

const ip: Estimator = (asked) => (asked.target ? one : traversed(asked));

const estimates: Readonly<Record<string, Estimator>> = {
  check: () => ({ cost: fixed(350_000) }),
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: wholeList,
  sum: wholeList,
  max: wholeList,
  min: wholeList,
  indexOf: wholeList,
  lastIndexOf: wholeList,
  includes: wholeList,
  url: kept,
  "jsonpatch.escapeKey": kept,
  lowerAscii: kept,
  upperAscii: kept,
  substring: kept,
  trim: kept,
  replace: replaced,
  split,
  join,
  find: found,
  findAll: found,
  matches: ({ all }) => ({ cost: matched(all[0], all[1]) }),
  cidr: traversed,
  isIP: traversed,
  isCIDR: traversed,
  ip,
  "ip.isCanonical": twice,
  containsIP: containsIp,
  containsCIDR: containsCidr,
  quantity: traversed,
  isQuantity: traversed,
  semver: traversed,
  isSemver: traversed,
  validate: validated,
  format: traversed,
  bytes: toBytes,
  string: toText,
  "strings.quote": quoted,
  slice: sliced,
  "lists.range": ({ args }) => listMade(fixed(literalCount(args[0], endless)), 1),
  reverse: ({ overload, target }) =>
    overload.args[0]!.is === "list" ? listMade(sizeOf(target), 1) : undefined,
  flatten: flattened,
  distinct: ({ target }) => pairs(sizeOf(target), pairCost),
  sort: sorted,
  "@sortByAssociatedKeys": sorted,
  "sets.contains": compared(1),
  "sets.intersects": compared(1),
  "sets.equivalent": compared(2),
  startsWith: second,
  endsWith: second,
  contains: within,
  "@in": contained,
  "_+_": added,
  "_==_": equal,
  "_!=_": nearer,
  "_<_": ordered,
  "_<=_": ordered,
  "_>_": ordered,
  "_>=_": ordered,
};
