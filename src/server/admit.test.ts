import assert from "node:assert/strict";
import { test } from "node:test";
import { whileAllocated } from "./admit.ts";
import type { Admission, AdmissionWrite, Context } from "./context.ts";
import type { Parts } from "./scope.ts";

const write: AdmissionWrite = {
  operation: "UPDATE",
  object: undefined,
  old: undefined,
  dryRun: false,
  options: {},
};

test("what was taken is given back unless the write happened", async () => {
  const done = { done: true };
  const rows: readonly [work: () => Promise<object | "again">, happened: boolean][] = [
    [async () => done, true],
    [async () => "again", false],
    [() => Promise.reject(new Error("refused")), false],
  ];
  for (const [work, happened] of rows) {
    const told: boolean[] = [];
    const plugin: Admission = {
      name: "addresses",
      handles: () => true,
      allocate: () => (happened) => void told.push(happened),
    };
    const parts = { edge: { admissions: [plugin] } } as unknown as Parts;
    const context = {} as Context;
    await whileAllocated(parts, context, write, work).catch(() => undefined);
    assert.deepEqual(told, [happened]);
  }
});
