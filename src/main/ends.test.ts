import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEnds } from "./ends.ts";

test("what began last ends first, each once", async () => {
  const seen: string[] = [];
  const ends = makeEnds();
  ends.add(() => void seen.push("store"));
  ends.add(async () => {
    await Promise.resolve();
    seen.push("port");
  });
  await ends.run();
  await ends.run();
  assert.deepEqual(seen, ["port", "store"]);
});

test("an end that fails keeps the others from nothing, and is told", async () => {
  const seen: string[] = [];
  const ends = makeEnds();
  ends.add(() => void seen.push("store"));
  ends.add(() => Promise.reject(new Error("the port stays open")));
  await assert.rejects(ends.run(), /the port stays open/);
  assert.deepEqual(seen, ["store"]);
});
