// NaCl's secretbox (XSalsa20 and Poly1305), which the platform does not have.
import { timingSafeEqual } from "node:crypto";

export const secretboxNonceBytes = 24;
const tagBytes = 16;

/** Tag and ciphertext. `nonce` has 24 bytes and is never used twice with a key of 32. */
export function sealBox(key: Uint8Array, nonce: Uint8Array, text: Uint8Array): Uint8Array {
  const box = new Uint8Array(tagBytes + text.length);
  const first = stream(key, nonce, 32 + text.length);
  for (let i = 0; i < text.length; i++) box[tagBytes + i] = text[i]! ^ first[32 + i]!;
  box.set(poly1305(first.subarray(0, 32), box.subarray(tagBytes)));
  return box;
}

/** Undefined when the box was altered, or made with another key. */
export function openBox(
  key: Uint8Array,
  nonce: Uint8Array,
  box: Uint8Array,
): Uint8Array | undefined {
  if (box.length < tagBytes) return undefined;
  const inner = box.subarray(tagBytes);
  const first = stream(key, nonce, 32 + inner.length);
  const tag = poly1305(first.subarray(0, 32), inner);
  if (!timingSafeEqual(tag, box.subarray(0, tagBytes))) return undefined;
  return inner.map((byte, i) => byte ^ first[32 + i]!);
}

/** The first `length` bytes of XSalsa20's stream. */
function stream(key: Uint8Array, nonce: Uint8Array, length: number): Uint8Array {
  const subkey = hsalsa20(words(key), words(nonce.subarray(0, 16)));
  const rest = words(nonce.subarray(16));
  const out = new Uint8Array(Math.ceil(length / 64) * 64);
  const view = new DataView(out.buffer);
  for (let block = 0; block * 64 < length; block++) {
    const counter = Uint32Array.of(rest[0]!, rest[1]!, block, Math.floor(block / 2 ** 32));
    const input = matrix(subkey, counter);
    const mixed = rounds(input);
    for (let i = 0; i < 16; i++)
      view.setUint32(block * 64 + i * 4, (mixed[i]! + input[i]!) >>> 0, true);
  }
  return out.subarray(0, length);
}

function hsalsa20(key: Uint32Array, input: Uint32Array): Uint32Array {
  const mixed = rounds(matrix(key, input));
  return Uint32Array.from([0, 5, 10, 15, 6, 7, 8, 9], (i) => mixed[i]!);
}

/** "expand 32-byte k" */
const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

function matrix(key: Uint32Array, input: Uint32Array): Uint32Array {
  const [a, b, c, d] = constants;
  return Uint32Array.of(...[a, ...key.subarray(0, 4), b, ...input, c, ...key.subarray(4, 8), d]);
}

/** Quarters of Salsa20: columns, then rows. */
const quarters = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;

function rounds(input: Uint32Array): Uint32Array {
  const x = input.slice();
  const turn = (to: number, a: number, b: number, bits: number): void => {
    const sum = (x[a]! + x[b]!) >>> 0;
    x[to] = x[to]! ^ ((sum << bits) | (sum >>> (32 - bits)));
  };
  for (let round = 0; round < 10; round++) {
    for (const [a, b, c, d] of quarters) {
      turn(b, a, d, 7);
      turn(c, b, a, 9);
      turn(d, c, b, 13);
      turn(a, d, c, 18);
    }
  }
  return x;
}

const prime = (1n << 130n) - 5n;
const clamp = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

function poly1305(key: Uint8Array, text: Uint8Array): Uint8Array {
  const r = number(key.subarray(0, 16)) & clamp;
  const s = number(key.subarray(16, 32));
  let sum = 0n;
  for (let at = 0; at < text.length; at += 16) {
    const block = text.subarray(at, at + 16);
    sum = ((sum + number(block) + (1n << BigInt(block.length * 8))) * r) % prime;
  }
  sum += s;
  return Uint8Array.from({ length: tagBytes }, (_, i) => Number((sum >> BigInt(i * 8)) & 255n));
}

/** Little-endian. */
const number = (bytes: Uint8Array): bigint =>
  BigInt(`0x0${Buffer.from(bytes).reverse().toString("hex")}`);

function words(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}
