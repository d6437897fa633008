import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonText, quoted } from "./quoted.ts";

test("strings are quoted as upstream does", () => {
  const rows: [string, string][] = [
    ["", '""'],
    ["a b", '"a b"'],
    ['say "x" \\', '"say \\"x\\" \\\\"'],
    ["a\u0007\b\f\n\r\t\v", '"a\\a\\b\\f\\n\\r\\t\\v"'],
    ["\u0000\u007f", '"\\x00\\x7f"'],
    ["é日☃😀", '"é日☃😀"'],
    ["\u200b\u00a0", '"\\u200b\\u00a0"'],
    ["\u{e0001}", '"\\U000e0001"'],
    ["<&>", '"<&>"'],
    ["a\ud800", '"a\ufffd"'],
  ];
  for (const [text, shown] of rows) assert.equal(quoted(text), shown);
});

test("other values are JSON that is safe inside HTML", () => {
  assert.equal(
    jsonText({ a: ["<b>&\u2028"], c: 1 }),
    '{"a":["\\u003cb\\u003e\\u0026\\u2028"],"c":1}',
  );
  assert.equal(jsonText(undefined), "null");
  assert.equal(jsonText({ a: [12345678901234567890n] }), '{"a":[12345678901234567890]}');
});
