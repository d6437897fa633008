// What is wrong with text that is not JSON, in the words of Go's scanner, which clients know. Only
// runs after `JSON.parse` has refused; follows the grammar byte by byte and stops at the first byte
// that does not fit.

/** The message for `bytes`, which are not JSON. */
export function syntaxError(bytes: Uint8Array): string {
  const scanner = new SyntaxScanner(bytes);
  return scanner.document() ?? "unexpected end of JSON input";
}

type Problem = string | undefined;

class SyntaxScanner {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Undefined: the text ended too early. Containers are kept in a list, because the text may be
   * deep.
   */
  document(): Problem {
    const open: ("object" | "array")[] = [];
    let expects: "value" | "firstItem" | "key" | "firstKey" | "afterValue" = "value";
    for (;;) {
      this.#skipSpace();
      const code = this.#bytes[this.#at];
      if (code === undefined) return undefined;
      const char = String.fromCharCode(code);
      if (expects === "afterValue") {
        const inside = open.at(-1);
        if (inside === undefined) return this.#invalid("after top-level value");
        const close = inside === "object" ? "}" : "]";
        if (char === close) open.pop();
        else if (char === ",") expects = inside === "object" ? "key" : "value";
        else {
          const what = inside === "object" ? "object key:value pair" : "array element";
          return this.#invalid(`after ${what}`);
        }
        this.#at++;
        continue;
      }
      if ((expects === "firstKey" && char === "}") || (expects === "firstItem" && char === "]")) {
        open.pop();
        this.#at++;
        expects = "afterValue";
        continue;
      }
      if (expects === "key" || expects === "firstKey") {
        if (char !== '"') return this.#invalid("looking for beginning of object key string");
        const problem = this.#string() ?? this.#colon();
        if (problem !== undefined) return problem;
        if (this.#at >= this.#bytes.length) return undefined;
        expects = "value";
        continue;
      }
      if (char === "{" || char === "[") {
        open.push(char === "{" ? "object" : "array");
        expects = char === "{" ? "firstKey" : "firstItem";
        this.#at++;
        continue;
      }
      const problem = this.#literal(char);
      if (problem !== undefined) return problem;
      expects = "afterValue";
    }
  }

  #colon(): Problem {
    this.#skipSpace();
    if (this.#at >= this.#bytes.length) return undefined;
    if (this.#bytes[this.#at] !== 58) return this.#invalid("after object key");
    this.#at++;
    return undefined;
  }

  #literal(char: string): Problem {
    if (char === '"') return this.#string();
    if (char === "-" || (char >= "0" && char <= "9")) return this.#number();
    const word = { t: "true", f: "false", n: "null" }[char];
    if (word === undefined) return this.#invalid("looking for beginning of value");
    for (const expected of word) {
      if (this.#at >= this.#bytes.length) return undefined;
      if (this.#char() !== expected) {
        return this.#invalid(`in literal ${word} (expecting ${quoted(expected)})`);
      }
      this.#at++;
    }
    return undefined;
  }

  #string(): Problem {
    this.#at++;
    for (; this.#at < this.#bytes.length; this.#at++) {
      const code = this.#bytes[this.#at]!;
      if (code === 34) {
        this.#at++;
        return undefined;
      }
      if (code < 32) return this.#invalid("in string literal");
      if (code !== 92) continue;
      this.#at++;
      if (this.#at >= this.#bytes.length) return undefined;
      if (!'bfnrt\\/"u'.includes(this.#char())) return this.#invalid("in string escape code");
      if (this.#char() !== "u") continue;
      for (let digit = 0; digit < 4; digit++) {
        this.#at++;
        if (this.#at >= this.#bytes.length) return undefined;
        if (!/[0-9a-fA-F]/.test(this.#char())) {
          return this.#invalid("in \\u hexadecimal character escape");
        }
      }
    }
    return undefined;
  }

  #number(): Problem {
    if (this.#char() === "-") {
      this.#at++;
      if (this.#at < this.#bytes.length && !this.#digits()) {
        return this.#invalid("in numeric literal");
      }
    } else if (this.#char() === "0") this.#at++;
    else this.#digits();
    if (this.#char() === ".") {
      this.#at++;
      if (this.#at < this.#bytes.length && !this.#digits()) {
        return this.#invalid("after decimal point in numeric literal");
      }
    }
    if (/[eE]/.test(this.#char())) {
      this.#at++;
      if (/[+-]/.test(this.#char())) this.#at++;
      if (this.#at < this.#bytes.length && !this.#digits()) {
        return this.#invalid("in exponent of numeric literal");
      }
    }
    return undefined;
  }

  /** Whether there was a digit; a leading zero ends the number. */
  #digits(): boolean {
    const start = this.#at;
    while (/[0-9]/.test(this.#char())) this.#at++;
    return this.#at > start;
  }

  #char(): string {
    const code = this.#bytes[this.#at];
    return code === undefined ? "" : String.fromCharCode(code);
  }

  #skipSpace(): void {
    while (" \t\r\n".includes(this.#char()) && this.#at < this.#bytes.length) this.#at++;
  }

  #invalid(where: string): string {
    return `invalid character ${quoted(this.#char())} ${where}`;
  }
}

/** A byte as Go quotes it between single quotes. */
function quoted(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  const code = char.charCodeAt(0);
  const named = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
    92: "\\\\",
  }[code];
  if (named !== undefined) return `'${named}'`;
  if (code < 32 || code === 127) return `'\\x${code.toString(16).padStart(2, "0")}'`;
  if (code > 127 && (code < 161 || code === 173)) return `'\\u00${code.toString(16)}'`;
  return `'${char}'`;
}
