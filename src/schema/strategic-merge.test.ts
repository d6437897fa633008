import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze } from "./clone.ts";
import { shapeOf } from "./facts.ts";
import { applyStrategicPatch } from "./strategic-merge.ts";

const pod = shapeOf("io.k8s.api.core.v1.Pod");
type Fields = Record<string, unknown>;

/** Patches `spec` of a pod. */
const patched = (spec: unknown, patch: unknown): unknown =>
  applyStrategicPatch(pod, deepFreeze({ spec }) as Fields, deepFreeze({ spec: patch }))["spec"];

const a = { name: "a", image: "i" };
const b = { name: "b", image: "i" };
const c = { name: "c", image: "i" };

test("lists merge by key, in the patch's order, between what only the server knows", () => {
  const rows: [Fields, Fields, Fields][] = [
    [
      { containers: [a, b] },
      { containers: [{ name: "b", image: "j" }] },
      { containers: [a, { ...b, image: "j" }] },
    ],
    [{ containers: [a, b] }, { containers: [c] }, { containers: [c, a, b] }],
    [
      { containers: [a, b, c] },
      { containers: [{ name: "c" }, { name: "a" }] },
      { containers: [b, c, a] },
    ],
    [{ containers: [a] }, { containers: [] }, { containers: [a] }],
    [{}, { containers: [a] }, { containers: [a] }],
    [{ containers: [a] }, { containers: null }, {}],
    [
      { tolerations: [{ key: "x" }] },
      { tolerations: [{ key: "y" }] },
      { tolerations: [{ key: "y" }] },
    ],
    [
      { containers: [{ name: "a", ports: [{ containerPort: 80 }, { containerPort: 81 }] }] },
      { containers: [{ name: "a", ports: [{ containerPort: 81, name: "w" }] }] },
      {
        containers: [
          { name: "a", ports: [{ containerPort: 80 }, { containerPort: 81, name: "w" }] },
        ],
      },
    ],
  ];
  for (const [spec, patch, result] of rows) assert.deepEqual(patched(spec, patch), result);
});

test("directives delete, replace, retain and order", () => {
  const rows: [Fields, Fields, Fields][] = [
    [
      { containers: [a, b] },
      { containers: [{ name: "a", $patch: "delete" }] },
      { containers: [b] },
    ],
    [{ containers: [a, b] }, { containers: [{ $patch: "replace" }, c] }, { containers: [c] }],
    [
      { nodeSelector: { x: "1" } },
      { nodeSelector: { $patch: "replace", y: "2" } },
      { nodeSelector: { y: "2" } },
    ],
    [{ nodeSelector: { x: "1" } }, { nodeSelector: { $patch: "delete" } }, { nodeSelector: {} }],
    [{}, { nodeSelector: { $patch: "delete" } }, {}],
    [
      { volumes: [{ name: "v", emptyDir: {} }] },
      { volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/" } }] },
      { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    ],
    [
      { containers: [a, b, c] },
      {
        "$setElementOrder/containers": [{ name: "c" }, { name: "a" }],
        containers: [{ name: "a", image: "j" }],
      },
      { containers: [b, c, { ...a, image: "j" }] },
    ],
    [
      { containers: [a, b] },
      { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] },
      { containers: [b, a] },
    ],
    [
      { nodeSelector: { x: "1" } },
      { nodeSelector: { x: null, y: "2" } },
      { nodeSelector: { y: "2" } },
    ],
    [{}, { nodeSelector: { x: null, y: "2" } }, { nodeSelector: { y: "2" } }],
  ];
  for (const [spec, patch, result] of rows) {
    assert.deepEqual(patched(spec, patch), result, JSON.stringify(patch));
  }
});

test("lists of plain values merge, lose items and are ordered", () => {
  const rows: [Fields, Fields, string[]][] = [
    [{ finalizers: ["a", "b"] }, { finalizers: ["c"] }, ["c", "a", "b"]],
    [{ finalizers: ["a", "b"] }, { finalizers: ["b", "a"] }, ["b", "a"]],
    [{ finalizers: ["a", "b", "a"] }, { "$deleteFromPrimitiveList/finalizers": ["a"] }, ["b"]],
    [
      { finalizers: ["a", "b"] },
      { "$setElementOrder/finalizers": ["c", "b"], finalizers: ["c"] },
      ["c", "a", "b"],
    ],
  ];
  for (const [metadata, patch, finalizers] of rows) {
    const result = applyStrategicPatch(pod, { metadata }, { metadata: patch });
    assert.deepEqual(result["metadata"], { finalizers }, JSON.stringify(patch));
  }
});

test("patches that make no sense are refused in upstream's words", () => {
  const rows: [Fields, Fields, number, string][] = [
    [{}, { $patch: "frob" }, 500, "unknown patch type: frob in map: map[$patch:frob]"],
    [
      { containers: [a] },
      { containers: [{ image: "x" }] },
      500,
      "map: map[image:x] does not contain declared merge key: name",
    ],
    [
      { containers: [a] },
      { containers: [{ $patch: "delete" }] },
      500,
      "map: map[$patch:delete] does not contain declared merge key: name",
    ],
    [
      { containers: [a] },
      { containers: [{ $patch: "merge", name: "a" }] },
      500,
      "merging lists cannot yet be specified in the patch",
    ],
    [
      { containers: [a] },
      { containers: ["x"] },
      500,
      "list element types are not identical: [[map[image:i name:a]] [x]]",
    ],
    [
      { volumes: [{ name: "v" }] },
      { volumes: [{ name: "v", $retainKeys: ["name"], emptyDir: {} }] },
      400,
      "invalid patch format of retainKeys",
    ],
    [{}, { $retainKeys: "x" }, 400, "invalid patch format of retainKeys"],
    [{}, { $deleteFromPrimitiveList: [] }, 400, "invalid patch format of primitive list"],
    [{}, { $setElementOrder: [] }, 400, "invalid patch format of setElementOrder list"],
    [
      {},
      { "$setElementOrder/containers": "x" },
      500,
      "expected a []interface {}, but received a string",
    ],
    [
      { foo: { a: 1 } },
      { foo: { b: 1 } },
      500,
      'unable to find api field in struct PodSpec for the json field "foo"',
    ],
    [
      { containers: [a] },
      { "$setElementOrder/containers": [{ name: "b" }], containers: [{ name: "a" }] },
      500,
      "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
    ],
  ];
  for (const [spec, patch, code, message] of rows) {
    assert.throws(() => patched(spec, patch), { code, message }, JSON.stringify(patch));
  }
  assert.throws(() => applyStrategicPatch(pod, {}, []), {
    code: 400,
    message: "json: cannot unmarshal array into Go value of type map[string]interface {}",
  });
});

const name = fc.constantFrom("a", "b", "c", "d");
const containers = fc.uniqueArray(fc.record({ name, image: fc.constantFrom("x", "y") }), {
  selector: (container) => container.name,
});

test("after a merge all items of the patch are there, no other item is lost, and merging again changes nothing", () => {
  fc.assert(
    fc.property(containers, containers, (before, patch) => {
      const result = patched({ containers: before }, { containers: patch }) as {
        containers: typeof before;
      };
      const images = new Map([...before, ...patch].map((item) => [item.name, item.image]));
      assert.deepEqual(new Map(result.containers.map((item) => [item.name, item.image])), images);
      assert.equal(result.containers.length, images.size);
      const inPatch = new Set(patch.map((item) => item.name));
      const order = (items: typeof before, of: boolean) =>
        items.map((item) => item.name).filter((n) => inPatch.has(n) === of);
      assert.deepEqual(order(result.containers, true), order(patch, true));
      assert.deepEqual(order(result.containers, false), order(before, false));
      assert.deepEqual(patched(result, { containers: patch }), result);
    }),
  );
});
