// DER, the byte form of certificates: each value is a tag, a length and its content.
//
//   sequence(integer(5n), boolean(true))   is   30 06  02 01 05  01 01 ff

/** One decoded value. `content` shares memory with the input. */
export type Der = {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
};

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The value with this tag whose content is `parts`, one after the other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const header = size < 0x80 ? [tag, size] : [tag, ...longLength(size)];
  const out = new Uint8Array(header.length + size);
  out.set(header);
  let at = header.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function longLength(size: number): number[] {
  const digits: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 | digits.length, ...digits];
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array =>
  der(tags.sequence, ...parts);
export const setOf = (...parts: readonly Uint8Array[]): Uint8Array => der(tags.set, ...parts);
export const boolean = (value: boolean): Uint8Array =>
  der(tags.boolean, Uint8Array.of(value ? 255 : 0));
export const octetString = (bytes: Uint8Array): Uint8Array => der(tags.octetString, bytes);
export const bitString = (bytes: Uint8Array, unusedBits = 0): Uint8Array =>
  der(tags.bitString, Uint8Array.of(unusedBits), bytes);
export const utf8 = (text: string): Uint8Array => der(tags.utf8, new TextEncoder().encode(text));
/** `[n] EXPLICIT`. */
export const explicit = (n: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  der(0xa0 | n, ...parts);
/** `[n] IMPLICIT` over a primitive value. */
export const implicit = (n: number, content: Uint8Array): Uint8Array => der(0x80 | n, content);

/** A non-negative integer. */
export function integer(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = fromHex(even);
  return der(tags.integer, (bytes[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(), bytes);
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** `oid("2.5.4.3")`. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let high = arc >>> 7; high > 0; high >>>= 7) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(tags.oid, Uint8Array.from(bytes));
}

/** RFC 5280: UTCTime until 2049, GeneralizedTime from then on. `atMs`: wall clock. */
export function time(atMs: number): Uint8Array {
  const digits = new Date(atMs).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  const long = Number(digits.slice(0, 4)) >= 2050;
  const text = new TextEncoder().encode(`${long ? digits : digits.slice(2)}Z`);
  return der(long ? tags.generalizedTime : tags.utcTime, text);
}

/** Reads one value at `at`. Throws a RangeError on anything cut short or of indefinite length. */
export function readDer(bytes: Uint8Array, at = 0): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new RangeError(`DER ends at byte ${at}`);
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4)
      throw new RangeError(`DER length of ${count} bytes at byte ${at}`);
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[start + i] ?? 0);
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError(`DER value at byte ${at} is cut short`);
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}

/** The values inside a constructed one. */
export function readAll(content: Uint8Array): Der[] {
  const out: Der[] = [];
  for (let at = 0; at < content.length; ) {
    const value = readDer(content, at);
    out.push(value);
    at += value.whole.length;
  }
  return out;
}

/** The dotted form of an object identifier's content. */
export function readOid(content: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...rest].join(".");
}
