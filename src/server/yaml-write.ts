// From a JSON value to YAML as upstream writes it: keys in their natural order, lists not further in than their key.
import { scalarText } from "./yaml-scalar.ts";

/** Text with a line break at its end. */
export function writeYaml(value: unknown): string {
  const text = node(value, 0, 0);
  return text.startsWith("\n") ? `${text.slice(1)}\n` : `${text}\n`;
}

/** Keys longer than this are written with a question mark before them. */
const simpleKeyBytesMax = 128;

/** `column`: where the text begins. Collections begin with a line break. */
function node(value: unknown, indent: number, column: number): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : sequence(value, indent);
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? "{}" : mapping(value as Record<string, unknown>, keys, indent);
  }
  if (typeof value === "string") {
    return scalarText(value, { column, indent: indent + 2, isKey: false });
  }
  return value === undefined ? "null" : String(value);
}

function mapping(map: Record<string, unknown>, keys: string[], indent: number): string {
  const blanks = " ".repeat(indent);
  let text = "";
  for (const key of keys.sort(natural)) {
    const shown = scalarText(key, { column: indent, indent, isKey: true });
    const isLong = Buffer.byteLength(key) > simpleKeyBytesMax;
    const name = isLong ? `? ${shown}\n${blanks}` : shown;
    const value = map[key];
    // A list stands below its key, a map two blanks further in.
    const inner = node(
      value,
      Array.isArray(value) ? indent : below(value, indent),
      indent + [...shown].length + 2,
    );
    text += `\n${blanks}${name}:${inner.startsWith("\n") ? "" : " "}${inner}`;
  }
  return text;
}

const below = (value: unknown, indent: number): number =>
  typeof value === "object" && value !== null ? indent + 2 : indent;

function sequence(list: readonly unknown[], indent: number): string {
  const blanks = " ".repeat(indent);
  let text = "";
  for (const item of list) {
    const isCollection = typeof item === "object" && item !== null;
    const inner = node(item, isCollection ? indent + 2 : indent, indent + 2);
    // The first line of an inner collection stands beside the dash.
    text += `\n${blanks}- ${inner.startsWith("\n") ? inner.slice(1).trimStart() : inner}`;
  }
  return text;
}

const letter = /\p{L}/u;
const digit = /\p{Nd}/u;

/** Letters behind everything else, numbers within names by their amount. */
function natural(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < x.length && i < y.length; i++) {
    const [c, d] = [x[i]!, y[i]!];
    if (c === d) continue;
    const [isLetter, isOther] = [letter.test(c), letter.test(d)];
    if (isLetter && isOther) return c < d ? -1 : 1;
    if (isLetter || isOther) return isOther ? -1 : 1;
    // Zeros count when they stand within a number.
    const isWithin = (c === "0" || d === "0") && /[1-9][0-9]*$/.test(x.slice(0, i).join(""));
    const [n, m] = [numberAt(x, i, isWithin), numberAt(y, i, isWithin)];
    if (n.value !== m.value) return n.value < m.value ? -1 : 1;
    if (n.end !== m.end) return n.end - m.end;
    return c < d ? -1 : 1;
  }
  return x.length - y.length;
}

function numberAt(text: readonly string[], start: number, isWithin: boolean) {
  let value = isWithin ? 1 : 0;
  let end = start;
  for (; end < text.length && digit.test(text[end]!); end++) value = value * 10 + Number(text[end]);
  return { value, end };
}
