import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import type { Entry } from "../store/store.ts";
import { type ListPieces, ZippedLists } from "./zipped-list.ts";

const entry = (key: string, createRevision: number, modRevision = createRevision): Entry => ({
  key,
  value: Buffer.from(JSON.stringify({ key, modRevision })),
  createRevision,
  modRevision,
  version: 1,
  deleted: false,
});

const comma = Buffer.from(",");
const bytesOf = (entries: readonly Entry[]): Uint8Array =>
  Buffer.concat(entries.flatMap(({ value }, i) => (i === 0 ? [value] : [comma, value])));

/** `made` counts the items that were asked for. */
function listOf(entries: readonly Entry[], made = { items: 0 }): ListPieces {
  return {
    form: "v1 Pod json",
    entries,
    head: Buffer.from("["),
    between: comma,
    tail: Buffer.from("]\n"),
    bytesOf(from, to) {
      made.items += to - from;
      return bytesOf(entries.slice(from, to));
    },
  };
}

async function unzipped(zipped: ZippedLists, list: ListPieces): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const batch of zipped.stream(list)) chunks.push(...batch);
  return gunzipSync(Buffer.concat(chunks)).toString();
}

const whole = (entries: readonly Entry[]): string => `[${bytesOf(entries)}]\n`;
const many = (count: number): Entry[] =>
  Array.from({ length: count }, (_, i) => entry(`pod-${i}`, 10 + i * 8));

test("a list comes out as it went in", async () => {
  const zipped = new ZippedLists();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5000), { maxLength: 700 }), async (revisions) => {
      const entries = revisions.map((revision, i) => entry(`k${i}`, revision));
      assert.equal(await unzipped(zipped, listOf(entries)), whole(entries));
    }),
    { numRuns: 20 },
  );
});

test("only the run of a changed object is compressed again", async () => {
  const zipped = new ZippedLists();
  const made = { items: 0 };
  const entries = many(2000);
  await unzipped(zipped, listOf(entries, made));
  assert.equal(made.items, 2000);
  await unzipped(zipped, listOf(entries, made));
  assert.equal(made.items, 2000);
  const changed = entries.with(1000, entry("pod-1000", 8010, 99_999));
  assert.equal(await unzipped(zipped, listOf(changed, made)), whole(changed));
  assert.ok(made.items > 2000 && made.items <= 2256, `${made.items - 2000} items anew`);
  const without = entries.toSpliced(500, 1);
  const before = made.items;
  assert.equal(await unzipped(zipped, listOf(without, made)), whole(without));
  assert.ok(made.items - before <= 512, `${made.items - before} items anew`);
});

test("other forms of the same objects are kept apart", async () => {
  const zipped = new ZippedLists();
  const entries = many(3);
  await unzipped(zipped, listOf(entries));
  const other = { ...listOf(entries), form: "v1 Pod protobuf", bytesOf: () => Buffer.from("x") };
  assert.equal(await unzipped(zipped, other), "[x]\n");
});

test("what is kept has a bound", async () => {
  const zipped = new ZippedLists(2000);
  const entries = many(2000);
  assert.equal(await unzipped(zipped, listOf(entries)), whole(entries));
  assert.ok(zipped.bytes > 0 && zipped.bytes <= 2000, `${zipped.bytes} bytes`);
});
