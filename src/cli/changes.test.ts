import assert from "node:assert/strict";
import { test } from "node:test";
import { changesBetween } from "./changes.ts";

const rows: [string, unknown, unknown, string[]][] = [
  ["nothing", { a: { b: 1 } }, { a: { b: 1 } }, []],
  ["a value", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, ["  spec.replicas: 1 → 2"]],
  ["a new field", { a: 1 }, { a: 1, b: { c: "x" } }, ['+ b.c: "x"']],
  ["a field that goes", { a: 1, b: [1, 2] }, { a: 1 }, ["- b: [1,2]"]],
  ["items", { a: [{ n: 1 }, { n: 2 }] }, { a: [{ n: 1 }, { n: 3 }] }, ["  a[1].n: 2 → 3"]],
  ["an item more", { a: [1] }, { a: [1, 2] }, ["+ a[1]: 2"]],
  ["another type", { a: { b: 1 } }, { a: [1] }, ['  a: {"b":1} → [1]']],
  ["an empty map", {}, { a: {} }, ["+ a: {}"]],
  ["the first version", undefined, { kind: "X", a: { b: 1 } }, ['+ kind: "X"', "+ a.b: 1"]],
  [
    "noise",
    { metadata: { resourceVersion: "1", managedFields: [1] } },
    { metadata: { resourceVersion: "2", managedFields: [2] } },
    [],
  ],
];

for (const [name, before, after, told] of rows)
  test(`changes: ${name}`, () => assert.deepEqual(changesBetween(before, after), told));
