// The steps of a path into an object, as FieldsV1 writes them:
//
//   f:spec                       the field `spec`, or the entry of a map
//   k:{"name":"web"}             the item of a list that has these values in its key fields
//   v:"example.com/finalizer"    the item of a set
//   i:0                          the item at an index
import { jsonText, quoted } from "../quoted.ts";

export const fieldKey = (name: string): string => `f:${name}`;
export const valueKey = (value: unknown): string => `v:${keyText(value)}`;

/**
 * `names` are the JSON texts of the key fields, sorted; those without a value are left out.
 */
export function itemKey(names: readonly string[], values: readonly unknown[]): string {
  let text = "";
  for (let i = 0; i < names.length; i++) {
    if (values[i] === undefined) continue;
    text += `${text === "" ? "" : ","}${names[i]}:${keyText(values[i])}`;
  }
  return `k:{${text}}`;
}

const plain = /^[\w.\-/: ]*$/;

/** JSON, quickly for what most keys are. */
function keyText(value: unknown): string {
  if (typeof value === "string" && plain.test(value)) return `"${value}"`;
  return typeof value === "number" ? String(value) : jsonText(value);
}

/** The step as messages show it: `.spec`, `[name="web"]`, `[="x"]`, `[0]`. */
export function printKey(key: string): string {
  const rest = key.slice(2);
  switch (key[0]) {
    case "f":
      return `.${rest}`;
    case "k": {
      const fields = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${fields.map(([name, value]) => `${name}=${printValue(value)}`).join(",")}]`;
    }
    case "v":
      return `[=${printValue(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
}

export const printPath = (path: readonly string[]): string => path.map(printKey).join("");

/**
 * The canonical form of a key that a client sent; undefined for a kind of step that we do not know,
 * which is to be dropped. Throws for one that is broken.
 */
export function canonicalKey(key: string): string | undefined {
  if (key.length < 2 || key[1] !== ":") throw new Error(`missing colon: ${key}`);
  const rest = key.slice(2);
  switch (key[0]) {
    case "f":
      return key;
    case "v":
      return valueKey(JSON.parse(rest));
    case "k": {
      const fields: unknown = JSON.parse(rest);
      if (typeof fields !== "object" || fields === null) throw new Error(`not an object: ${key}`);
      const names = Object.keys(fields).sort();
      return itemKey(
        names.map(jsonText),
        names.map((name) => (fields as Record<string, unknown>)[name]),
      );
    }
    case "i":
      if (!/^[+-]?[0-9]{1,15}$/.test(rest)) throw new Error(`not an index: ${key}`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

const ranks = "fkvi";

/** Upstream's order: fields, then keyed items, then values, then indices; each by value. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  if (a[0] !== b[0]) return ranks.indexOf(a[0]!) - ranks.indexOf(b[0]!);
  if (a[0] === "f") return a < b ? -1 : 1;
  const [x, y] = [JSON.parse(a.slice(2)), JSON.parse(b.slice(2))];
  return a[0] === "k" ? compareFields(x, y) : compareValues(x, y);
}

function compareFields(a: Record<string, unknown>, b: Record<string, unknown>): number {
  const [x, y] = [Object.entries(a), Object.entries(b)];
  for (let i = 0; i < x.length && i < y.length; i++) {
    const [name, value] = x[i]!;
    const [otherName, otherValue] = y[i]!;
    if (name !== otherName) return name < otherName ? -1 : 1;
    const order = compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

const typeRanks = ["number", "string", "boolean", "object"];
const rankOf = (value: unknown): number =>
  typeof value === "bigint" ? 0 : typeRanks.indexOf(typeof value);

/** Numbers, strings, booleans, the rest; each by value. */
export function compareValues(a: unknown, b: unknown): number {
  const order = rankOf(a) - rankOf(b);
  if (order !== 0) return order;
  if (typeof a === "object") return jsonText(a) < jsonText(b) ? -1 : 1;
  return a === b ? 0 : (a as string) < (b as string) ? -1 : 1;
}

function printValue(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(printValue).join(",")}]`;
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}=${printValue(inner)}`)
    .join("");
}
