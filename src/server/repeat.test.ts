import assert from "node:assert/strict";
import { test } from "node:test";
import { repeater } from "./repeat.ts";

test("passes that are asked for during one are one more", async () => {
  let passes = 0;
  const ask = repeater(
    async () => {
      passes++;
      await undefined;
    },
    () => assert.fail("nothing failed"),
  );
  const first = ask();
  void ask();
  await ask();
  assert.equal(passes, 2);
  await first;
  await ask();
  assert.equal(passes, 3);
});

test("a pass that fails is told, and made again for who asked meanwhile", async () => {
  let passes = 0;
  const failures: unknown[] = [];
  const ask = repeater(
    async () => {
      passes++;
      await undefined;
      if (passes === 1) throw new Error("broken");
    },
    (error) => failures.push(error),
  );
  const first = ask();
  void ask();
  await first;
  assert.equal(passes, 2);
  assert.equal(failures.length, 1);
});
