import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "./yaml.ts";

const read = (text: string) => parseYaml(Buffer.from(text));

/** Keys of managed fields are points. */
const dots = { ".": { a: "." }, b: [0.5, 1, -15, 1000, ".e3", "+.", "1.2.3"] };

const values: { text: string; is: unknown }[] = [
  { text: "", is: null },
  { text: "a: 1\nb: [x, 2.5, true, null]\n", is: { a: 1, b: ["x", 2.5, true, null] } },
  { text: "a: 1\n---\nb: 2\n", is: { a: 1 } },
  { text: "a: 2001-01-01\nb: 12:30:45\n", is: { a: "2001-01-01", b: "12:30:45" } },
  { text: "a: yes\nb: off\nc: 0o17\nd: 0x1f\n", is: { a: true, b: false, c: 15, d: 31 } },
  { text: "[0O17, -0o17, 0X1f, 0B11, 0o1_7, 017, 1_000]", is: [15, -15, 31, 3, 15, 15, 1000] },
  { text: ".: {a: .}\nb: [.5, 1., -1.5e1, 1e3, .e3, +., 1.2.3]\n", is: dots },
  { text: "[0o, 0o8, 0x, 0b2]", is: ["0o", "0o8", "0x", "0b2"] },
  { text: "a: &x {b: c}\nd: *x\n", is: { a: { b: "c" }, d: { b: "c" } } },
  { text: "a: &x {b: c}\nd: {<<: *x, e: f}\n", is: { a: { b: "c" }, d: { b: "c", e: "f" } } },
];

for (const { text, is } of values)
  test(`YAML ${JSON.stringify(text)}`, () =>
    assert.deepEqual(JSON.parse(JSON.stringify(read(text).value)), is));

const refused: { text: string; why: string | RegExp }[] = [
  {
    text: "? {a: b}\n: c\n",
    why: 'yaml: invalid map key: map[interface {}]interface {}{"a":"b"}',
  },
  { text: "? [a, 1]\n: c\n", why: 'yaml: invalid map key: []interface {}{"a", 1}' },
  { text: "a: &a [x]\n*a : b\n", why: 'yaml: invalid map key: []interface {}{"x"}' },
  {
    text: "null: c\n",
    why: 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "c"',
  },
  { text: "a: [", why: /./ },
  {
    text: `a: &a [${"x,".repeat(20)}]\nb: &b [${"*a,".repeat(20)}]\nc: [${"*b,".repeat(20)}]\n`,
    why: /alias/i,
  },
];

for (const { text, why } of refused)
  test(`YAML ${JSON.stringify(text.slice(0, 30))} is refused`, () =>
    assert.throws(() => read(text), { message: why }));

test("a key that stands twice is told with its line", () => {
  assert.deepEqual(read("a: 1\nb:\n  c: 2\n  c: 3\na: 4\n").duplicates.toSorted(), [
    'line 4: key "c" already set in map',
    'line 5: key "a" already set in map',
  ]);
});

test("what nests too deep is refused before it is read", () => {
  const deep = /^yaml: exceeded max depth of 500$/;
  for (const text of ["[".repeat(501), "{a: ".repeat(501), `${"- ".repeat(501)}a`])
    assert.throws(() => parseYaml(Buffer.from(text)), { message: deep });
  const long = [
    `${"[".repeat(450)}${"]".repeat(450)}`,
    "- [a]\n".repeat(2000),
    `a: "${"[".repeat(2000)}"`,
    `a: |\n${"  [\n".repeat(2000)}`,
    `--- |\n${"[\n".repeat(2000)}`,
  ];
  for (const text of long) parseYaml(Buffer.from(text));
});
