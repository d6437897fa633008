import assert from "node:assert/strict";
import { test } from "node:test";
import { reconcileTtl, stepFrom } from "./node-ttl.ts";

test("a growing cluster takes the next step above its bound, a shrinking one goes back below another", () => {
  const rows: [from: number, count: number, step: number][] = [
    [0, 100, 0],
    [0, 101, 1],
    [1, 90, 1],
    [1, 89, 0],
    [1, 501, 2],
    [2, 449, 1],
    [0, 5000, 4],
    [4, 1800, 4],
    [4, 1799, 3],
    [4, 0, 0],
  ];
  for (const [from, count, step] of rows)
    assert.equal(stepFrom(from, count), step, `${from} with ${count} nodes`);
});

test("a node is told once", () => {
  const node = (ttl?: string) => ({
    metadata: { name: "n", ...(ttl && { annotations: { "node.alpha.kubernetes.io/ttl": ttl } }) },
    spec: {},
  });
  const patched = (ttl: string | undefined, step: number): unknown =>
    reconcileTtl({ node: node(ttl), step }).map((a) => a.do === "patch" && a.patch);
  const to = (seconds: string) => [
    { metadata: { annotations: { "node.alpha.kubernetes.io/ttl": seconds } } },
  ];
  assert.deepEqual(patched(undefined, 0), to("0"));
  assert.deepEqual(patched("0", 0), []);
  assert.deepEqual(patched("0", 1), to("15"));
  assert.deepEqual(patched("soon", 4), to("300"));
});
