import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode } from "./decode.ts";
import { OddNumber } from "./decode-place.ts";
import { shapeOf } from "./facts.ts";
import { duplicateFields, readJson } from "./scan.ts";

const utf8 = new TextEncoder();
const read = (text: string) => readJson(utf8.encode(text), { duplicates: true });
const pod = shapeOf("io.k8s.api.core.v1.Pod");

const malformed: readonly (readonly [string, string])[] = [
  ["", "unexpected end of JSON input"],
  ['{"apiVersion": ', "unexpected end of JSON input"],
  ["[1,2", "unexpected end of JSON input"],
  ["1.", "unexpected end of JSON input"],
  ["\x1f", "invalid character '\\x1f' looking for beginning of value"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ["trux", "invalid character 'x' in literal true (expecting 'e')"],
  ['"a\u0001"', "invalid character '\\x01' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ["-x", "invalid character 'x' in numeric literal"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ["1e+x", "invalid character 'x' in exponent of numeric literal"],
  ["01", "invalid character '1' after top-level value"],
  ["{'a'", "invalid character '\\'' looking for beginning of object key string"],
  ["[".repeat(10_001) + "]".repeat(10_001), "exceeded max depth"],
];

test("malformed text is refused in the words of Go's scanner", () => {
  for (const [text, message] of malformed) {
    assert.throws(() => read(text), { name: "DecodeError", message }, text.slice(0, 40));
  }
});

test("what JSON.parse reads is read alike, and what it refuses is refused", () => {
  const piece = fc.constantFrom(...'{}[],:"\\ 0123.eE-+truefalsn\n');
  const text = fc.oneof(
    fc.json(),
    fc.array(piece).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (source) => {
      let expected: string | undefined;
      try {
        expected = JSON.stringify(JSON.parse(source));
      } catch {
        assert.throws(() => read(source), { name: "DecodeError" });
        return;
      }
      const asText = (_: string, value: unknown) =>
        value instanceof OddNumber || typeof value === "bigint" ? 0 : value;
      const seen = JSON.stringify(read(source).value, asText);
      if (!read(source).exact) assert.equal(seen, expected);
    }),
    { numRuns: 500 },
  );
});

test("duplicate keys are found, and only those that a decoder would see are named", () => {
  const { duplicates } = read(
    '{"x":{"a":1,"a":2},"metadata":{"name":"x","na\\u006de":"y"},"spec":{"containers":[{"name":"a"},{"name":"a","name":"b"}]},"metadata":{}}',
  );
  assert.deepEqual(duplicateFields(duplicates), [
    "x.a",
    "metadata.name",
    "spec.containers[1].name",
    "metadata",
  ]);
  assert.deepEqual(duplicateFields(duplicates, pod), [
    "metadata.name",
    "spec.containers[1].name",
    "metadata",
  ]);
  assert.deepEqual(readJson(utf8.encode('{"a":1,"a":2}'), { duplicates: false }).duplicates, []);
});

test("integers keep every digit, and numbers that are no integers to upstream are refused as such", () => {
  const decoded = (number: string) => {
    const { value, exact } = read(`{"spec":{"terminationGracePeriodSeconds":${number}}}`);
    return (decode(pod, value, { exact }).object["spec"] as Record<string, unknown>)[
      "terminationGracePeriodSeconds"
    ];
  };
  assert.equal(decoded("9223372036854775807"), 9223372036854775807n);
  assert.equal(decoded("30"), 30);
  for (const number of ["9223372036854775808", "1.0", "3e1", "1e999"]) {
    assert.throws(() => decoded(number), {
      message: new RegExp(`number ${number.replace(".", "\\.")} into`),
    });
  }
});

test("a number of an odd form is no object", () => {
  const { value, exact } = read('{"spec":1.0}');
  assert.throws(() => decode(pod, value, { exact }), {
    message: "json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec",
  });
});

test("broken text encodings become the replacement character", () => {
  const bytes = Uint8Array.from([0x22, 0x61, 0xff, 0x22]);
  assert.equal(readJson(bytes, { duplicates: false }).value, "a\ufffd");
  assert.equal(read('"\\ud800"').value, "\ufffd");
  assert.equal(read('"\\ud83d\\ude00"').value, "\u{1f600}");
});
