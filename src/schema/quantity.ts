// Amounts of resources as upstream's resource.Quantity: "250m", "1.5Gi", "2e3". Exact: an amount is
// an integer times a power of ten, a bigint where a double cannot hold it.
//
//   parseQuantity("1536Mi") = { unscaled: 1610612736, scale: 0, format: "binarySI" }
//   parseQuantity("0.5")    = { unscaled: 5, scale: -1, format: "decimalSI" }, printed "500m"

/** The family of suffixes in which an amount was written and in which sums with it are printed. */
export type QuantityFormat = "decimalSI" | "binarySI" | "decimalExponent";

/** `unscaled` × 10^`scale`; `unscaled` is a bigint only beyond the safe integers. */
export type Quantity = {
  readonly unscaled: number | bigint;
  readonly scale: number;
  readonly format: QuantityFormat;
  /** The text as written, where upstream keeps it: it is (nearly) canonical already. */
  readonly text?: string;
};

const quantityProblems = Object.freeze({
  format:
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  numeric: "unable to parse numeric part of quantity",
  suffix: "unable to parse quantity's suffix",
});

export const zeroQuantity: Quantity = Object.freeze({ unscaled: 0, scale: 0, format: "decimalSI" });

/** Undefined when `text` is no quantity; `quantityProblem` says why. */
export function parseQuantity(text: string): Quantity | undefined {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const parsed = read(text);
  if (typeof parsed === "string") return undefined;
  return remember(text, Object.freeze(parsed));
}

/** Upstream's words for what is wrong with `text`, undefined when it is a quantity. */
export function quantityProblem(text: string): string | undefined {
  const parsed = cache.get(text) ?? read(text);
  return typeof parsed === "string" ? parsed : undefined;
}

/**
 * The text that upstream stores and prints for `text` in a JSON document (where blanks around it do
 * no harm); undefined when it is no quantity.
 */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text.trim());
  return quantity === undefined ? undefined : printQuantity(quantity);
}

/**
 * Upstream's canonical text: no fraction, the largest suffix that keeps it exact, "0" for nothing.
 */
export function printQuantity(q: Quantity): string {
  if (q.text !== undefined) return q.text;
  if (q.unscaled === 0) return "0";
  if (q.format === "binarySI") {
    const whole = scaled(q, 0);
    // Small and fractional amounts would lose by a binary suffix: upstream shows them as decimal.
    if (whole.exact && (whole.value >= 1024 || whole.value <= -1024)) return binary(whole.value);
  }
  return decimal(q);
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const [x, y, scale] = aligned(a, b);
  return sum(x, y, scale, a.unscaled === 0 ? b.format : a.format);
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, negateQuantity(b));
}

export function negateQuantity(q: Quantity): Quantity {
  return { unscaled: q.unscaled === 0 ? 0 : -q.unscaled, scale: q.scale, format: q.format };
}

/** -1, 0 or 1. */
export function signOfQuantity(q: Quantity): number {
  return q.unscaled > 0 ? 1 : q.unscaled < 0 ? -1 : 0;
}

/** Whole units (bytes, pieces), rounded away from zero. Beyond 2^53 the nearest double. */
export const wholeValue = (q: Quantity): number =>
  q.scale === 0 ? Number(q.unscaled) : Number(scaled(q, 0).value);

/** Thousandths (of a core), rounded away from zero. Beyond 2^53 the nearest double. */
export const milliValue = (q: Quantity): number => Number(scaled(q, -3).value);

/** The amount in units of 10^`scale`, rounded away from zero, exact beyond 2^53 too. */
export const scaledValue = (q: Quantity, scale: number): bigint => BigInt(scaled(q, scale).value);

/** `value` whole units. */
export function quantityOf(value: number | bigint, format: QuantityFormat = "decimalSI"): Quantity {
  return { unscaled: narrow(value), scale: 0, format };
}

/** `value` thousandths. */
export function milliQuantity(value: number, format: QuantityFormat = "decimalSI"): Quantity {
  return { unscaled: value, scale: -3, format };
}

const suffixes: ReadonlyMap<string, { base: 2 | 10; exponent: number }> = new Map([
  ["n", { base: 10, exponent: -9 }],
  ["u", { base: 10, exponent: -6 }],
  ["m", { base: 10, exponent: -3 }],
  ["", { base: 10, exponent: 0 }],
  ["k", { base: 10, exponent: 3 }],
  ["M", { base: 10, exponent: 6 }],
  ["G", { base: 10, exponent: 9 }],
  ["T", { base: 10, exponent: 12 }],
  ["P", { base: 10, exponent: 15 }],
  ["E", { base: 10, exponent: 18 }],
  ["Ki", { base: 2, exponent: 10 }],
  ["Mi", { base: 2, exponent: 20 }],
  ["Gi", { base: 2, exponent: 30 }],
  ["Ti", { base: 2, exponent: 40 }],
  ["Pi", { base: 2, exponent: 50 }],
  ["Ei", { base: 2, exponent: 60 }],
]);
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimalSuffixes = new Map(
  [...suffixes].flatMap(([s, { base, exponent }]) => (base === 10 ? [[exponent, s]] : [])),
);

const nano = -9;
const int64Max = 2n ** 63n - 1n;

/**
 * Largest power of ten that an exponent may name. Upstream takes any 32-bit number and then
 * computes with integers of as many digits, which is more than a request may cost.
 */
const exponentMax = 1000;
/** Longest text of digits; a quantity needs a few dozen. */
const lengthMax = 4096;

/** Texts repeat ("100m", "128Mi"): remembering some hundred saves nearly all parsing. */
const cacheMax = 2048;
const cachedLengthMax = 24;
const cache = new Map<string, Quantity>();

function remember(text: string, quantity: Quantity): Quantity {
  if (text.length > cachedLengthMax) return quantity;
  if (cache.size >= cacheMax) cache.clear();
  cache.set(text, quantity);
  return quantity;
}

/** The parts of a text, or the problem. Reads each character once: texts come from clients. */
function read(text: string): Quantity | string {
  if (text === "" || text.length > lengthMax) return quantityProblems.format;
  const start = text[0] === "-" || text[0] === "+" ? 1 : 0;
  const significant = endOf(text, start, (c) => c === "0");
  const wholeEnd = endOf(text, significant, isDigit);
  const fractionStart = text[wholeEnd] === "." ? wholeEnd + 1 : wholeEnd;
  const fractionEnd = fractionStart > wholeEnd ? endOf(text, fractionStart, isDigit) : wholeEnd;
  const letters = endOf(text, fractionEnd, (c) => "eEinumkKMGTP".includes(c));
  const sign = text[letters] === "-" || text[letters] === "+" ? 1 : 0;
  if (endOf(text, letters + sign, isDigit) < text.length) return quantityProblems.format;
  const unit = unitOf(text.slice(fractionEnd));
  if (unit === undefined) return quantityProblems.suffix;
  const whole = wholeEnd === significant ? "0" : text.slice(significant, wholeEnd);
  const fraction = text.slice(fractionStart, fractionEnd);
  const scale = (unit.base === 10 ? unit.exponent : 0) - fraction.length;
  const negative = text[0] === "-";
  if (precisionLeft(whole, fraction, unit) < 0 || scale < nano) {
    // Only upstream's slower way insists on a digit: "m" is nothing, "Ei" is an error.
    if (wholeEnd === start && fraction === "") return quantityProblems.numeric;
    return readSlowly(whole + fraction, scale, unit, negative);
  }
  return readQuickly(text, whole + fraction, scale, unit, negative);
}

const isDigit = (c: string): boolean => c >= "0" && c <= "9";

/** Where the run of characters that starts at `start` ends. */
function endOf(text: string, start: number, belongs: (c: string) => boolean): number {
  let end = start;
  while (end < text.length && belongs(text[end]!)) end++;
  return end;
}

type Unit = { base: 2 | 10; exponent: number; format: QuantityFormat };

function unitOf(suffix: string): Unit | undefined {
  const known = suffixes.get(suffix);
  if (known !== undefined) {
    return { ...known, format: known.base === 2 ? "binarySI" : "decimalSI" };
  }
  if (!/^[eE][+-]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > exponentMax) return undefined;
  return { base: 10, exponent: exponent || 0, format: "decimalExponent" };
}

/**
 * Below zero where upstream leaves 64-bit integers for its slower way, which prints differently.
 */
function precisionLeft(whole: string, fraction: string, unit: Unit): number {
  if (unit.base === 10) return 18 - whole.length - fraction.length;
  return fraction === "" ? 15 - whole.length - Math.trunc((unit.exponent * 3) / 10) - 1 : -1;
}

function readQuickly(
  text: string,
  digits: string,
  scale: number,
  unit: Unit,
  negative: boolean,
): Quantity {
  const magnitude = BigInt(digits);
  const factor = unit.base === 2 ? 1n << BigInt(unit.exponent) : 1n;
  const unscaled = narrow((negative ? -magnitude : magnitude) * factor);
  // Where upstream takes a text for canonical it keeps it, "+1" and "1.500" too.
  const kept =
    unit.base === 2
      ? magnitude % 8n !== 0n
      : scale % 3 === 0 && !digits.endsWith("000") && digits[0] !== "0";
  return kept
    ? { unscaled, scale, format: unit.format, text }
    : { unscaled, scale, format: unit.format };
}

/** Whoever asks for a little gets a little: fractions of a billionth are rounded up. */
function readSlowly(digits: string, scale: number, unit: Unit, negative: boolean): Quantity {
  let magnitude = BigInt(digits);
  let format = unit.format;
  if (unit.base === 2) magnitude <<= BigInt(unit.exponent);
  let exponent = scale;
  if (exponent < nano) {
    const divisor = 10n ** BigInt(nano - exponent);
    magnitude = (magnitude + divisor - 1n) / divisor;
    exponent = nano;
  }
  if (format === "binarySI" && magnitude > 0n) {
    const one = 10n ** BigInt(-exponent);
    if (magnitude > int64Max * one) {
      magnitude = int64Max;
      exponent = 0;
    } else if (magnitude < one) format = "decimalSI";
  }
  return { unscaled: narrow(negative ? -magnitude : magnitude), scale: exponent, format };
}

function decimal(q: Quantity): string {
  const all = String(q.unscaled);
  let end = all.length;
  while (end > 1 && all[end - 1] === "0") end--;
  let exponent = q.scale + all.length - end;
  let digits = all.slice(0, end);
  for (; exponent % 3 !== 0; exponent--) digits += "0";
  if (q.format === "decimalExponent") return exponent === 0 ? digits : `${digits}e${exponent}`;
  // Upstream has no suffix beyond E and then prints none.
  return digits + (decimalSuffixes.get(exponent) ?? "");
}

function binary(value: number | bigint): string {
  let exponent = 0;
  if (typeof value === "number") {
    let left = value;
    for (; left % 1024 === 0; left /= 1024) exponent++;
    return left + (binarySuffixes[exponent] ?? "");
  }
  let left = value;
  for (; left % 1024n === 0n; left /= 1024n) exponent++;
  return left + (binarySuffixes[exponent] ?? "");
}

/** Rounded away from zero to a multiple of 10^`scale`, in these units. */
function scaled(q: Quantity, scale: number): { value: number | bigint; exact: boolean } {
  const up = q.scale - scale;
  if (up === 0) return { value: q.unscaled, exact: true };
  if (up > 0) return { value: raised(q.unscaled, up), exact: true };
  if (typeof q.unscaled === "number" && up >= -15) {
    const divisor = 10 ** -up;
    const exact = q.unscaled % divisor === 0;
    const value = Math.trunc(q.unscaled / divisor);
    return { value: exact ? q.unscaled / divisor : value + Math.sign(q.unscaled), exact };
  }
  const whole = BigInt(q.unscaled);
  const divisor = 10n ** BigInt(-up);
  const exact = whole % divisor === 0n;
  const away = exact ? 0n : whole < 0n ? -1n : 1n;
  return { value: narrow(whole / divisor + away), exact };
}

/** Both in units of the smaller scale. */
function aligned(a: Quantity, b: Quantity): [number | bigint, number | bigint, number] {
  if (a.scale === b.scale) return [a.unscaled, b.unscaled, a.scale];
  return a.scale > b.scale
    ? [raised(a.unscaled, a.scale - b.scale), b.unscaled, b.scale]
    : [a.unscaled, raised(b.unscaled, b.scale - a.scale), a.scale];
}

function raised(value: number | bigint, power: number): number | bigint {
  if (value === 0) return 0;
  if (typeof value === "number" && power <= 15) {
    const product = value * 10 ** power;
    if (Number.isSafeInteger(product)) return product;
  }
  return narrow(BigInt(value) * 10n ** BigInt(power));
}

function sum(a: number | bigint, b: number | bigint, scale: number, format: QuantityFormat) {
  if (typeof a === "number" && typeof b === "number") {
    const both = a + b;
    if (Number.isSafeInteger(both)) return { unscaled: both, scale, format };
  }
  return { unscaled: narrow(BigInt(a) + BigInt(b)), scale, format };
}

function narrow(value: number | bigint): number | bigint {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : BigInt(value);
  return value <= 9007199254740991n && value >= -9007199254740991n ? Number(value) : value;
}
