// Whatever is written as an expression: it is taken or refused, it gives a value or fails, and nothing else happens.
import { before, test } from "node:test";
import * as fc from "fast-check";
import { loadPatterns } from "../custom-pattern.ts";
import { bool, dyn, int, listOf, mapOf, string, struct } from "./cel-type.ts";
import { allFunctions, environment } from "./environment.ts";
import { CelError, CelSyntaxError } from "./error.ts";
import { estimateCost } from "./estimate.ts";
import { compileExpression } from "./evaluate.ts";
import type { CelValue } from "./values.ts";

before(loadPatterns);

const names = [...allFunctions.keys()].filter((name) => /^[a-zA-Z.]+$/.test(name));
const types = { n: int, s: string, b: bool, l: listOf(string, 5), m: mapOf(string, int), d: dyn };
const self = struct("self", (name) => types[name as keyof typeof types]);
const value: CelValue = new Map<CelValue, CelValue>([
  ["n", 3n],
  ["s", "a\u{1f600}b"],
  ["b", true],
  ["l", ["x", "y"]],
  ["m", new Map([["k", 1n]])],
  ["d", 1.5],
]);
const all = environment({ self }, { functions: allFunctions, binds: true });

/** Takes, estimates and runs it; throws what nobody expects. */
function tryOut(source: string): void {
  try {
    const { expression, checked, run } = compileExpression(source, all);
    estimateCost(expression, checked, self);
    run({ self: value }, { cost: 0 });
  } catch (error) {
    if (!(error instanceof CelError || error instanceof CelSyntaxError)) throw error;
  }
}

const words = fc.constantFrom(
  ...["self", ".", "n", "s", "l", "m", "d", "(", ")", "[", "]", "{", "}", ",", ":", "?", "==", "!"],
  ...[
    "&&",
    "||",
    "+",
    "-",
    "/",
    "%",
    "in",
    "<",
    "1",
    "0",
    "2u",
    "0.5",
    "'a'",
    "b'x'",
    "null",
    "true",
  ],
  ...[
    "all",
    "exists",
    "map",
    "filter",
    "x",
    "has",
    "optMap",
    "\\",
    "`",
    '"',
    "'",
    "😀",
    "\n",
    "//",
  ],
);

test("hostile expressions: words in any order", () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 24 }), (list) => tryOut(list.join(" "))),
    { numRuns: 800 },
  );
});

const leaf = fc.constantFrom(
  ...["self.n", "self.s", "self.b", "self.l", "self.m", "self.d", "1", "-9223372036854775808", "0"],
  ...["0u", "1.5", "'a'", "''", "b'a'", "null", "[]", "{}", "[1, 2]", "duration('1h')", "x"],
  ...["timestamp('2026-01-01T00:00:00Z')", "optional.none()", "type(1)", "quantity('1k')"],
);
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc
      .tuple(
        tie("tree"),
        fc.constantFrom("+", "-", "*", "/", "%", "==", "<", "&&", "||", "in"),
        tie("tree"),
      )
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc
      .tuple(fc.constantFrom(...names), fc.array(tie("tree"), { maxLength: 3 }))
      .map(([name, args]) => `${name}(${args.join(", ")})`),
    fc
      .tuple(tie("tree"), fc.constantFrom(...names), fc.array(tie("tree"), { maxLength: 2 }))
      .map(([of, name, args]) => `${of}.${name.split(".").at(-1)}(${args.join(", ")})`),
    fc
      .tuple(
        tie("tree"),
        fc.constantFrom("all", "exists", "map", "filter", "exists_one"),
        tie("tree"),
      )
      .map(([of, macro, body]) => `${of}.${macro}(x, ${body})`),
    fc.tuple(tie("tree"), tie("tree")).map(([of, index]) => `dyn(${of})[${index}]`),
    tie("tree").map((of) => `dyn(${of})`),
  ),
}));

test("hostile expressions: functions on values of all types", () => {
  fc.assert(fc.property(tree, tryOut), { numRuns: 1200 });
});
