import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze } from "../clone.ts";
import {
  canonicalSet,
  difference,
  type FieldSet,
  forEachPath,
  has,
  intersection,
  noFields,
  recursiveDifference,
  union,
} from "./field-set.ts";
import { compareKeys, printPath } from "./path-key.ts";

const pathsOf = (set: FieldSet): string[] => {
  const paths: string[] = [];
  forEachPath(set, (path) => paths.push(path.join(" ")));
  return paths.sort();
};

const keys = fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', 'v:"y"');
const paths = fc.array(fc.array(keys, { minLength: 1, maxLength: 3 }), { maxLength: 8 });
/** The set of some paths, made one by one. */
const setOf = (list: readonly (readonly string[])[]): FieldSet =>
  list.reduce<FieldSet>(
    (set, path) =>
      union(
        set,
        path.reduceRight<FieldSet>((below, key) => ({ [key]: below }), noFields),
      ),
    noFields,
  );
const sets = paths.map((list) => deepFreeze(setOf(list)));

test("sets are what a list of their paths is", () => {
  fc.assert(
    fc.property(paths, paths, (x, y) => {
      const [a, b] = [setOf(x), setOf(y)];
      const [p, q] = [x, y].map((list) => new Set(list.map((path) => path.join(" "))));
      const sorted = (all: Iterable<string>): string[] => [...all].sort();
      assert.deepEqual(pathsOf(a), sorted(p!));
      assert.deepEqual(pathsOf(union(a, b)), sorted(p!.union(q!)));
      assert.deepEqual(pathsOf(intersection(a, b)), sorted(p!.intersection(q!)));
      assert.deepEqual(pathsOf(difference(a, b)), sorted(p!.difference(q!)));
      const below = (path: string): boolean =>
        [...q!].some((other) => path === other || path.startsWith(`${other} `));
      assert.deepEqual(
        pathsOf(recursiveDifference(a, b)),
        sorted([...p!].filter((path) => !below(path))),
      );
      for (const path of x) assert.ok(has(a, path));
    }),
  );
});

test("an operation that changes nothing answers its argument", () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      assert.equal(union(a, a), a);
      assert.equal(difference(a, noFields), a);
      const both = intersection(a, b);
      assert.deepEqual(union(a, both), a);
      assert.equal(difference(a, difference(b, a)), a);
    }),
  );
});

test("keys are in upstream's order, numbers by value", () => {
  const ordered = [
    "f:a",
    "f:b",
    'k:{"containerPort":80,"protocol":"TCP"}',
    'k:{"containerPort":80,"protocol":"UDP"}',
    'k:{"containerPort":443,"protocol":"TCP"}',
    'k:{"name":"a"}',
    "v:1",
    'v:"a"',
    "v:false",
    "i:2",
    "i:10",
  ];
  assert.deepEqual([...ordered].reverse().sort(compareKeys), ordered);
});

test("paths are printed as upstream prints them", () => {
  const path = ["f:spec", "f:containers", 'k:{"name":"a\\"b","port":80}', "f:args", 'v:"x"', "i:3"];
  assert.equal(printPath(path), '.spec.containers[name="a\\"b",port=80].args[="x"][3]');
});

test("what clients send is brought into canonical form, or refused", () => {
  const sent = {
    "f:b": {},
    "f:a": { ".": {}, "z:unknown": {}, 'k:{"b":1, "a":2}': null },
    ".": {},
  };
  assert.deepEqual(canonicalSet(sent), { "f:a": { ".": {}, 'k:{"a":2,"b":1}': {} }, "f:b": {} });
  assert.deepEqual(Object.keys(canonicalSet(sent)), ["f:a", "f:b"]);
  for (const bad of [
    { a: {} },
    { "": {} },
    { "f:a": 1 },
    { "k:x": {} },
    { "v:": {} },
    { "i:x": {} },
    [],
  ]) {
    assert.throws(() => canonicalSet(bad), JSON.stringify(bad));
  }
  let deep: unknown = {};
  for (let i = 0; i < 10_100; i++) deep = { "f:a": deep };
  assert.throws(() => canonicalSet(deep));
});
