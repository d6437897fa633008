import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadPatterns } from "../custom-pattern.ts";
import { CelError } from "./error.ts";
import { compileExpression } from "./evaluate.ts";
import { CelSyntaxError } from "./lexer.ts";
import type { CelValue } from "./values.ts";

before(loadPatterns);

const self = new Map<CelValue, CelValue>([
  ["replicas", 3n],
  ["ratio", 0.5],
  ["name", "web"],
  ["tags", ["a", "b", "c"]],
  ["labels", new Map<CelValue, CelValue>([["app", "web"]])],
]);

const run = (source: string): CelValue => compileExpression(source).run({ self }, { cost: 0 });

const holding = [
  "self.replicas == 3 && self.name == 'web'",
  "self.replicas + 1 > 3",
  "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9",
  "-7 / 2 == -3 && -7 % 2 == -1",
  "self.ratio * 2.0 == 1.0 && dyn(1) == 1.0",
  "has(self.name) && !has(self.other)",
  "has(self.other) ? self.other == 1 : true",
  "self.tags.all(t, t.size() == 1)",
  "self.tags.exists(t, t == 'b') && self.tags.exists_one(t, t > 'b')",
  "self.tags.map(t, t + '!') == ['a!', 'b!', 'c!']",
  "self.tags.filter(t, t != 'b').size() == 2",
  "self.tags.map(t, t != 'b', t) == ['a', 'c']",
  "self.tags.all(i, t, i < 3 && t <= 'c')",
  "'a' in self.tags && 'app' in self.labels && !('x' in self.labels)",
  "self.labels['app'] == 'web' && self.labels.app == 'web'",
  "self.labels.all(key, key.startsWith('a'))",
  "self.tags[0] == 'a' && self.tags[2] == 'c'",
  "self.name.matches('^[a-z]+$') && matches(self.name, 'e')",
  "self.name.upperAscii() == 'WEB' && 'a,b'.split(',') == ['a', 'b']",
  "'hello'.substring(1, 3) == 'el' && 'hello'.replace('l', 'L') == 'heLLo'",
  "'%s has %d'.format([self.name, self.replicas]) == 'web has 3'",
  "duration('1h') > duration('59m') && timestamp('2026-01-01T00:00:00Z').getFullYear() == 2026",
  "quantity('1Gi').isGreaterThan(quantity('1G')) && isQuantity('5m') && !isQuantity('x')",
  "isIP('10.0.0.1') && !isIP('10.0.0') && isCIDR('10.0.0.0/8')",
  "self.?other.orValue(7) == 7 && self.?replicas.orValue(7) == 3",
  "quantity('-1').sub(1).add(quantity('3')).asInteger() == 1 && sign(quantity('-1')) == -1",
  "self.missing == 1 || true",
  "true || self.missing == 1",
  "!(false && self.missing == 1)",
  "[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && ['a', 'b'].isSorted()",
  "{'a': 1, 'b': 2}.size() == 2",
  "r'\\d' == '\\\\d' && \"\\u0041\" == 'A'",
  "string(5) == '5' && int('5') == 5 && double('0.5') == 0.5",
  "type(1) == int && type('') == string",
  "cidr('10.0.0.0/8').containsIP('10.1.2.3') && ip('::1').isLoopback() && ip('10.0.0.1').family() == 4",
  "url('https://a.b:8080/x?y=1').getPort() == '8080' && !isURL('a b')",
  "semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('v1.2', true) && !isSemver('1.2')",
  "!format.dns1123Label().validate('a-b').hasValue() && format.named('uuid').hasValue()",
  "[[1, 2], [3]].flatten() == [1, 2, 3] && [3, 1, 2].sort() == [1, 2, 3] && lists.range(3) == [0, 1, 2]",
  "self.tags.sortBy(t, t == 'b' ? 0 : 1) == ['b', 'a', 'c'] && self.tags.first().value() == 'a'",
  "self.tags.transformMap(i, t, i > 0, t + t) == {1: 'bb', 2: 'cc'}",
  "self.?name.optMap(n, n + '!').orValue('') == 'web!' && [?self.?other, 1] == [1]",
  "'ab12c3'.findAll('[0-9]+') == ['12', '3'] && 'ab12'.find('[0-9]+') == '12'",
  "timestamp('2026-01-01T00:00:00Z').getHours('Europe/Paris') == 1",
  "1.5 > 1 && dyn(1u) in [1] && {1: 'a'}[dyn(1u)] == 'a'",
  "sets.contains(self.tags, ['a', 'c']) && sets.intersects(self.tags, ['z', 'b'])",
];

for (const source of holding) {
  test(`holds: ${source}`, () => assert.equal(run(source), true));
}

const failing: [source: string, message: string][] = [
  ["self.missing == 1", "no such key: missing"],
  ["self.tags[9] == 'a'", "index out of bounds: 9"],
  ["self.replicas / 0 == 1", "division by zero"],
  ["9223372036854775807 + 1 > 0", "integer overflow"],
  ["self.name + dyn(1) == 'x'", "no such overload"],
  ["self.name > 5", "no such overload"],
  [
    "sign(quantity('x')) == 1",
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  ["'abc'.substring(2, 1) == ''", "invalid substring range. start: 2, end: 1"],
  ["int('x') == 1", "type conversion error from 'string' to 'int'"],
  [
    "cidr('10.0.0.0/99') == cidr('::/0')",
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0/99"): prefix length out of range',
  ],
  [
    "ip('1.2.3.444').family() == 4",
    'IP Address "1.2.3.444" parse error during conversion from string: ParseAddr("1.2.3.444"): IPv4 field has value >255',
  ],
];

for (const [source, message] of failing) {
  test(`fails: ${source}`, () =>
    assert.throws(
      () => run(source),
      (error) => error instanceof CelError && error.message === message,
    ));
}

for (const source of [
  "self.",
  "self.a ==",
  "(self",
  "self.all(",
  "a ? b",
  "1 +* 2",
  "'open",
  "has(self)",
]) {
  test(`is no expression: ${source}`, () =>
    assert.throws(() => compileExpression(source), CelSyntaxError));
}

test("an unknown function is found before it is called", () => {
  assert.throws(() => compileExpression("self.explode()"), /undeclared reference to 'explode'/);
});

test("an expression that takes too long is stopped", () => {
  const all = Array.from({ length: 1000 }, (_, at) => BigInt(at));
  const program = compileExpression("self.all(a, self.all(b, self.all(c, a + b + c >= 0)))");
  const spent = { cost: 0 };
  assert.throws(() => program.run({ self: all }, spent), /actual cost limit exceeded/);
  assert.ok(spent.cost < 1_100_000);
});

test("deep nesting is refused, not overflowed", () => {
  assert.throws(() => compileExpression(`${"(".repeat(5000)}1${")".repeat(5000)}`), CelSyntaxError);
  assert.throws(() => compileExpression(`${"[".repeat(5000)}1${"]".repeat(5000)}`), CelSyntaxError);
  assert.throws(
    () => compileExpression(`${"a.map(a, ".repeat(5000)}1${")".repeat(5000)}`),
    /recursion/,
  );
  for (const chain of [
    Array(5000).fill("1").join(" + "),
    `self${".a".repeat(5000)}`,
    `self${"[0]".repeat(5000)}`,
    `self${".f()".repeat(5000)}`,
  ])
    assert.throws(() => compileExpression(chain), /max recursion depth exceeded/);
  assert.equal(run(`${"!".repeat(5000)}true`), true);
  assert.equal(run(Array(5000).fill("true").join(" && ")), true);
});
