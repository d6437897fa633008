// Expected texts are what kube-apiserver 1.37 wrote.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseYaml } from "./yaml.ts";
import { writeYaml } from "./yaml-write.ts";

const shown: readonly (readonly [text: string, yaml: string])[] = [
  ["n", '"n"'],
  ["y", '"y"'],
  ["N", '"N"'],
  ["Y", '"Y"'],
  ["yes", '"yes"'],
  ["no", '"no"'],
  ["on", '"on"'],
  ["off", '"off"'],
  ["true", '"true"'],
  ["null", '"null"'],
  ["~", '"~"'],
  ["", '""'],
  ["1", '"1"'],
  ["1.5", '"1.5"'],
  ["0x1f", '"0x1f"'],
  ["0o17", '"0o17"'],
  ["017", '"017"'],
  ["1e3", '"1e3"'],
  [".5", '".5"'],
  [".", "."],
  ["-", "'-'"],
  ["- a", "'- a'"],
  ["a: b", "'a: b'"],
  ["a #b", "'a #b'"],
  ["#a", "'#a'"],
  ["@a", "'@a'"],
  ["`a", "'`a'"],
  ["%a", "'%a'"],
  ["&a", "'&a'"],
  ["*a", "'*a'"],
  ["!a", "'!a'"],
  ["|", "'|'"],
  [">", "'>'"],
  ["> a", "'> a'"],
  ["? a", "'? a'"],
  ["?", "'?'"],
  ["{a", "'{a'"],
  ["[a", "'[a'"],
  ["a]", "a]"],
  ["'a", "'''a'"],
  ['"a', "'\"a'"],
  ["a\nb", "|-\n    a\n    b"],
  ["a\nb\n", "|\n    a\n    b"],
  ["\na", "|2-\n\n    a"],
  [" a", "' a'"],
  ["a ", "'a '"],
  ["\t", '"\\t"'],
  ["a\tb", '"a\\tb"'],
  ["\u00e9", "\u00e9"],
  ["\u2603", "\u2603"],
  ["\u0007", '"\\a"'],
  ["1:30", '"1:30"'],
  ["12:30:45", '"12:30:45"'],
  ["2001-01-01", '"2001-01-01"'],
  ["0b1", '"0b1"'],
  ["=", "="],
  ["<<", "<<"],
  ["1_000", '"1_000"'],
  [".inf", '".inf"'],
  [".nan", '".nan"'],
  ["NaN", "NaN"],
  ["-.inf", '"-.inf"'],
  [
    "word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word ",
    "'word word word word word word word word word word word word word word word\n    word word word word word word word word word word word word word word word word\n    word word word word word word word word word '",
  ],
  ["a\\b", "a\\b"],
  ["it's", "it's"],
  ["a: ", "'a: '"],
  ["a:", "'a:'"],
  ["true ", "'true '"],
  ["\u2028", "'\u2028'"],
  ["\ud83d\ude00", '"\\U0001F600"'],
  ["null ", "'null '"],
  ["Null", '"Null"'],
  ["NULL", '"NULL"'],
  ["TRUE", '"TRUE"'],
  ["a,b", "a,b"],
  ["--- a", "'--- a'"],
  ["---", "'---'"],
  ["...", "'...'"],
  ["a\r\nb", '"a\\r\\nb"'],
  ["line1\n  line2\n", "|\n    line1\n      line2"],
  ["\n", "|2+\n"],
  ["\n\n", "|2+\n\n"],
  ["trail \nx", '"trail \\nx"'],
];

test("a text is quoted where a reader would take it for something else", () => {
  for (const [text, yaml] of shown) {
    assert.equal(
      writeYaml({ data: { k00: text } }),
      `data:\n  k00: ${yaml}\n`,
      JSON.stringify(text),
    );
  }
});

test("lists stand below their key, keys in their natural order", () => {
  const object = {
    b10: { c: [], d: {} },
    b9: [{ x: 1, a: [[1, "2"], []] }, "y", null, true, 1.5, 9007199254740993n],
    no: "no",
    [`${"long".repeat(40)}`]: 1,
  };
  assert.equal(
    writeYaml(object),
    `b9:
- a:
  - - 1
    - "2"
  - []
  x: 1
- "y"
- null
- true
- 1.5
- 9007199254740993
b10:
  c: []
  d: {}
? ${"long".repeat(40)}
: 1
"no": "no"
`,
  );
});

test("what is written is read as it was", () => {
  const text = fc.string({ unit: fc.constantFrom(..."abx_ 01:#-\"'\\{}[],&*?|>%@.\n\té") });
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text))), (value) => {
      const { value: read } = parseYaml(Buffer.from(writeYaml(value)));
      assert.deepEqual(read, { ...value });
    }),
    { examples: [[{ "": ["0b_", "-0x__", "0_", "0b", ".0_", "-._0"] }]] },
  );
});
