import { crc32c } from "../lib/crc32c.ts";
import type { JournalRecord } from "./journal.ts";

// A record is a header of fixed length, the key and the value:
//
//   magic 1 | flags 1 | length of key 2, of value 4 | revision 8 | create revision 8 | version 8 |
//   time 8 | checksum of key and value 5 | `previous` 5 | checksum of the header so far 5
//
// `previous` is the header's checksum of the record before, so a missing, repeated or moved record
// breaks the chain. Each byte of a header carries seven bits and its top bit is set: a header that
// was written holds no zero, which is how a write that did not reach the disk is told from damage.

export const recordHeaderBytes = 55;

/** The record is the first of those that became durable with one sync. */
export const firstOfBatch = 1;
export const deletion = 2;
/** The last record of a snapshot: `revision` is the snapshot's, `version` the number of records. */
export const endOfSnapshot = 4;

/** In a backup: `key` names a file of the cluster, `value` is what it holds. */
export const fileOfCluster = 8;

export type RecordFields = Omit<JournalRecord, "value"> & { flags: number; time: number };

export type LogRecord = RecordFields & {
  /** Where the record starts and ends in the bytes it was read from. */
  start: number;
  end: number;
  value: Uint8Array;
  previous: number;
  /** Checksum of the header, the link for the next record. */
  link: number;
};

const magic = 0xc5;
const contentCrcAt = 40;
const previousAt = 45;
const linkAt = 50;

/** Bytes that a record of this key and value takes in the log. */
export function recordBytes(keyBytes: number, valueBytes: number): number {
  return recordHeaderBytes + keyBytes + valueBytes;
}

/**
 * Writes a record at `at`, where there must be room for it; the value is given in parts. Returns
 * the record's end and its link for the next one.
 */
export function writeRecord(
  into: Buffer,
  at: number,
  fields: RecordFields,
  value: readonly Uint8Array[],
  previous: number,
): { end: number; link: number } {
  const content = at + recordHeaderBytes;
  const keyEnd = content + into.write(fields.key, content);
  let end = keyEnd;
  for (const part of value) {
    into.set(part, end);
    end += part.length;
  }
  into[at] = magic;
  into[at + 1] = 0x80 | fields.flags;
  into[at + 2] = 0x80 | ((keyEnd - content) & 127);
  into[at + 3] = 0x80 | ((keyEnd - content) >>> 7);
  write28(into, at + 4, end - keyEnd);
  write56(into, at + 8, fields.revision);
  write56(into, at + 16, fields.createRevision);
  write56(into, at + 24, fields.version);
  write56(into, at + 32, fields.time);
  write35(into, at + contentCrcAt, crc32c(into, 0, content, end));
  write35(into, at + previousAt, previous);
  const link = crc32c(into, 0, at, at + linkAt);
  write35(into, at + linkAt, link);
  return { end, link };
}

/**
 * Reads the record at `at`. "header": there is no valid header; "content": the header is valid, but
 * key and value are not what it tells; "short": the bytes end before the record does, which is after
 * `needed` bytes as far as is known.
 */
export function readRecord(
  bytes: Buffer,
  at: number,
): LogRecord | { bad: "header" | "content" } | { bad: "short"; needed: number } {
  const content = at + recordHeaderBytes;
  if (content > bytes.length) return { bad: "short", needed: recordHeaderBytes };
  const link = readHeader(bytes, at);
  if (link < 0) return { bad: "header" };
  const keyEnd = content + keyLength(bytes, at);
  const end = endOf(bytes, at);
  if (end > bytes.length) return { bad: "short", needed: end - at };
  if (crc32c(bytes, 0, content, end) !== read35(bytes, at + contentCrcAt))
    return { bad: "content" };
  return {
    start: at,
    end,
    flags: bytes[at + 1]! & 127,
    key: bytes.toString("utf8", content, keyEnd),
    value: bytes.subarray(keyEnd, end),
    revision: read56(bytes, at + 8),
    createRevision: read56(bytes, at + 16),
    version: read56(bytes, at + 24),
    time: read56(bytes, at + 32),
    previous: read35(bytes, at + previousAt),
    link,
  };
}

/** What a valid header that starts exactly at `at` tells; undefined when there is none. */
export function headerAt(
  bytes: Buffer,
  at: number,
): { flags: number; revision: number; end: number } | undefined {
  if (at + recordHeaderBytes > bytes.length || readHeader(bytes, at) < 0) return undefined;
  return { flags: bytes[at + 1]! & 127, revision: read56(bytes, at + 8), end: endOf(bytes, at) };
}

/** Where the next header may start: the next byte that is the magic one; -1 when there is none. */
export function nextMagic(bytes: Buffer, from: number): number {
  return bytes.indexOf(magic, from);
}

/** The link of the header at `at`; -1 when it is not valid. */
function readHeader(bytes: Buffer, at: number): number {
  if (bytes[at] !== magic) return -1;
  const link = crc32c(bytes, 0, at, at + linkAt);
  // Byte by byte, so that no bit of it goes unchecked.
  for (let i = 0, rest = link; i < 5; i++, rest >>>= 7)
    if (bytes[at + linkAt + i] !== (0x80 | (rest & 127))) return -1;
  return link;
}

const keyLength = (bytes: Buffer, at: number): number =>
  (bytes[at + 2]! & 127) | ((bytes[at + 3]! & 127) << 7);

/** End of the record whose valid header is at `at`. */
const endOf = (bytes: Buffer, at: number): number =>
  at + recordHeaderBytes + keyLength(bytes, at) + read28(bytes, at + 4);

function write28(into: Uint8Array, at: number, n: number): void {
  into[at] = 0x80 | (n & 127);
  into[at + 1] = 0x80 | ((n >>> 7) & 127);
  into[at + 2] = 0x80 | ((n >>> 14) & 127);
  into[at + 3] = 0x80 | ((n >>> 21) & 127);
}

function write35(into: Uint8Array, at: number, n: number): void {
  write28(into, at, n);
  into[at + 4] = 0x80 | (n >>> 28);
}

function write56(into: Uint8Array, at: number, n: number): void {
  // Whole numbers of 32 bits are quicker than a division of what is larger.
  const low = (n >>> 0) & (2 ** 28 - 1);
  write28(into, at, low);
  write28(into, at + 4, (n - low) / 2 ** 28);
}

function read28(from: Uint8Array, at: number): number {
  return (
    (from[at]! & 127) |
    ((from[at + 1]! & 127) << 7) |
    ((from[at + 2]! & 127) << 14) |
    ((from[at + 3]! & 127) << 21)
  );
}

function read35(from: Uint8Array, at: number): number {
  return (read28(from, at) | ((from[at + 4]! & 15) << 28)) >>> 0;
}

function read56(from: Uint8Array, at: number): number {
  return read28(from, at) + read28(from, at + 4) * 2 ** 28;
}
