// Signatures of functions, written as one reads them:
//
//   "string.contains(string): bool"     a method of texts
//   "size(list(A)): int"                A stands for any type
import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  nullType,
  opaque,
  optionalOf,
  parameter,
  string,
  timestamp,
  typeOfType,
  uint,
} from "./cel-type.ts";

export type Signature = {
  readonly name: string;
  readonly isMember: boolean;
  /** The target first. */
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly parameters: readonly string[];
};

const simple: Readonly<Record<string, CelType>> = {
  bool,
  bytes,
  double,
  duration,
  dyn,
  int,
  null: nullType,
  string,
  timestamp,
  uint,
  type: typeOfType(),
};

/** `name`: that of the function, which may have dots in it. */
export function signature(name: string, text: string): Signature {
  const reader = new Reader(text);
  const isMember = !text.startsWith("(");
  const args = isMember ? [reader.type()] : [];
  if (isMember) reader.take(".");
  reader.take("(");
  while (!reader.takes(")")) {
    args.push(reader.type());
    reader.takes(",");
  }
  reader.take(":");
  const result = reader.type();
  const parameters = [...new Set(text.match(/\b[A-Z]\b/g) ?? [])];
  return { name, isMember, args, result, parameters };
}

class Reader {
  readonly #words: readonly string[];
  #at = 0;
  constructor(text: string) {
    this.#words = text.match(/[A-Za-z_]+(?:\.authorization)?(?:\.[A-Z]\w+)?|[().,:]/g) ?? [];
  }

  takes(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at++;
    return true;
  }

  take(word: string): void {
    if (!this.takes(word)) throw new Error(`a signature wants ${word}: ${this.#words.join(" ")}`);
  }

  type(): CelType {
    const word = this.#words[this.#at++]!;
    if (/^[A-Z]$/.test(word)) return parameter(word);
    const known = simple[word];
    if (known !== undefined) return known;
    if (word.includes(".")) return opaque(word);
    this.take("(");
    const first = this.type();
    if (word === "map") {
      this.take(",");
      const value = this.type();
      this.take(")");
      return mapOf(first, value);
    }
    this.take(")");
    return word === "list" ? listOf(first) : optionalOf(first);
  }
}
