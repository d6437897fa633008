import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze } from "./clone.ts";
import { applyJsonPatch, operationsMax, unknownPatchFields } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { StatusError } from "./status-error.ts";

const document = deepFreeze({ a: { b: "x", "c/d": 1, "e~f": 2 }, list: [1, 2, 3], nul: null });

test("operations of a JSON patch are done as upstream does them", () => {
  const rows: [unknown[], unknown][] = [
    [[], document],
    [[{ op: "add", path: "/a/b", value: "y" }], { ...document, a: { ...document.a, b: "y" } }],
    [[{ op: "add", path: "/new" }], { ...document, new: null }],
    [[{ op: "add", path: "ignored/new", value: 1 }], { ...document, new: 1 }],
    [[{ op: "add", path: "/list/-", value: 4 }], { ...document, list: [1, 2, 3, 4] }],
    [[{ op: "add", path: "/list/0", value: 0 }], { ...document, list: [0, 1, 2, 3] }],
    [[{ op: "add", path: "/list/-1", value: 4 }], { ...document, list: [1, 2, 3, 4] }],
    [[{ op: "remove", path: "/list/-1" }], { ...document, list: [1, 2] }],
    [[{ op: "remove", path: "/a" }], { list: [1, 2, 3], nul: null }],
    [
      [{ op: "replace", path: "/a/c~1d", value: 9 }],
      { ...document, a: { ...document.a, "c/d": 9 } },
    ],
    [[{ op: "replace", path: "/gone", value: 9 }], { ...document, gone: 9 }],
    [[{ op: "replace", path: "", value: { z: 1 } }], { z: 1 }],
    [
      [{ op: "move", from: "/a/b", path: "/b" }],
      { ...document, b: "x", a: { "c/d": 1, "e~f": 2 } },
    ],
    [
      [{ op: "copy", from: "/list", path: "/a/l" }],
      { ...document, a: { ...document.a, l: [1, 2, 3] } },
    ],
    [[{ op: "copy", from: "/gone", path: "/b" }], { ...document, b: null }],
    [[{ op: "test", path: "/a/e~0f", value: 2 }], document],
    [[{ op: "test", path: "/gone", value: null }], document],
    [[{ op: "test", path: "/nul" }], document],
    [[{ op: "test", path: "", value: document }], document],
  ];
  for (const [patch, result] of rows) {
    assert.deepEqual(applyJsonPatch(document, patch), result, JSON.stringify(patch));
  }
});

test("operations that do not apply are refused without a reason, as upstream does", () => {
  const rows: unknown[] = [
    { op: "frob", path: "/a" },
    { path: "/a" },
    { op: "add", value: 1 },
    { op: "add", path: "", value: 1 },
    { op: "add", path: "/a/b/c", value: 1 },
    { op: "add", path: "/list/5", value: 1 },
    { op: "add", path: "/list/x", value: 1 },
    { op: "add", path: "/list/-5", value: 1 },
    { op: "replace", path: "/list/3", value: 1 },
    { op: "replace", path: "/list/-", value: 1 },
    { op: "replace", path: "", value: 1 },
    { op: "remove", path: "/gone" },
    { op: "remove", path: "/list/-4" },
    { op: "move", from: "/gone", path: "/a" },
    { op: "move", path: "/a" },
    { op: "copy", from: "/gone/a", path: "/a" },
    { op: "test", path: "/a/b", value: "y" },
    { op: "test", path: "/a/b" },
    null,
  ];
  for (const operation of rows) {
    assert.throws(
      () => applyJsonPatch(document, [operation]),
      {
        code: 422,
        reason: "Invalid",
        message: "the server rejected our request due to an error in our request",
        details: {},
      },
      JSON.stringify(operation),
    );
  }
});

test("what is no JSON patch is refused", () => {
  const rows: [unknown, number, string][] = [
    [
      {},
      400,
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    ],
    [
      ["a"],
      400,
      "error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp",
    ],
    [
      [{ op: 1 }],
      400,
      "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
    ],
    [
      Array.from({ length: operationsMax + 2 }, () => ({})),
      413,
      "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10002",
    ],
  ];
  for (const [patch, code, message] of rows) {
    assert.throws(() => applyJsonPatch(document, patch), { code, message });
  }
  assert.deepEqual(applyJsonPatch(document, null), document);
});

test("copies may not blow up the document", () => {
  const doubling = Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "", path: `/x${i}` }));
  const big = { a: "x".repeat(1000) };
  const patch = doubling.map((o, i) => ({ ...o, from: i === 0 ? "/a" : `/x${i - 1}` }));
  assert.doesNotThrow(() => applyJsonPatch(big, patch));
  const nested = Array.from({ length: 40 }, (_, i) => ({
    op: "copy",
    from: "/a",
    path: `/a/${i}`,
  }));
  assert.throws(() => applyJsonPatch({ a: big }, nested), StatusError);
});

test("unknown fields of operations are named", () => {
  assert.deepEqual(unknownPatchFields([{ op: "add", path: "/a", valu: 1 }, null, { x: 1 }]), [
    'json patch unknown field "[0].valu"',
    'json patch unknown field "[2].x"',
  ]);
});

test("a merge patch sets, merges and removes", () => {
  const rows: [Record<string, unknown>, unknown, unknown][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: { b: 1, c: 2 } }, { a: { b: null, d: 3 } }, { a: { c: 2, d: 3 } }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    [{}, { a: { b: null, c: { d: null } } }, { a: { c: {} } }],
    [{ a: 1 }, { a: { b: null } }, { a: {} }],
    [{}, { a: [{ b: null }, null] }, { a: [{}, null] }],
    [{ a: { b: 1 } }, { a: [{ b: null }] }, { a: [{ b: null }] }],
    [{ a: 1 }, {}, { a: 1 }],
  ];
  for (const [before, patch, after] of rows) {
    assert.deepEqual(applyMergePatch(deepFreeze(before), deepFreeze(patch)), after);
  }
});

test("what is no merge patch is refused", () => {
  const wrong = (type: string) =>
    `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
  const rows: [unknown, string][] = [
    [null, "Invalid JSON Patch"],
    [[], wrong("array")],
    ["x", wrong("string")],
    [true, wrong("bool")],
  ];
  for (const [patch, message] of rows) {
    assert.throws(() => applyMergePatch({}, patch), { code: 400, message });
  }
});

const objects = fc.dictionary(
  fc.constantFrom("a", "b", "__proto__"),
  fc.jsonValue({ maxDepth: 3 }),
);

test("patches leave their arguments alone and cannot touch prototypes", () => {
  fc.assert(
    fc.property(objects, objects, (a, b) => {
      const [before, patch] = [a, b].map((v) => deepFreeze(JSON.parse(JSON.stringify(v))));
      const merged = applyMergePatch(before, patch);
      assert.equal(Object.getPrototypeOf(merged), Object.prototype);
      // A list that takes the place of an object keeps its nulls, until it is patched again.
      const settled = applyMergePatch(merged, patch);
      assert.deepEqual(applyMergePatch(settled, patch), settled);
      applyJsonPatch(before, [{ op: "add", path: "/__proto__", value: patch }]);
      assert.equal(({} as Record<string, unknown>)["a"], undefined);
    }),
  );
});
