// Quantities, versions and named formats.
import { formatOf } from "../../custom-formats.ts";
import {
  checkLabelValue,
  checkQualifiedName,
  nameIsDns1035Label,
  nameIsDnsLabel,
  nameIsDnsSubdomain,
} from "../../names.ts";
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityOf,
  quantityProblem,
  scaledValue,
  signOfQuantity,
  subtractQuantities,
} from "../../quantity.ts";
import { CelError } from "../error.ts";
import { fn, fns, type Overload } from "../function.ts";
import { Opaque, Optional, QuantityValue } from "../values.ts";
import { parseUrl } from "./url.ts";

function quantity(text: string): QuantityValue {
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new CelError(quantityProblem(text) ?? "");
  return new QuantityValue(parsed);
}

/** undefined: it is not whole, or beyond 64 bits. */
function wholeOf({ quantity: q }: QuantityValue): bigint | undefined {
  const value = scaledValue(q, 0);
  const isSame = compareQuantities(quantityOf(value), q) === 0;
  return isSame && value < 2n ** 63n && value >= -(2n ** 63n) ? value : undefined;
}

const sign = (order: number): bigint => BigInt(Math.sign(order));
const compared = (a: QuantityValue, b: QuantityValue): number =>
  compareQuantities(a.quantity, b.quantity);

type Both = (a: Quantity, b: Quantity) => Quantity;

const arithmetic = (name: string, of: Both): Overload[] => [
  fn(
    name,
    "kubernetes.Quantity.(kubernetes.Quantity): kubernetes.Quantity",
    (a, b) => new QuantityValue(of(a.quantity, b.quantity)),
  ),
  fn(
    name,
    "kubernetes.Quantity.(int): kubernetes.Quantity",
    (a: QuantityValue, b: bigint) => new QuantityValue(of(a.quantity, quantityOf(b))),
  ),
];

const q = "kubernetes.Quantity";

export const quantities: readonly Overload[] = [
  fn("quantity", `(string): ${q}`, quantity),
  fn("isQuantity", "(string): bool", (text: string) => parseQuantity(text) !== undefined),
  fn("sign", `(${q}): int`, (a: QuantityValue) => sign(signOfQuantity(a.quantity))),
  fn("isGreaterThan", `${q}.(${q}): bool`, (a, b) => compared(a, b) > 0),
  fn("isLessThan", `${q}.(${q}): bool`, (a, b) => compared(a, b) < 0),
  fn("compareTo", `${q}.(${q}): int`, (a, b) => sign(compared(a, b))),
  fn(
    "asApproximateFloat",
    `${q}.(): double`,
    ({ quantity: one }: QuantityValue) => Number(scaledValue(one, -9)) / 1e9,
  ),
  fn("asInteger", `${q}.(): int`, (a: QuantityValue) => {
    const whole = wholeOf(a);
    if (whole === undefined) throw new CelError("cannot convert value to integer");
    return whole;
  }),
  fn("isInteger", `${q}.(): bool`, (a: QuantityValue) => wholeOf(a) !== undefined),
  ...arithmetic("add", addQuantities),
  ...arithmetic("sub", subtractQuantities),
];

class Semver extends Opaque {
  readonly type = "kubernetes.Semver";
  readonly numbers: readonly bigint[];
  readonly release: readonly string[];
  readonly build: string;
  constructor(numbers: readonly bigint[], release: readonly string[], build: string) {
    super();
    this.numbers = numbers;
    this.release = release;
    this.build = build;
  }
  /** The build does not tell versions apart. */
  get identity(): string {
    return `${this.numbers.join(".")}-${this.release.join(".")}`;
  }
}

const number = "(0|[1-9]\\d*)";
const versionForm = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);

function semver(text: string, normalize = false): Semver {
  const wanted = normalize ? normalized(text) : text;
  const match = versionForm.exec(wanted);
  if (match === null) throw new CelError(versionProblem(wanted));
  const release = match[4]?.split(".") ?? [];
  const zero = release.find((part) => /^0\d+$/.test(part));
  if (zero !== undefined)
    throw new CelError(`Numeric PreRelease version must not contain leading zeroes "${zero}"`);
  return new Semver(
    [1, 2, 3].map((at) => BigInt(match[at]!)),
    release,
    match[5] ?? "",
  );
}

function versionProblem(text: string): string {
  if (text === "") return "Version string empty";
  const parts = text.split(".");
  if (parts.length < 3) return "No Major.Minor.Patch elements found";
  const names = ["major", "minor", "patch"];
  for (const [at, name] of names.entries()) {
    const part = at === 2 ? (parts.slice(2).join(".").split(/[-+]/)[0] ?? "") : parts[at]!;
    const capital = `${name[0]!.toUpperCase()}${name.slice(1)}`;
    if (!/^\d+$/.test(part)) return `Invalid character(s) found in ${name} number "${part}"`;
    if (/^0\d/.test(part)) return `${capital} number must not contain leading zeroes "${part}"`;
  }
  return `Invalid character(s) found in prerelease "${text}"`;
}

/** Without a `v` and leading zeros, with the numbers that are missing. */
function normalized(text: string): string {
  const [major = "", minor, ...rest] = text.replace(/^v/, "").split(".");
  const given = [major, minor, rest.length > 0 ? rest.join(".") : undefined].filter(
    (part) => part !== undefined,
  );
  const parts = given.map((part) =>
    part.length > 1 ? part.replace(/^0+(?=\d)|^0+(?=[^\d]|$)/, zeroless) : part,
  );
  if (parts.length < 3 && /[+-]/.test(parts.at(-1)!))
    throw new CelError("short version cannot contain PreRelease/Build meta data");
  while (parts.length < 3) parts.push("0");
  return parts.join(".");
}

const zeroless = (_zeros: string, at: number, whole: string): string =>
  /^0+\d/.test(whole.slice(at)) && /^0*[1-9]/.test(whole) ? "" : "0";

function compareVersions(a: Semver, b: Semver): number {
  for (const [at, value] of a.numbers.entries()) {
    if (value !== b.numbers[at]) return value < b.numbers[at]! ? -1 : 1;
  }
  if (a.release.length === 0 || b.release.length === 0) return b.release.length - a.release.length;
  for (const [at, part] of a.release.entries()) {
    const other = b.release[at];
    if (other === undefined) return 1;
    const order = compareParts(part, other);
    if (order !== 0) return order;
  }
  return a.release.length - b.release.length;
}

function compareParts(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  if (x !== y) return x ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isSemver(text: string, normalize = false): boolean {
  try {
    semver(text, normalize);
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

const v = "kubernetes.Semver";

export const versions: readonly Overload[] = [
  ...fns("semver", [`(string): ${v}`, `(string, bool): ${v}`], semver),
  ...fns("isSemver", ["(string): bool", "(string, bool): bool"], isSemver),
  fn("isGreaterThan", `${v}.(${v}): bool`, (a, b) => compareVersions(a, b) > 0),
  fn("isLessThan", `${v}.(${v}): bool`, (a, b) => compareVersions(a, b) < 0),
  fn("compareTo", `${v}.(${v}): int`, (a, b) => sign(compareVersions(a, b))),
  ...["major", "minor", "patch"].map((name, at) =>
    fn(name, `${v}.(): int`, ({ numbers }: Semver) => numbers[at]!),
  ),
];

class Format extends Opaque {
  readonly type = "kubernetes.NamedFormat";
  readonly identity: string;
  readonly problems: (text: string) => readonly string[];
  constructor(name: string, problems: (text: string) => readonly string[]) {
    super();
    this.identity = name;
    this.problems = problems;
  }
}

const formatTest =
  (name: string, problem: string) =>
  (text: string): string[] =>
    formatOf(name)?.(text) ? [] : [problem];

const formats: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: (text) => nameIsDnsLabel(text, false),
  dns1123Subdomain: (text) => nameIsDnsSubdomain(text, false),
  dns1035Label: (text) => nameIsDns1035Label(text, false),
  qualifiedName: checkQualifiedName,
  dns1123LabelPrefix: (text) => nameIsDnsLabel(text, true),
  dns1123SubdomainPrefix: (text) => nameIsDnsSubdomain(text, true),
  dns1035LabelPrefix: (text) => nameIsDns1035Label(text, true),
  labelValue: checkLabelValue,
  uri(text) {
    const url = parseUrl(text);
    return typeof url === "string" ? [url] : [];
  },
  uuid: formatTest("uuid", "does not match the UUID format"),
  byte: formatTest("byte", "invalid base64"),
  date: formatTest("date", "invalid date"),
  datetime: formatTest("datetime", "invalid datetime"),
};

const formatNamed = (name: string): Format => new Format(name, formats[name]!);

const f = "kubernetes.NamedFormat";

export const namedFormats: readonly Overload[] = [
  ...Object.keys(formats).map((name) => fn(`format.${name}`, `(): ${f}`, () => formatNamed(name))),
  fn(
    "format.named",
    `(string): optional(${f})`,
    (name: string) => new Optional(Object.hasOwn(formats, name) ? formatNamed(name) : undefined),
  ),
  fn("validate", `${f}.(string): optional(list(string))`, ({ problems }: Format, text: string) => {
    const found = problems(text);
    return new Optional(found.length === 0 ? undefined : found);
  }),
];

/** A key as a part of a JSON pointer. */
export const pointers: readonly Overload[] = [
  fn("jsonpatch.escapeKey", "(string): string", (key: string) =>
    key.replaceAll("~", "~0").replaceAll("/", "~1"),
  ),
];
