// What calls cost while they run, in units of one step; upstream's figures.
import { CelError } from "./error.ts";
import {
  type CelValue,
  CidrValue,
  IpValue,
  isList,
  isMap,
  letterCount,
  Opaque,
  Optional,
  QuantityValue,
} from "./values.ts";

/** What may be spent on one expression, as upstream allows. */
export const costMax = 1_000_000;

export const tooCostly = "operation cancelled: actual cost limit exceeded";

export const overspent = (): CelError => new CelError(tooCostly);

/** Letters, bytes, items, entries; 1 for all others. */
function sizeOf(value: CelValue): number {
  if (typeof value === "string") return letterCount(value);
  if (isList(value) || value instanceof Uint8Array) return value.length;
  if (isMap(value)) return value.size;
  if (value instanceof Optional && value.value !== undefined) return sizeOf(value.value);
  if (value instanceof IpValue) return value.address.bytes.length;
  if (value instanceof CidrValue) return Math.ceil(value.cidr.prefix / 8);
  return 1;
}

const perLetter = 0.1;
const perPatternLetter = 0.25;
const letters = (value: CelValue, factor = perLetter): number => Math.ceil(sizeOf(value) * factor);

const pattern = (text: CelValue, expression: CelValue): number =>
  Math.ceil((1 + sizeOf(text)) * perLetter) * letters(expression, perPatternLetter);

/** All of a value, part by part. */
function traversal(value: CelValue): number {
  if (typeof value === "string" || value instanceof Uint8Array)
    return Math.floor(value.length * perLetter);
  if (isList(value)) return value.reduce<number>((sum, one) => sum + traversal(one), 0);
  if (isMap(value)) {
    let sum = 0;
    for (const [key, one] of value) sum += traversal(key) + traversal(one);
    return sum;
  }
  return 1;
}

type Cost = (args: readonly CelValue[], result: CelValue) => number;

const first: Cost = ([value]) => letters(value!);
const twice: Cost = ([value]) => letters(value!, 2 * perLetter);
const whole: Cost = ([value]) => traversal(value!);
const found: Cost = ([text, expression]) => pattern(text!, expression!);
const nearer: Cost = ([a, b]) => Math.ceil(Math.min(sizeOf(a!), sizeOf(b!)) * perLetter);
const authorization = 350_000;
const selector: Cost = ([, text]) => {
  const length = sizeOf(text!);
  return 10 + Math.ceil(length * perLetter) + Math.ceil(Math.ceil(length * 0.5) * 50);
};
const formatPattern = 60;

function equality(args: readonly CelValue[], result: CelValue): number {
  const [a] = args;
  if (a instanceof Opaque || a instanceof QuantityValue) return 1;
  return nearer(args, result);
}

const ordering: Cost = (args, result) =>
  typeof args[0] === "string" || args[0] instanceof Uint8Array ? nearer(args, result) : 1;

const made: Cost = (_, result) => 11 + sizeOf(result);
const pairs: Cost = ([list]) => 11 + 2 * sizeOf(list!) ** 2;
const compared =
  (times: number): Cost =>
  ([a, b]) =>
    1 + times * sizeOf(a!) * sizeOf(b!);

const costs: Readonly<Record<string, Cost>> = {
  check: () => authorization,
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: whole,
  sum: whole,
  max: whole,
  min: whole,
  indexOf: whole,
  lastIndexOf: whole,
  includes: whole,
  url: first,
  lowerAscii: first,
  upperAscii: first,
  substring: first,
  trim: first,
  "jsonpatch.escapeKey": first,
  replace: twice,
  split: twice,
  join: (_, result) => letters(result, 2 * perLetter),
  find: found,
  findAll: found,
  matches: found,
  cidr: first,
  isIP: first,
  isCIDR: first,
  ip: ([value]) => (value instanceof CidrValue ? 1 : letters(value!)),
  "ip.isCanonical": twice,
  containsIP: ([cidr, other]) =>
    letters(cidr!, 2 * perLetter) + (typeof other === "string" ? letters(other) : 0),
  containsCIDR: ([cidr, other]) =>
    letters(cidr!, 2 * perLetter) +
    letters(cidr!) +
    1 +
    (typeof other === "string" ? letters(other) : 0),
  quantity: first,
  isQuantity: first,
  semver: first,
  isSemver: first,
  validate: ([, text]) =>
    Math.ceil((1 + sizeOf(text!)) * perLetter) * Math.ceil(formatPattern * perPatternLetter),
  startsWith: ([, part]) => letters(part!),
  endsWith: ([, part]) => letters(part!),
  contains: ([text, part]) => letters(text!) * letters(part!),
  format: first,
  "strings.quote": first,
  "@in": ([, list]) => (isList(list) ? list.length : 1),
  "_==_": equality,
  "_!=_": equality,
  "_<_": ordering,
  "_<=_": ordering,
  "_>_": ordering,
  "_>=_": ordering,
  "_+_": ([a, b]) =>
    typeof a === "string" || a instanceof Uint8Array
      ? Math.ceil((sizeOf(a) + sizeOf(b!)) * perLetter)
      : 1,
  slice: made,
  "lists.range": made,
  reverse: made,
  flatten: made,
  distinct: pairs,
  sort: pairs,
  "@sortByAssociatedKeys": pairs,
  "sets.contains": compared(1),
  "sets.intersects": compared(1),
  "sets.equivalent": compared(2),
  bytes: ([value]) => (typeof value === "string" ? letters(value) : 1),
  string: ([value]) => (value instanceof Uint8Array ? letters(value) : 1),
};

/** undefined: one unit. */
export const costOf = (name: string): Cost | undefined =>
  Object.hasOwn(costs, name) ? costs[name] : undefined;
