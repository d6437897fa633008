import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { crcShift, joinedCrc } from "./crc32.ts";

test("the CRC of two texts is that of the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 600 }), (a, b) => {
      assert.equal(joinedCrc(crc32(a), crc32(b), crcShift(b.length)), crc32(Buffer.concat([a, b])));
    }),
  );
});

test("a long text", () => {
  const [a, b] = [Buffer.from("head"), Buffer.alloc(5_000_001, "x")];
  assert.equal(joinedCrc(crc32(a), crc32(b), crcShift(b.length)), crc32(Buffer.concat([a, b])));
});
