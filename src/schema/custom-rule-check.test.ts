import assert from "node:assert/strict";
import { before, test } from "node:test";
import { costProblem, ruleCostMax } from "./custom-expression-cost.ts";
import { ruleFieldPath } from "./custom-field-path.ts";
import { loadPatterns } from "./custom-pattern.ts";
import { checkRule } from "./custom-rule-check.ts";
import type { JSONSchemaProps } from "./types/apiextensions-v1.ts";

before(loadPatterns);

const text = (maxLength?: number): JSONSchemaProps => ({
  type: "string",
  ...(maxLength !== undefined && { maxLength }),
});
const list = (items: JSONSchemaProps, maxItems?: number): JSONSchemaProps => ({
  type: "array",
  items,
  ...(maxItems !== undefined && { maxItems }),
});

const many = 3_000_000;
const schema: JSONSchemaProps = {
  type: "object",
  properties: {
    n: { type: "integer" },
    s: text(),
    ip: text(64),
    list: list(text()),
    parts: list({ type: "object", properties: { k: text(10), v: { type: "integer" } } }, 20),
    map: { type: "object", additionalProperties: text(10), maxProperties: 10 },
    either: { "x-kubernetes-int-or-string": true },
    time: { type: "string", format: "date-time" },
    "a-b": { type: "integer" },
    numbers: list({ type: "integer" }, many),
    words: list(text(5), many),
  },
};

const problem = (rule: string): string | undefined => {
  const found = checkRule({ rule }, { schema, root: false, cardinality: 1 });
  const costly = costProblem("cost", found.ruleCost, ruleCostMax);
  return found.ruleProblem ?? costly?.replace(/ \(.*/, "");
};

test("rules: what types allow is taken", () => {
  const good = [
    "self.n > 1 && self.a__dash__b == 1 && has(self.s)",
    "self.parts.all(p, p.v > 1 && p.k != '')",
    "self.map.all(k, self.map[k] == k)",
    "self.either == 1 || self.either.startsWith('a')",
    "type(self.either) == int",
    "self.time > timestamp('2020-01-01T00:00:00Z')",
    "isIP(self.ip) && ip(self.ip).family() == 4",
    "self.?n.orValue(1) == 1 && self.n in [1, 2]",
    "self.s.matches('^a.*b$')",
    "quantity(self.s).isGreaterThan(quantity('1'))",
  ];
  for (const rule of good) assert.equal(problem(rule), undefined, rule);
});

/** Each was told so by the real API server. */
const wrong: readonly [rule: string, at: string, message: string][] = [
  ["self.n == 'x'", "1:8", "found no matching overload for '_==_' applied to '(int, string)'"],
  ["self.s.foo == 1", "1:7", "type 'string' does not support field selection"],
  ["self.zzz == 1", "1:5", "undefined field 'zzz'"],
  ["foo(1)", "1:4", "undeclared reference to 'foo' (in container '')"],
  [
    "self.list.all(x, x > 1)",
    "1:20",
    "found no matching overload for '_>_' applied to '(string, int)'",
  ],
  ["self.list.all(1, true)", "1:15", "argument must be a simple name"],
  [
    "self.n.all(x, true)",
    "1:5",
    "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
  ],
  ["self.n.size() == 1", "1:12", "found no matching overload for 'size' applied to 'int.()'"],
  ["(self.n == 1", "1:13", "Syntax error: missing ')' at '<EOF>'"],
  ["self.n == 1)", "1:12", "Syntax error: extraneous input ')' expecting <EOF>"],
  ["self.", "1:6", "Syntax error: no viable alternative at input '.'"],
  ["self..n", "1:6", "Syntax error: no viable alternative at input '..'"],
  ["[1,", "1:4", "Syntax error: missing ']' at '<EOF>'"],
  [
    "size(",
    "1:6",
    "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  ["self.n = 1", "1:8", "Syntax error: token recognition error at: '= '"],
  ["self.n == 1u", "1:8", "found no matching overload for '_==_' applied to '(int, uint)'"],
  ["timestamp('x') > self.time", "1:11", "invalid timestamp argument"],
  ["self.s.matches('(')", "1:16", "invalid matches argument"],
  ["self.for == 1", "1:5", "undefined field 'for'"],
  ["as == 1", "1:1", "reserved identifier: as"],
  ["[1, 'a'] == [1]", "1:5", "expected type 'int' but found 'string'"],
  ["has(self)", "1:5", "invalid argument to has() macro"],
  ["99999999999999999999 == 1", "1:1", "invalid int literal"],
];

for (const [rule, at, message] of wrong) {
  test(`rules: ${rule} is refused`, () => {
    const [first = ""] = (problem(rule) ?? "").split("\n");
    assert.equal(first, `compilation failed: ERROR: <input>:${at}: ${message}`);
  });
}

test("rules: every problem is told, each with its place", () => {
  assert.equal(
    problem("self.yyy == 1 &&\n  self.zzz == 1"),
    "compilation failed: ERROR: <input>:1:5: undefined field 'yyy'\n | self.yyy == 1 &&\n | ....^\n" +
      "ERROR: <input>:2:7: undefined field 'zzz'\n |   self.zzz == 1\n | ......^",
  );
  assert.equal(problem("self.n"), "cel expression must evaluate to a bool");
});

/** Upstream's factors. */
const costly: readonly [rule: string, factor: string][] = [
  ["self.numbers.all(x, x > 1)", "1.5x"],
  ["self.numbers.exists(x, x == 1)", "1.5x"],
  ["self.numbers.map(x, x + 1).size() > 0", "4.2x"],
  ["self.list.all(a, self.list.all(b, a == b))", "more than 100x"],
  ["self.words.all(x, x.matches('^a+$'))", "2.1x"],
  ["self.numbers.distinct().size() > 1", "more than 100x"],
  ["sets.equivalent(self.numbers, [1, 2, 3])", "1.8x"],
];

for (const [rule, factor] of costly) {
  test(`rules: ${rule} may cost too much`, () =>
    assert.equal(problem(rule), `cost exceeds budget by factor of ${factor}`));
}

test("rules: a rule within a list without a bound may be asked as often as a request has room for it", () => {
  const rule = { rule: "self.contains('a')" };
  const cost = (cardinality: number | undefined) =>
    checkRule(rule, { schema: text(10), root: false, cardinality }).ruleCost;
  assert.equal(cost(undefined) / cost(1), Math.floor((3 * 1024 * 1024) / 3));
});

test("rules: messages are texts, and old values are told", () => {
  const asked = { schema, root: false, cardinality: 1 };
  const { messageProblem } = checkRule({ rule: "true", messageExpression: "self.n" }, asked);
  assert.equal(messageProblem, "messageExpression must evaluate to a string");
  assert.equal(checkRule({ rule: "self == oldSelf" }, asked).usesOldSelf, true);
  const optional = { rule: "oldSelf.n == self.n", optionalOldSelf: true };
  assert.match(checkRule(optional, asked).ruleProblem ?? "", /'\(optional_type\(int\), int\)'/);
});

test("rules: the path of a field leads through objects and maps, not through lists", () => {
  const paths: readonly [string, string | undefined][] = [
    [".n", "n"],
    [".a-b", "a-b"],
    [".map['x.y']", "map[x.y]"],
    [".map.x", "map[x]"],
    [".zzz", undefined],
    ["n", undefined],
    [".parts.k", undefined],
    [".map[x]", undefined],
  ];
  for (const [path, told] of paths) assert.equal(ruleFieldPath(path, schema), told, path);
});
