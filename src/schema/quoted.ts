// How upstream's messages show a value: a string in double quotes with escapes, anything else as
// JSON that is safe inside HTML. Letters beyond ASCII stay as they are.

const plain = /^[ !#-[\]-~]*$/;
const printable = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;
const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** `text` in quotes, as Go's `%q`. */
export function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  let result = "";
  for (const character of text) {
    result +=
      short[character] ??
      (character === " " || printable.test(character) ? character : escaped(character));
  }
  return `"${result}"`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, "0")}`;
  // Half of a surrogate pair cannot be written; Go never sees one.
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/**
 * `value` as compact JSON with `<`, `>`, `&` and the two line separators escaped, as Go writes it.
 * Bigints are integers.
 */
export function jsonText(value: unknown): string {
  const text = plainText(value);
  return unsafe.test(text) ? text.replace(unsafeAll, escapedUnit) : text;
}

/** Standard, but not yet in the compiler's library. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** A replacer makes all slower: only for the few values that need it. */
function plainText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, withBigints);
  }
}

const withBigints = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? rawJSON(String(value)) : value;

const unsafe = /[<>&\u2028\u2029]/;
const unsafeAll = /[<>&\u2028\u2029]/g;
const escapedUnit = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
