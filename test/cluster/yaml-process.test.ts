import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { parseYaml } from "../../src/server/yaml.ts";
import { readYaml } from "../../src/server/yaml-process.ts";

const long = (line: (i: number) => string): Buffer =>
  Buffer.from(Array.from({ length: 8000 }, (_, i) => line(i)).join("\n"));

test("a long document is read as a short one is, by another process", async () => {
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

test("what takes too much memory is refused, and the next one is read", async () => {
  const huge = Buffer.from(`[${"1,".repeat(1_500_000)}1]`);
  // A machine with much else to do may come to the end of the time before that of the memory.
  const refusal = /cannot be read: it takes more than \d+ MiB of memory|takes too long to read/;
  await assert.rejects(readYaml(huge), refusal);
  const { value } = await readYaml(long((i) => `k${i}: v`));
  assert.equal((value as Record<string, string>)["k0"], "v");
});

test("the bundle has the process's file", async () => {
  const child = fork(new URL("../../dist/yaml-worker.js", import.meta.url), {
    serialization: "advanced",
  });
  child.send(Buffer.from("a: [b]"));
  const [said] = await once(child, "message");
  assert.deepEqual(said, { ok: true, document: { value: { a: ["b"] }, duplicates: [] } });
  child.disconnect();
  // Without anybody who asks it ends.
  await once(child, "exit");
});
