// YAML from outside: bounded, and with the scalars that upstream's reader knows.
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  type ScalarTag,
  type Tags,
  visit,
} from "yaml";

/** Aliases that may be followed: more than any manifest has, far from what a bomb needs. */
const aliasesMax = 100;

export type YamlDocument = {
  /** A JSON value; of several documents the first. */
  readonly value: unknown;
  /** Keys that stand twice, in upstream's words; the last one counts. */
  readonly duplicates: readonly string[];
};

/** Throws an Error that says what is wrong. */
export function parseYaml(bytes: Uint8Array): YamlDocument {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  const lines = new LineCounter();
  const composer = new Composer({
    schema: "yaml-1.1",
    customTags: upstreamTags,
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
    // What it has to say of a caller's document is the caller's.
    logLevel: "error",
  });
  const [first] = [...composer.compose(tokensOf(text, lines))];
  if (first === undefined) return { value: null, duplicates: [] };
  const error = first.errors[0];
  if (error !== undefined) throw new Error(error.message);
  const duplicates: string[] = [];
  visit(first, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key, value } of map.items) {
        checkKey(first, key, value);
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) duplicates.push(repeated(lines, key.range?.[0], key.value));
        seen.add(key.value);
      }
    },
  });
  return { value: first.toJS({ maxAliasCount: aliasesMax }), duplicates };
}

/** Levels of lists and mappings: far more than any manifest has, and what the stack of the reader holds. */
const depthMax = 500;

/** Throws an Error for what nests too deep, before it is read: it would cost the time and the stack of all. */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let flows = 0;
  let blocks = 0;
  let isScalarNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (isScalarNext) isScalarNext = false;
    else if (lexeme === scalarMark) isScalarNext = true;
    else if (lexeme === "[" || lexeme === "{") flows++;
    else if (lexeme === "]" || lexeme === "}") flows--;
    else if (lexeme === "-" || lexeme === "?") blocks++;
    else if (lexeme === "\n" || lexeme === "\r\n") blocks = 0;
    if (flows + blocks > depthMax) throw new Error(`yaml: exceeded max depth of ${depthMax}`);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** What the lexer says before the text of a scalar. */
const scalarMark = "\u001f";

/** Throws in upstream's words for a key that JSON could not have. */
function checkKey(document: Document.Parsed, key: unknown, value: unknown): void {
  const node = isAlias(key) ? key.resolve(document) : key;
  if (isCollection(node)) throw new Error(`yaml: invalid map key: ${goSyntax(node)}`);
  if (isScalar(node) && node.value !== null) return;
  const shown = goSyntax(value);
  throw new Error(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${shown}`);
}

/** A node as Go's `%#v` prints it. */
function goSyntax(node: unknown): string {
  if (isMap(node)) {
    const items = node.items.map(({ key, value }) => `${goSyntax(key)}:${goSyntax(value)}`);
    return `map[interface {}]interface {}{${items.join(", ")}}`;
  }
  if (isCollection(node)) return `[]interface {}{${node.items.map(goSyntax).join(", ")}}`;
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || value === undefined) return "interface {}(nil)";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

const repeated = (lines: LineCounter, at = 0, key: unknown): string =>
  `line ${lines.linePos(at).line}: key ${JSON.stringify(key)} already set in map`;

/** Whole numbers in Go's notations: `0o17` and the capital prefixes. */
const goInteger: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0(?:_+|[oO]_?[0-7]+(?:_[0-7]+)*|X_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|B_?[01]+(?:_[01]+)*)$/,
  resolve(text) {
    const digits = text.replace(/_/g, "");
    const number = Number(digits.replace(/^[-+]/, "").toLowerCase());
    return digits.startsWith("-") ? -number : number;
  },
};

/** A prefix without digits is text. */
const barePrefix: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  test: /^[-+]?0[bx]_+$/,
  resolve: (text) => text,
};

/** Numbers with a point; a point alone is text, as it stands in managed fields. */
const goFloat: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^(?:(?:\.[0-9]+|[-+]\._*[0-9][0-9_]*|[-+]?[0-9][0-9_]*\.[0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+)$/,
  resolve: (text) => Number(text.replace(/_/g, "")),
};

const takesPoint = ({ test }: { readonly test?: RegExp }): boolean =>
  test?.test(".") === true || test?.test(".e3") === true;

/** No dates, no base 60, no binary: what looks like them is text. */
const upstreamTags = (tags: Tags): Tags => [
  goInteger,
  barePrefix,
  goFloat,
  ...tags.filter((tag) => {
    if (typeof tag === "string") return true;
    if (tag.format === "TIME") return false;
    if ("test" in tag && takesPoint(tag)) return false;
    return !/:(timestamp|binary|omap|pairs|set)$/.test(tag.tag);
  }),
];
