// Protobuf's wire format: varints, lengths, tags. The writer fills its buffer from the end towards
// the front, so that the length of a message is known when it is to be written.

import { DecodeError } from "./decode-place.ts";

export const wire = Object.freeze({ varint: 0, fixed64: 1, bytes: 2, groupStart: 3, fixed32: 5 });

const utf8 = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class WireWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #start: number;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#start = size;
  }

  /** Number of bytes written so far: what a later `lengthSince` counts from. */
  get written(): number {
    return this.#bytes.length - this.#start;
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(this.#start);
    this.#start = this.#bytes.length;
    return taken;
  }

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  /** The length of what was written since `written` was `before`. */
  lengthSince(before: number): void {
    this.varint(this.written - before);
  }

  /** An integer of up to 64 bits; negative ones take ten bytes. */
  varint(value: number | bigint): void {
    if (typeof value === "bigint" || value < 0 || value > 0xffffffff) {
      this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
      return;
    }
    const size =
      value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
    this.#reserve(size);
    let rest = value;
    let at = this.#start - size;
    this.#start = at;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80;
    this.#bytes[at] = rest;
  }

  #bigVarint(value: bigint): void {
    const groups: number[] = [];
    let rest = value;
    do {
      groups.push(Number(rest & 0x7fn));
      rest >>= 7n;
    } while (rest > 0n);
    this.#reserve(groups.length);
    this.#start -= groups.length;
    groups.forEach((group, at) => {
      this.#bytes[this.#start + at] = at === groups.length - 1 ? group : group | 0x80;
    });
  }

  double(value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    this.#view.setFloat64(this.#start, value, true);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#start -= 4;
    this.#view.setFloat32(this.#start, value, true);
  }

  /** The bytes, then their length. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#start -= value.length;
    this.#bytes.set(value, this.#start);
    this.varint(value.length);
  }

  /** As UTF-8, then the length in bytes. */
  string(value: string): void {
    const { length } = value;
    this.#reserve(length);
    const at = this.#start - length;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) {
        this.bytes(utf8.encode(value));
        return;
      }
      this.#bytes[at + index] = code;
    }
    this.#start = at;
    this.varint(length);
  }

  #reserve(size: number): void {
    if (size <= this.#start) return;
    const { written } = this;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, written + size));
    grown.set(this.#bytes.subarray(this.#start), grown.length - written);
    this.#start = grown.length - written;
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Groups inside groups, deeper than which nothing is skipped. */
const groupDepthMax = 100;

/** Reads one message; throws a DecodeError in upstream's words where the bytes do not fit. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #spanStart = 0;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** The next field's number times 8 and its wire type: `tag >>> 3`, `tag & 7`. */
  tag(): number {
    const tag = this.#tag();
    if (tag >>> 3 === 0) throw new DecodeError(`proto: illegal tag 0 (wire type ${tag & 7})`);
    return tag;
  }

  #tag(): number {
    const value = this.int64();
    return typeof value === "number" && value >= 0 && value < 0x80000000
      ? value
      : Number(BigInt.asUintN(32, BigInt(value)));
  }

  /** A signed 64-bit integer; a bigint beyond 2^53. */
  int64(): number | bigint {
    let low = 0;
    for (let shift = 1, count = 0; count < 4; count++, shift *= 128) {
      const byte = this.#byte();
      low += (byte & 0x7f) * shift;
      if (byte < 0x80) return low;
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      const signed = BigInt.asIntN(64, value);
      const number = Number(signed);
      return Number.isSafeInteger(number) ? number : signed;
    }
    throw new DecodeError("proto: integer overflow");
  }

  uint64(): number | bigint {
    const value = this.int64();
    if (typeof value === "number" && value >= 0) return value;
    return BigInt.asUintN(64, BigInt(value));
  }

  int32(): number {
    const value = this.int64();
    return typeof value === "number" && value === (value | 0)
      ? value
      : Number(BigInt.asIntN(32, BigInt(value)));
  }

  double(): number {
    return this.#fixed(8).getFloat64(0, true);
  }

  float(): number {
    return this.#fixed(4).getFloat32(0, true);
  }

  /** A view of the bytes behind a length. */
  bytes(): Uint8Array {
    const end = this.#span();
    return this.#bytes.subarray(this.#spanStart, end);
  }

  string(): string {
    const end = this.#span();
    const start = this.#spanStart;
    if (end - start > 40) return utf8Decoder.decode(this.#bytes.subarray(start, end));
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at]!;
      if (byte > 127) return utf8Decoder.decode(this.#bytes.subarray(start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** A reader of the message behind a length. */
  message(): WireReader {
    const end = this.#span();
    return new WireReader(this.#bytes, this.#spanStart, end);
  }

  /** Passes over a field of an unknown number. */
  skip(type: number, depth = 0): void {
    switch (type) {
      case wire.varint:
        this.int64();
        return;
      case wire.fixed64:
        this.#fixed(8);
        return;
      case wire.bytes:
        this.#span();
        return;
      case wire.fixed32:
        this.#fixed(4);
        return;
      case wire.groupStart:
        if (depth >= groupDepthMax) throw new DecodeError("proto: groups are nested too deep");
        for (;;) {
          const inner = this.#tag() & 7;
          if (inner === 4) return;
          this.skip(inner, depth + 1);
        }
      default:
        throw new DecodeError(`proto: illegal wireType ${type}`);
    }
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new DecodeError("unexpected EOF");
    return this.#bytes[this.#at++]!;
  }

  #fixed(size: number): DataView {
    const start = this.#at;
    this.#at += size;
    if (this.#at > this.#end) throw new DecodeError("unexpected EOF");
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, size);
  }

  /** Passes over a length and as many bytes; returns their end, `#spanStart` is their start. */
  #span(): number {
    const length = this.int64();
    if (length < 0) throw new DecodeError("proto: negative length found during unmarshaling");
    const end = this.#at + Number(length);
    if (end > this.#end) throw new DecodeError("unexpected EOF");
    this.#spanStart = this.#at;
    this.#at = end;
    return end;
  }
}
