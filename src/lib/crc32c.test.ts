import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { crc32c } from "./crc32c.ts";

// Known answers: the check value of the catalogue of CRCs and the examples of RFC 3720, B.4.
const known: [string, Uint8Array, number][] = [
  ["nothing", new Uint8Array(0), 0],
  ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
];

test("CRC-32C gives the published values", () => {
  for (const [name, bytes, crc] of known) assert.equal(crc32c(bytes), crc, name);
});

test("the checksum of the parts continues to that of the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const at = Math.min(cut, bytes.length);
      assert.equal(crc32c(bytes, crc32c(bytes, 0, 0, at), at), crc32c(bytes));
    }),
  );
});

test("a long run has the checksum of its short pieces, wherever it begins", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) >>> 3);
  for (let from = 0; from < 20; from++) {
    const rest = bytes.subarray(from);
    for (let to = 100; to < rest.length; to += 29) {
      let pieces = 0;
      for (let at = 0; at < to; at += 50) pieces = crc32c(rest, pieces, at, Math.min(at + 50, to));
      assert.equal(crc32c(rest, 0, 0, to), pieces);
      assert.equal(crc32c(bytes, 0, from, from + to), pieces);
    }
  }
});
