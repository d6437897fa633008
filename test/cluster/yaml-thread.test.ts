import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { parseYaml } from "../../src/server/yaml.ts";
import { readYaml } from "../../src/server/yaml-thread.ts";

const long = (line: (i: number) => string): Buffer =>
  Buffer.from(Array.from({ length: 8000 }, (_, i) => line(i)).join("\n"));

test("a long document is read as a short one is, on another thread", async () => {
  const bytes = long((i) => `k${i % 7999}: {a: [${i}, .5, ~, .inf], __proto__: {b: no}}`);
  const read = await readYaml(bytes);
  assert.deepEqual(read, parseYaml(bytes));
  assert.equal(read.duplicates.length, 1);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

test("what is wrong with a long document is told, and the next one is read", async () => {
  const [broken, sound] = [long((i) => `k${i}: [`), long((i) => `k${i}: v`)];
  const [refused, read] = await Promise.allSettled([readYaml(broken), readYaml(sound)]);
  assert.throws(
    () => parseYaml(broken),
    (error: Error) => refused.status === "rejected" && refused.reason.message === error.message,
  );
  assert.ok(read.status === "fulfilled");
  assert.equal((read.value.value as Record<string, string>)["k7999"], "v");
});

test("the bundle has the thread's file", async () => {
  const worker = new Worker(new URL("../../dist/yaml-worker.js", import.meta.url));
  const said = new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
  worker.postMessage(Buffer.from("a: [b]"));
  assert.deepEqual(await said, { ok: true, document: { value: { a: ["b"] }, duplicates: [] } });
  await worker.terminate();
});
