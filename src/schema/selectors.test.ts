import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeValue, exactField, matchesFields, parseFieldSelector } from "./field-selectors.ts";
import {
  checkLabelSelector,
  hasInvalidValue,
  matchesLabels,
  nothing,
  parseLabelSelector,
  printSelection,
  selectionFrom,
  selectionOf,
} from "./selectors.ts";

test("label selectors are read, printed in canonical form and matched", () => {
  const labels = { app: "web", tier: "b", n: "5", empty: "" };
  const rows: [string, string, boolean][] = [
    ["", "", true],
    [" tier in ( b,a ), app = web ", "app=web,tier in (a,b)", true],
    ["app==db", "app==db", false],
    ["app!=db,none!=x", "app!=db,none!=x", true],
    ["app!=web", "app!=web", false],
    ["tier notin (b)", "tier notin (b)", false],
    ["n>9223372036854775807", "n>9223372036854775807", false],
    ["app,!none", "app,!none", true],
    ["!app", "!app", false],
    ["tier notin (a)", "tier notin (a)", true],
    ["none notin (a)", "none notin (a)", true],
    ["none in (a)", "none in (a)", false],
    ["n>4,n<6", "n>4,n<6", true],
    ["n>5", "n>5", false],
    ["app>1", "app>1", false],
    ["empty=", "empty=", true],
    ["empty in ()", "empty in ()", true],
    ["empty in (,x)", "empty in (,x)", true],
    ["in in (in),app=in", "app=in,in in (in)", false],
    ["constructor", "constructor", false],
  ];
  for (const [text, canonical, matches] of rows) {
    const selection = parseLabelSelector(text);
    assert.equal(printSelection(selection), canonical, text);
    assert.equal(matchesLabels(selection, labels), matches, text);
  }
  assert.equal(matchesLabels(parseLabelSelector("!a"), undefined), true);
});

test("what is no label selector is refused in upstream's words", () => {
  const rows: [string, string][] = [
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a,", "found '', expected: identifier after ','"],
    [",a", "found ',', expected: !, identifier, or 'end of string'"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["a=(", "unable to parse requirement: found '(', expected: identifier"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ["!!a", "unable to parse requirement: found '!', expected: identifier"],
    [
      "a>b",
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    [
      "/a",
      'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty',
    ],
    [
      `a=${"b".repeat(64)}`,
      `unable to parse requirement: values[0][a]: Invalid value: "${"b".repeat(64)}": must be no more than 63 bytes`,
    ],
  ];
  for (const [text, message] of rows) {
    assert.throws(
      () => parseLabelSelector(text),
      { code: 400, reason: "BadRequest", message },
      text,
    );
  }
});

test("selectors in a spec select by labels and expressions; none selects nothing", () => {
  const selection = selectionFrom({
    matchLabels: { b: "1" },
    matchExpressions: [
      { key: "a", operator: "In", values: ["y", "x"] },
      { key: "c", operator: "DoesNotExist" },
    ],
  });
  assert.equal(printSelection(selection), "a in (x,y),b=1,!c");
  assert.ok(matchesLabels(selection, { a: "x", b: "1" }));
  assert.ok(!matchesLabels(selection, { a: "x", b: "1", c: "" }));
  assert.equal(selectionFrom(undefined), nothing);
  assert.ok(!matchesLabels(nothing, {}) && printSelection(nothing) === "");
  assert.ok(matchesLabels(selectionFrom({}), {}));
  assert.equal(printSelection(selectionOf({ b: "2", a: "1" })), "a=1,b=2");
  assert.throws(() => selectionFrom({ matchExpressions: [{ key: "a", operator: "Is" }] }), {
    message: '"Is" is not a valid label selector operator',
  });
});

test("rules of a selector in a spec", () => {
  const bad = {
    matchLabels: { "": "x" },
    matchExpressions: [
      { key: "a", operator: "In" },
      { key: "a", operator: "Exists", values: ["x"] },
      { key: "a", operator: "Is" },
      { key: "a", operator: "NotIn", values: ["ok", "not ok"] },
    ],
  };
  const fields = checkLabelSelector("spec.selector", bad).map(
    (c) => `${c.field}: ${c.message.slice(0, 40)}`,
  );
  assert.deepEqual(fields, [
    'spec.selector.matchLabels: Invalid value: "": name part must be non',
    'spec.selector.matchLabels: Invalid value: "": name part must consis',
    "spec.selector.matchExpressions[0].values: Required value: must be specified when `",
    "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `op",
    'spec.selector.matchExpressions[2].operator: Invalid value: "Is": not a valid selecto',
    'spec.selector.matchExpressions[3].values[1]: Invalid value: "not ok": a valid label m',
  ]);
  assert.ok(hasInvalidValue(bad));
  assert.equal(checkLabelSelector("f", bad, { keepsValues: true }).length, 5);
  assert.deepEqual(checkLabelSelector("f", undefined), []);
});

test("field selectors are read, printed and matched", () => {
  const rows: [string, string, boolean][] = [
    ["", "", true],
    ["spec.nodeName=n,metadata.name!=b", "metadata.name!=b,spec.nodeName=n", true],
    ["spec.nodeName==n", "spec.nodeName=n", true],
    ["spec.nodeName!=n", "spec.nodeName!=n", false],
    ["a=x\\,y\\=\\\\", "a=x\\,y\\=\\\\", true],
    [",,a=x,", "a=x", false],
    ["gone=", "gone=", true],
    ["=", "", true],
  ];
  const values: Record<string, string> = {
    "spec.nodeName": "n",
    "metadata.name": "a",
    a: "x,y=\\",
  };
  for (const [text, canonical, matches] of rows) {
    const selection = parseFieldSelector(text);
    const printed = selection
      .map((r) => `${r.field}${r.operator}${escapeValue(r.value)}`)
      .join(",");
    assert.equal(printed, canonical, text);
    assert.equal(
      matchesFields(selection, (f) => values[f] ?? ""),
      matches,
      text,
    );
  }
  assert.equal(exactField(parseFieldSelector("a=1,b!=2"), "a"), "1");
  assert.equal(exactField(parseFieldSelector("a=1,b!=2"), "b"), undefined);
});

test("what is no field selector is refused in upstream's words", () => {
  const rows: [string, string][] = [
    ["a", "invalid selector: 'a'; can't understand 'a'"],
    ["a=b=c", "invalid field selector: unescaped character in value: 61"],
    ["a=\\b", "invalid field selector: invalid escape sequence: \\b"],
    ["a=\\", "invalid field selector: invalid escape sequence: \\"],
  ];
  for (const [text, message] of rows) {
    assert.throws(() => parseFieldSelector(text), { code: 400, message }, text);
  }
});
