import { decode } from "../schema/decode.ts";
import { encode } from "../schema/encode.ts";
import type { ApiObject, Codec, Kind } from "../schema/kind.ts";
import type { ObjectShape } from "../schema/shape.ts";

/** How objects of `kind` are read and written: by its own codec, else by its shape. */
export function codecOf(kind: Kind): Codec {
  return kind.codec ?? shapeCodec(kind.shape() as ObjectShape);
}

const codecs = new WeakMap<ObjectShape, Codec>();

function shapeCodec(shape: ObjectShape): Codec {
  let codec = codecs.get(shape);
  if (codec === undefined) {
    codec = {
      decode: (value, options) => decode(shape, value, options),
      encode: (object) => encode(shape, object),
    };
    codecs.set(shape, codec);
  }
  return codec;
}

/** Where the digits of the revision go in stored bytes: between the quotes of the first `"resourceVersion":""`. */
export function stampOffset(value: Uint8Array): number {
  const at = Buffer.from(value.buffer, value.byteOffset, value.length).indexOf(stampPlace);
  return at < 0 ? -1 : at + stampPlace.length - 1;
}

const stampPlace = Buffer.from('"resourceVersion":""');
const marked = Buffer.from('"resourceVersion":"?"');

/**
 * The bytes to store, for the caller alone, until they are given to `reuseBytes`. `object.metadata.resourceVersion` is
 * set by this call and has no meaning after it.
 */
export function encodeUnstamped(kind: Kind, object: ApiObject): Uint8Array {
  object.metadata.resourceVersion = "?";
  const bytes = bytesOf(codecOf(kind).encode(object));
  const at = bytes.indexOf(marked) + marked.length - 2;
  bytes.copyWithin(at, at + 1);
  return bytes.subarray(0, bytes.length - 1);
}

/** Room for nearly all objects; those that were written are its next users. */
const roomBytes = 32 * 1024;

/** Rooms that are kept: more writes than these rarely wait for the disk together. */
const roomsMax = 64;
const rooms: Buffer[] = [];

function bytesOf(text: string): Buffer {
  // No character takes more than three bytes for each of its units.
  if (text.length * 3 > roomBytes) return Buffer.from(text);
  const room = rooms.pop() ?? Buffer.allocUnsafeSlow(roomBytes);
  return room.subarray(0, room.write(text));
}

/** Nobody looks any more at what `encodeUnstamped` gave. */
export function reuseBytes(bytes: Uint8Array): void {
  if (bytes.buffer.byteLength !== roomBytes || rooms.length >= roomsMax) return;
  rooms.push(Buffer.from(bytes.buffer as ArrayBuffer));
}

/** True when stored bytes, which carry a revision, say the same as new ones, which do not. */
export function sameBytes(next: Uint8Array, value: Uint8Array): boolean {
  const digits = value.length - next.length;
  if (digits < 1 || digits > 20) return false;
  const at = stampOffset(next);
  const [a, b] = [bufferOf(next), bufferOf(value)];
  return a.compare(b, 0, at, 0, at) === 0 && a.compare(b, at + digits, b.length, at) === 0;
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
