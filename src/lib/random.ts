/** Randomness, passed in by argument so that a test or the simulator can replay it. */
export type Random = {
  /** `length` bytes, each value equally likely. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1), with 53 bits of randomness. */
  float(): number;
};

/** The same `seed` gives the same sequence on every machine. Not for secrets. */
export function seededRandom(seed: number): Random {
  const next = xoshiro128(seed);
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i += 4) {
        let word = next();
        for (let j = i; j < Math.min(i + 4, length); j++, word >>>= 8) bytes[j] = word & 0xff;
      }
      return bytes;
    },
    float: () => ((next() >>> 5) * 0x400_0000 + (next() >>> 6)) / 2 ** 53,
  };
}

/** A whole number in [0, below). `below` is at least 1. */
export function randomInteger(random: Random, below: number): number {
  return Math.floor(random.float() * below);
}

/** A random (version 4) UUID in lower case. */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let hex = "";
  for (const byte of bytes) hex += hexOf[byte];
  return (
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-` +
    `${hex.slice(16, 20)}-${hex.slice(20)}`
  );
}

/**
 * The letters that upstream appends to `generateName` and to names of pods: no vowels and nothing
 * that looks like one, so that no word arises. Also for digests ("pod-template-hash").
 */
export const nameLetters = "bcdfghjklmnpqrstvwxz2456789";

/** `length` letters for the end of a generated name; upstream takes five. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = "";
  for (let i = 0; i < length; i++) suffix += nameLetters[randomInteger(random, nameLetters.length)];
  return suffix;
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** xoshiro128** by Blackman and Vigna, its state filled by splitmix32 from the seed. */
function xoshiro128(seed: number): () => number {
  let mix = Math.trunc(seed) | 0;
  const fill = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let word = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return word ^ (word >>> 15);
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
}
