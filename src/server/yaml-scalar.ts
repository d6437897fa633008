// How upstream's writer of YAML shows a text: plain where nobody could take it for something else, quoted or as a block
// where they could. Readers of YAML 1.1 take `no`, `1:30` and dates for what they are not.

export type Place = {
  /** Where the text begins, from 0. */
  readonly column: number;
  /** Blanks before the lines that follow. */
  readonly indent: number;
  readonly isKey: boolean;
};

/** Lines are broken at blanks behind this column. */
const width = 80;

export function scalarText(text: string, place: Place): string {
  const traits = traitsOf(text);
  const { isKey } = place;
  if (text.includes("\n") && traits.block && !isKey) return literal(text, place.indent);
  const isMultiline = traits.breaks && (text.includes("\n") || isKey);
  if (isMultiline || isTakenForOther(text)) return doubleQuoted(text, place);
  if (traits.plain) return wrapped(text, place);
  return traits.single ? singleQuoted(text, place) : doubleQuoted(text, place);
}

const words: ReadonlySet<string> = new Set(
  (
    "y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL " +
    ".nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF"
  ).split(" "),
);
const pointNumber = /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/;
const integer = /^[-+]?0(?:[xX][0-9a-fA-F]{1,16}|[bB][01]{1,64}|[oO][0-7]{1,22})$/;
const decimal = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const clock = "[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\\.[0-9]+)?";
const moment = new RegExp(
  `^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]${clock}(?:Z|[-+][0-9]{2}:[0-9]{2})| ${clock})?$`,
);

/** Whether a reader would take the plain text for a number, a truth value, a time or nothing at all. */
function isTakenForOther(text: string): boolean {
  if (text === "" || words.has(text)) return true;
  const first = text[0]!;
  if (first === ".") return pointNumber.test(text);
  if (!/[-+0-9]/.test(first)) return false;
  const bare = text.replaceAll("_", "");
  return moment.test(text) || integer.test(bare) || decimal.test(bare) || base60.test(text);
}

type Traits = {
  readonly breaks: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
};

const isBreak = (c: string): boolean => /[\n\r\u0085\u2028\u2029]/.test(c);
/** Neither letters beyond the basic plane nor tabs are, to upstream. */
const isPrintable = (c: string): boolean =>
  /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(c);
const startsMarker = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[-?:](?:\s|$))/;
const holdsMarker = /:(?:\s|$)|(?:^|\s)#/;

function traitsOf(text: string): Traits {
  const characters = [...text];
  const [first = "", last = ""] = [characters[0], characters.at(-1)];
  const isSpecial = characters.some((c) => !isPrintable(c));
  const breakThenSpace = /[\n\r\u0085\u2028\u2029] /.test(text);
  const spaceThenBreak = / [\n\r\u0085\u2028\u2029]/.test(text);
  const breaks = characters.some(isBreak);
  const isEdged = [first, last].some((c) => c === " " || isBreak(c));
  const isMarked = startsMarker.test(text) || holdsMarker.test(text);
  const never = isSpecial || spaceThenBreak;
  return {
    breaks,
    plain: !(never || breaks || isEdged || isMarked),
    single: !(never || breakThenSpace),
    block: !(never || last === " "),
  };
}

/** `each`: how a character is written. Blanks become line breaks where a line is too long. */
function wrapped(
  text: string,
  place: Place,
  each = (c: string): string => c,
  edges = true,
): string {
  const characters = [...text];
  let result = "";
  let { column } = place;
  let isSpace = false;
  for (const [i, c] of characters.entries()) {
    const next = characters[i + 1];
    const isInside = edges || (i > 0 && i < characters.length - 1);
    if (c !== " " || place.isKey || isSpace || column <= width || !isInside || next === " ") {
      const part = each(c);
      result += part;
      column += [...part].length;
    } else {
      result += `\n${" ".repeat(place.indent)}`;
      column = place.indent;
    }
    isSpace = c === " ";
  }
  return result;
}

const singleQuoted = (text: string, place: Place): string => {
  const inner = { ...place, column: place.column + 1 };
  return `'${wrapped(text, inner, (c) => (c === "'" ? "''" : c), false)}'`;
};

const escapes: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

function escaped(c: string): string {
  if (isPrintable(c) && !isBreak(c) && c !== '"' && c !== "\\") return c;
  const short = escapes[c];
  if (short !== undefined) return `\\${short}`;
  const code = c.codePointAt(0)!;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** A blank before another one is kept by a backslash at the beginning of the line. */
function doubleQuoted(text: string, place: Place): string {
  const characters = [...text];
  let result = '"';
  let column = place.column + 1;
  let isSpace = false;
  for (const [i, c] of characters.entries()) {
    const isInside = i > 0 && i < characters.length - 1;
    if (c === " " && !place.isKey && !isSpace && column > width && isInside) {
      const kept = characters[i + 1] === " " ? "\\" : "";
      result += `\n${" ".repeat(place.indent)}${kept}`;
      column = place.indent + kept.length;
    } else {
      const part = escaped(c);
      result += part;
      column += part.length;
    }
    isSpace = c === " ";
  }
  return `${result}"`;
}

/** Lines as they stand, with a word on what becomes of the last line breaks. */
function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const chomp = !text.endsWith("\n") ? "-" : text === "\n" || text.endsWith("\n\n") ? "+" : "";
  const blanks = " ".repeat(indent);
  const lines = text.replace(/\n$/, "").split("\n");
  return `|${hint}${chomp}\n${lines.map((line) => (line === "" ? "" : blanks + line)).join("\n")}`;
}
