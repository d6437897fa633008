// The text of a label selector in a query, in upstream's grammar, odd lists such as `in (,a)`
// included.
import { invalidValue } from "./field-error.ts";
import { checkQualifiedName } from "./names.ts";
import { makeRequirement, type Operator, type Requirement } from "./selector-requirement.ts";
import { badRequest } from "./status-error.ts";

/** In the order of the text. Throws a StatusError(400) in upstream's words. */
export function readRequirements(text: string): Requirement[] {
  const reader = new Reader(lexed(text));
  const requirements: Requirement[] = [];
  if (reader.is("end")) return requirements;
  if (!reader.isName() && !reader.is("!")) reader.fail("!, identifier, or 'end of string'");
  for (;;) {
    try {
      requirements.push(requirement(reader));
    } catch (error) {
      throw badRequest(`unable to parse requirement: ${(error as Error).message}`);
    }
    if (reader.is("end")) return requirements;
    if (!reader.is(",")) reader.fail("',' or 'end of string'");
    reader.next();
    if (!reader.isName() && !reader.is("!")) reader.fail("identifier after ','");
  }
}

const comparisons: ReadonlyMap<Kind, Operator> = new Map([
  ["in", "in"],
  ["notin", "notin"],
  ["=", "="],
  ["==", "=="],
  ["!=", "!="],
  [">", "gt"],
  ["<", "lt"],
]);

function requirement(reader: Reader): Requirement {
  const negated = reader.is("!");
  if (negated) reader.next();
  if (!reader.isName()) reader.fail("identifier");
  const key = reader.next();
  const problems = checkQualifiedName(key);
  if (problems.length > 0) {
    // Upstream has no path to name here and prints it so.
    throw badRequest(`<nil>: ${invalidValue("", key, problems.join("; ")).message}`);
  }
  if (negated) return makeRequirement(key, "!", []);
  if (reader.atTermEnd()) return makeRequirement(key, "exists", []);
  const operator = comparisons.get(reader.kind());
  if (operator === undefined) return reader.fail("in, notin, =, ==, !=, gt, lt");
  reader.next();
  const values = operator === "in" || operator === "notin" ? list(reader) : [exact(reader)];
  return makeRequirement(key, operator, [...new Set(values)].sort());
}

function exact(reader: Reader): string {
  if (reader.atTermEnd()) return "";
  return reader.isName() ? reader.next() : reader.fail("identifier");
}

/** Two commas, or a comma at either end, stand for the empty value between them. */
function list(reader: Reader): string[] {
  if (!reader.is("(")) throw badRequest(`found '${reader.next()}' expected: '('`);
  reader.next();
  if (reader.is(")")) {
    reader.next();
    return [""];
  }
  if (!reader.isName() && !reader.is(",")) reader.fail("',', ')' or identifier");
  const values: string[] = [];
  for (;;) {
    if (reader.isName()) {
      values.push(reader.next());
      if (!reader.is(",") && !reader.is(")")) reader.fail("',' or ')'");
    } else if (reader.is(",")) {
      reader.next();
      if (values.length === 0 || reader.is(",") || reader.is(")")) values.push("");
    } else reader.fail("',', or identifier");
    if (!reader.is(")")) continue;
    reader.next();
    return values;
  }
}

type Kind =
  | ("name" | "in" | "notin" | "=" | "==" | "!=" | "!" | ">" | "<" | "(" | ")" | "," | "end")
  /** Symbols that mean nothing; the text is upstream's complaint. */
  | "error";
type Token = { readonly kind: Kind; readonly text: string };

/** A place in the tokens; the last is "end" and is never passed. */
class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  kind(): Kind {
    return this.#tokens[this.#at]!.kind;
  }

  is(kind: Kind): boolean {
    return this.kind() === kind;
  }

  /** Operators that are words are also good as names. */
  isName(): boolean {
    return this.is("name") || this.is("in") || this.is("notin");
  }

  atTermEnd(): boolean {
    return this.is("end") || this.is(",");
  }

  /** The text of the token, which is passed. */
  next(): string {
    const { text } = this.#tokens[this.#at]!;
    if (!this.is("end")) this.#at++;
    return text;
  }

  fail(expected: string): never {
    throw badRequest(`found '${this.#tokens[this.#at]!.text}', expected: ${expected}`);
  }
}

const symbols = "=!(),><";
const operators = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const isBlank = (c: string): boolean => c === " " || c === "\t" || c === "\r" || c === "\n";

/** Ends with one token of kind "end". */
function lexed(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    if (isBlank(text[at]!)) at++;
    else if (symbols.includes(text[at]!)) {
      const [token, end] = symbol(text, at);
      tokens.push(token);
      at = end;
    } else {
      while (at < text.length && !symbols.includes(text[at]!) && !isBlank(text[at]!)) at++;
      const name = text.slice(start, at);
      tokens.push({ kind: name === "in" || name === "notin" ? name : "name", text: name });
    }
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

/** The longest operator that starts at `start`, and where it ends. */
function symbol(text: string, start: number): [Token, number] {
  let found: Token | undefined;
  let end = start;
  while (end < text.length && symbols.includes(text[end]!)) {
    const candidate = text.slice(start, end + 1);
    if (operators.has(candidate)) found = { kind: candidate as Kind, text: candidate };
    else if (found !== undefined) break;
    end++;
  }
  if (found !== undefined) return [found, end];
  const complaint = `error expected: keyword found '${text.slice(start, end)}'`;
  return [{ kind: "error", text: complaint }, end];
}
