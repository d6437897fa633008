import type { Disk, DiskFile } from "../lib/disk.ts";
import { damagedAt, fileHeaderBytes, readFileHeader } from "./file-header.ts";
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
  const buffers = [new Room(), new Room()] as const;
  let segment = await openSegment(disk, manifest, manifest.oldest, buffers[0]);
  while (segment.header.number < newest) {
    await segment.file.close();
    const room = buffers[(sealed.length + 1) % 2]!;
    const next = await openSegment(disk, manifest, segment.header.number + 1, room);
    const end = replaySealed(segment, next.header, replay);
    const { number, size } = segment.header;
    sealed.push({ number, lastRevision: end.revision, bytes: size });
    segment = next;
  }
  const { file, header } = segment;
  const { scan, tail } = scanNewest(segment, replay);
  if (tail > scan.position) await file.write(scan.position, [new Uint8Array(tail - scan.position)]);
  const active = { number: header.number, file, position: scan.position, size: header.size };
  return { end: scan.end, sealed, active };
}

/** Where the good records of the newest segment end, and where all that was written does; between them is a torn batch. */
export function scanNewest(
  segment: SegmentBytes,
  replay: Replay,
): { scan: { position: number; end: LogEnd }; tail: number } {
  const scan = scanRecords(segment, replay);
  const tail = endOfWritten(segment.bytes);
  if (tail > scan.position) refuseDamage(segment, scan, tail);
  return { scan, tail };
}

/** A segment as it was read; `path` is for errors. */
type SegmentBytes = { path: string; bytes: Buffer; header: SegmentHeader };

type OpenSegment = SegmentBytes & { file: DiskFile };

/** Memory that one segment after the other is read into. */
class Room {
  #bytes = Buffer.alloc(0);

  for(length: number): Buffer {
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(length);
    return this.#bytes;
  }
}

async function openSegment(
  disk: Disk,
  manifest: Manifest,
  number: number,
  room: Room,
): Promise<OpenSegment> {
  const path = disk.path(segmentName(number));
  const file = await disk.open(segmentName(number), { durable: true });
  try {
    const size = await file.size();
    const read = await file.read(0, size, room.for(size));
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.length);
    const header = readFileHeader("log", bytes, path) as SegmentHeader;
    const problem = misfit(header, { store: manifest.store, number, size: bytes.length });
    if (problem) throw new StoreError("damaged", `${path} ${problem}`);
    return { path, file, bytes, header };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Why a segment is not what is wanted. */
function misfit(
  header: SegmentHeader,
  wanted: { store: string; number: number; size: number },
): string | undefined {
  if (header.store !== wanted.store)
    return `belongs to store ${header.store}, but this is store ${wanted.store}`;
  if (header.number !== wanted.number) return `is a copy of segment ${header.number}`;
  if (header.size !== wanted.size) return `has ${wanted.size} bytes instead of ${header.size}`;
  return undefined;
}

/** Reads a segment up to where the next one says it ends. What is behind was never part of it. */
function replaySealed(segment: OpenSegment, next: SegmentHeader, replay: Replay): LogEnd {
  const { position, end } = scanRecords(segment, replay, next.link);
  if (end.revision === next.afterRevision && end.link === next.link) return end;
  throw damagedAt(
    { kind: "log", path: segment.path },
    position,
    `the log goes on to revision ${next.afterRevision}`,
  );
}

/** Reads records until one is not valid, or (`lastLink`) until the one with this link. */
function scanRecords(
  { bytes, header, path }: SegmentBytes,
  replay: Replay,
  lastLink?: number,
): { position: number; end: LogEnd } {
  let end: LogEnd = { revision: header.afterRevision, link: header.link };
  let position = fileHeaderBytes;
  while (end.link !== lastLink) {
    const record = readRecord(bytes, position);
    if ("bad" in record || record.previous !== end.link) break;
    if (record.revision !== end.revision + 1)
      throw damagedAt(
        { kind: "log", path },
        position,
        `revision ${record.revision} follows ${end.revision}`,
      );
    replay(record);
    end = { revision: record.revision, link: record.link };
    position = record.end;
  }
  return { position, end };
}

/** Throws unless what stands behind the last good record, up to `to`, can be a torn batch. */
function refuseDamage(
  { bytes, path }: SegmentBytes,
  { position: from, end }: { position: number; end: LogEnd },
  to: number,
): void {
  for (let at = nextMagic(bytes, from + 1); at >= 0; at = nextMagic(bytes, at + 1)) {
    const header = headerAt(bytes, at);
    if (header && header.flags & firstOfBatch && header.revision > end.revision + 1)
      throw damagedAt({ kind: "log", path }, from, `durable records follow at offset ${at}`);
  }
  if (!isTorn(bytes, from, to))
    throw damagedAt(
      { kind: "log", path },
      from,
      "a record is there from its start to its end, but altered",
    );
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
