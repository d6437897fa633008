// YAML from outside: bounded, and with the scalars that upstream's reader knows.
import { isMap, isScalar, LineCounter, parseAllDocuments, type Tags, visit } from "yaml";

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
  const documents = parseAllDocuments(text, {
    schema: "yaml-1.1",
    customTags: upstreamTags,
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const first = Array.isArray(documents) ? documents[0] : undefined;
  if (first === undefined) return { value: null, duplicates: [] };
  const error = first.errors[0];
  if (error !== undefined) throw new Error(error.message);
  const duplicates: string[] = [];
  visit(first, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || isMap(key)) continue;
        if (seen.has(key.value)) duplicates.push(repeated(lines, key.range?.[0], key.value));
        seen.add(key.value);
      }
    },
  });
  return { value: first.toJS({ maxAliasCount: aliasesMax }), duplicates };
}

const repeated = (lines: LineCounter, at = 0, key: unknown): string =>
  `line ${lines.linePos(at).line}: key ${JSON.stringify(key)} already set in map`;

/** No dates, no base 60, no binary: what looks like them is text. */
const upstreamTags = (tags: Tags): Tags =>
  tags.filter((tag) => {
    if (typeof tag === "string") return true;
    if (tag.format === "TIME") return false;
    return !/:(timestamp|binary|omap|pairs|set)$/.test(tag.tag);
  });
