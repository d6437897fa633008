// The envelope in which Kubernetes sends protobuf, and its frames for watches.
//
//   "k8s\0"  Unknown { typeMeta = 1 { apiVersion = 1, kind = 2 }, raw = 2,
//                      contentEncoding = 3, contentType = 4 }

import { decode } from "./decode.ts";
import { DecodeError } from "./decode-place.ts";
import { readMessage } from "./protobuf-decode.ts";
import { encodeProtobuf } from "./protobuf-encode.ts";
import { WireReader, WireWriter, wire } from "./protobuf-wire.ts";
import type { ObjectShape } from "./shape.ts";

const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

export type TypeMeta = { readonly apiVersion: string; readonly kind: string };

export type Envelope = TypeMeta & {
  /** The message, a view of the envelope's bytes. */
  readonly raw: Uint8Array;
  readonly contentEncoding: string;
  readonly contentType: string;
};

/** A whole object in its envelope; apiVersion and kind are those of `type`. */
export function protobufObject(shape: ObjectShape, type: TypeMeta, object: unknown): Uint8Array {
  const raw = encodeProtobuf(shape, object);
  const [head, tail] = envelopeAround(type, raw.length);
  return concat([head, raw, tail]);
}

/**
 * Reads an object out of its envelope; apiVersion and kind are part of it. Throws a DecodeError.
 */
export function objectFromProtobuf(
  shape: ObjectShape,
  envelope: Envelope,
): Record<string, unknown> {
  const object = readMessage(shape, envelope.raw);
  const typed = { apiVersion: envelope.apiVersion, kind: envelope.kind, ...object };
  return decode(shape, typed).object;
}

/** An item of a list: its message with what stands before it there. */
export function protobufListItem(shape: ObjectShape, object: unknown): Uint8Array {
  const message = encodeProtobuf(shape, object);
  return concat([tagAndLength(2, message.length), message]);
}

/**
 * A list in its envelope as pieces to be written one after the other: `items` are as `protobufListItem` made
 * them, `meta` is the message of the ListMeta. Nothing is copied.
 */
export function protobufList(
  type: TypeMeta,
  meta: Uint8Array,
  items: readonly Uint8Array[],
): { head: Uint8Array; items: readonly Uint8Array[]; tail: Uint8Array } {
  const metaHead = tagAndLength(1, meta.length);
  let size = metaHead.length + meta.length;
  for (const item of items) size += item.length;
  const [head, tail] = envelopeAround(type, size);
  return { head: concat([head, metaHead, meta]), items, tail };
}

/** What stands before and behind a message of `size` bytes. */
function envelopeAround(type: TypeMeta, size: number): [Uint8Array, Uint8Array] {
  const writer = new WireWriter(256);
  writer.varint(size);
  writer.tag(2, wire.bytes);
  const before = writer.written;
  writer.string(type.kind);
  writer.tag(2, wire.bytes);
  writer.string(type.apiVersion);
  writer.tag(1, wire.bytes);
  writer.lengthSince(before);
  writer.tag(1, wire.bytes);
  return [concat([magic, writer.take()]), emptyContent];
}

/** contentEncoding and contentType, both "". */
const emptyContent = Uint8Array.of(0x1a, 0, 0x22, 0);

function tagAndLength(number: number, length: number): Uint8Array {
  const writer = new WireWriter(16);
  writer.varint(length);
  writer.tag(number, wire.bytes);
  return writer.take();
}

/** Throws a DecodeError in upstream's words. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new DecodeError("empty data");
  if (!magic.every((byte, at) => byte === bytes[at])) {
    const expected = `[${magic.join(" ")}]`;
    throw new DecodeError(
      `provided data does not appear to be a protobuf message, expected prefix ${expected}`,
    );
  }
  if (bytes.length === magic.length) throw new DecodeError("empty body");
  const reader = new WireReader(bytes, magic.length);
  let type: TypeMeta = { apiVersion: "", kind: "" };
  let raw = new Uint8Array();
  let contentEncoding = "";
  let contentType = "";
  while (!reader.done) {
    const tag = reader.tag();
    const [number, wireType] = [tag >>> 3, tag & 7];
    if (number >= 1 && number <= 4 && wireType !== wire.bytes) {
      throw new DecodeError(`proto: wrong wireType = ${wireType}`);
    }
    if (number === 1) type = readTypeMeta(reader.message());
    else if (number === 2) raw = reader.bytes() as Uint8Array<ArrayBuffer>;
    else if (number === 3) contentEncoding = reader.string();
    else if (number === 4) contentType = reader.string();
    else reader.skip(wireType);
  }
  return { ...type, raw, contentEncoding, contentType };
}

function readTypeMeta(reader: WireReader): TypeMeta {
  let apiVersion = "";
  let kind = "";
  while (!reader.done) {
    const tag = reader.tag();
    const [number, type] = [tag >>> 3, tag & 7];
    if (number === 1 && type === wire.bytes) apiVersion = reader.string();
    else if (number === 2 && type === wire.bytes) kind = reader.string();
    else reader.skip(type);
  }
  return { apiVersion, kind };
}

/**
 * One event of a watch as a frame: four bytes of length, then
 * `WatchEvent { type = 1, object = 2 { raw = 1 } }`.
 */
export function protobufWatchFrame(type: string, object: Uint8Array): Uint8Array {
  const inner = tagAndLength(1, object.length);
  const outer = tagAndLength(2, inner.length + object.length);
  const writer = new WireWriter(32);
  writer.string(type);
  writer.tag(1, wire.bytes);
  const head = writer.take();
  const size = head.length + outer.length + inner.length + object.length;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, size);
  return concat([length, head, outer, inner, object]);
}

/** The body of a frame, without its four bytes of length; `object` is in an envelope of its own. */
export function readWatchEvent(body: Uint8Array): { type: string; object: Uint8Array } {
  const reader = new WireReader(body);
  let type = "";
  let object = new Uint8Array();
  while (!reader.done) {
    const tag = reader.tag();
    const [number, wireType] = [tag >>> 3, tag & 7];
    if (number === 1 && wireType === wire.bytes) type = reader.string();
    else if (number === 2 && wireType === wire.bytes) object = readRaw(reader.message());
    else reader.skip(wireType);
  }
  return { type, object };
}

function readRaw(reader: WireReader): Uint8Array<ArrayBuffer> {
  let raw = new Uint8Array();
  while (!reader.done) {
    const tag = reader.tag();
    const [number, type] = [tag >>> 3, tag & 7];
    if (number === 1 && type === wire.bytes) raw = reader.bytes() as Uint8Array<ArrayBuffer>;
    else reader.skip(type);
  }
  return raw;
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
