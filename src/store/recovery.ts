import type { Disk, DiskFile } from "../lib/disk.ts";
import { fileHeaderBytes, readFileHeader } from "./file-header.ts";
import type { LogEnd, SealedSegment } from "./log.ts";
import { type Manifest, segmentName } from "./manifest.ts";
import {
  firstOfBatch,
  headerAt,
  type LogRecord,
  nextMagic,
  readRecord,
  recordHeaderBytes,
} from "./record.ts";
import type { SegmentHeader } from "./segments.ts";
import { StoreError } from "./store.ts";

// What a crash may leave at the end of the log, and what it may not
//
// A batch is written only when the one before is durable. So at most the last batch can be torn:
// of its sectors any may have reached the disk, the others hold the zeros that the segment was
// filled with, and one may be cut in the middle. Its writes were never acknowledged, and it is
// cut off. Everything else is damage and is refused with its place:
// - a bad record that a first record of a later batch follows: its batch was durable;
// - a bad record in the last batch, whose bytes are all there: no zeros where a sector ends;
// - a bad record in a segment that is not the last one.

export type RecoveredLog = {
  end: LogEnd;
  sealed: SealedSegment[];
  active: { number: number; file: DiskFile; position: number; size: number };
};

/** Called for each record in order. */
export type Replay = (record: LogRecord) => void;

/**
 * Reads the segments that `manifest` names, cuts off a torn end, and leaves the last one open.
 * `files`: the numbers of the segments that are there.
 */
export async function recoverLog(
  disk: Disk,
  manifest: Manifest,
  files: readonly number[],
  replay: Replay,
): Promise<RecoveredLog> {
  let { newest } = manifest;
  while (files.includes(newest + 1)) newest++;
  const sealed: SealedSegment[] = [];
  let end: LogEnd | undefined;
  for (let number = manifest.oldest; number < newest; number++) {
    const { file, bytes, header } = await openSegment(disk, manifest, { number, end });
    await file.close();
    const next = await openSegment(disk, manifest, { number: number + 1, end: undefined });
    await next.file.close();
    const path = disk.path(segmentName(number));
    end = replaySealed(bytes, header, next.header, path, replay);
    sealed.push({ number, lastRevision: end.revision, bytes: bytes.length });
  }
  const { file, bytes, header } = await openSegment(disk, manifest, { number: newest, end });
  const path = disk.path(segmentName(newest));
  const scan = scanRecords(bytes, header, path, replay);
  const tail = endOfWritten(bytes);
  if (tail > scan.position) {
    refuseDamage(bytes, scan, tail, path);
    await file.write(scan.position, [new Uint8Array(tail - scan.position)]);
  }
  const active = { number: newest, file, position: scan.position, size: bytes.length };
  return { end: scan.end, sealed, active };
}

async function openSegment(
  disk: Disk,
  manifest: Manifest,
  { number, end }: { number: number; end: LogEnd | undefined },
): Promise<{ file: DiskFile; bytes: Buffer; header: SegmentHeader }> {
  const name = segmentName(number);
  const path = disk.path(name);
  const there = (await disk.list()).includes(name);
  if (!there) {
    const range = `${segmentName(manifest.oldest)} to ${segmentName(manifest.newest)}`;
    throw new StoreError(
      "damaged",
      `${path} is missing: the log is made of ${range}; put it back, or restore a snapshot`,
    );
  }
  const file = await disk.open(name, { durable: true });
  const read = await file.read(0, await file.size());
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.length);
  const header = readFileHeader("log", bytes, path) as SegmentHeader;
  if (header.store !== manifest.store)
    throw new StoreError(
      "damaged",
      `${path} belongs to store ${header.store}, this is store ${manifest.store}`,
    );
  if (header.size !== bytes.length)
    throw new StoreError("damaged", `${path} has ${bytes.length} bytes instead of ${header.size}`);
  const follows = !end || (end.link === header.link && end.revision === header.afterRevision);
  if (header.number !== number || !follows)
    throw new StoreError(
      "damaged",
      `${path} is not the segment that follows revision ${end?.revision}`,
    );
  return { file, bytes, header };
}

/** Reads a segment up to where the next one says it ends. What is behind was never part of it. */
function replaySealed(
  bytes: Buffer,
  header: SegmentHeader,
  next: SegmentHeader,
  path: string,
  replay: Replay,
): LogEnd {
  const { position, end } = scanRecords(bytes, header, path, replay, next.link);
  if (end.revision === next.afterRevision && end.link === next.link) return end;
  throw damagedAt(path, position, `the log goes on to revision ${next.afterRevision}`);
}

/** Reads records until one is not valid, or (`lastLink`) until the one with this link. */
function scanRecords(
  bytes: Buffer,
  header: SegmentHeader,
  path: string,
  replay: Replay,
  lastLink?: number,
): { position: number; end: LogEnd } {
  let end: LogEnd = { revision: header.afterRevision, link: header.link };
  let position = fileHeaderBytes;
  while (end.link !== lastLink) {
    const record = readRecord(bytes, position);
    if ("bad" in record || record.previous !== end.link) break;
    if (record.revision !== end.revision + 1)
      throw damagedAt(path, position, `revision ${record.revision} follows ${end.revision}`);
    replay(record);
    end = { revision: record.revision, link: record.link };
    position = record.end;
  }
  return { position, end };
}

/** Throws unless what stands behind the last good record, up to `to`, can be a torn batch. */
function refuseDamage(
  bytes: Buffer,
  { position: from, end }: { position: number; end: LogEnd },
  to: number,
  path: string,
): void {
  for (let at = nextMagic(bytes, from + 1); at >= 0; at = nextMagic(bytes, at + 1)) {
    const header = headerAt(bytes, at);
    if (header && header.flags & firstOfBatch && header.revision > end.revision + 1)
      throw damagedAt(path, from, `durable records follow at offset ${at}`);
  }
  if (!isTorn(bytes, from, to))
    throw damagedAt(path, from, "a record is there from its start to its end, but altered");
}

const sectorBytes = 512;

/**
 * Whether part of what was to be written to [from, to) is not there. A value with a zero in the
 * last place of a sector can make damage look like this; JSON has none.
 */
function isTorn(bytes: Buffer, from: number, to: number): boolean {
  for (let end = from - (from % sectorBytes) + sectorBytes; end <= to; end += sectorBytes)
    if (bytes[end - 1] === 0) return true;
  let at = from;
  while (at < to) {
    // Nothing of the record is there, or its header is not there to its end.
    if (bytes[at] === 0 || to - at < recordHeaderBytes) return true;
    const header = headerAt(bytes, at);
    if (!header) return false;
    at = header.end;
  }
  return at > to;
}

/** The offset behind the last byte that is not zero. */
function endOfWritten(bytes: Buffer): number {
  let end = bytes.length;
  for (; end > 0; end -= zeros.length) {
    const block = bytes.subarray(Math.max(end - zeros.length, 0), end);
    if (!block.equals(zeros.subarray(0, block.length))) break;
  }
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Math.max(end, 0);
}

const zeros = Buffer.alloc(64 * 1024);

function damagedAt(path: string, offset: number, why: string): StoreError {
  return new StoreError(
    "damaged",
    `${path}: damaged at offset ${offset}: ${why}; restore a snapshot of the cluster`,
  );
}
