import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeEvents } from "./bytes.ts";

test("events come out whole however the bytes are cut", async () => {
  const events = fc.array(
    fc.record({ type: fc.constant("ADDED"), object: fc.string() }, { noNullPrototype: true }),
  );
  await fc.assert(
    fc.asyncProperty(
      events,
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      async (all, cuts) => {
        const bytes = new TextEncoder().encode(all.map((e) => `${JSON.stringify(e)}\n`).join(""));
        async function* batches() {
          let at = 0;
          for (const size of cuts) {
            if (at >= bytes.length) return;
            yield [bytes.subarray(at, at + size)];
            at += size;
          }
        }
        const got = [];
        for await (const batch of decodeEvents(batches())) got.push(...batch);
        assert.deepEqual(got, all);
      },
    ),
  );
});
