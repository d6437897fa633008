import { type Clock, sleep } from "../lib/clock.ts";
import type { Disk, DiskFile } from "../lib/disk.ts";
import {
  damagedAt,
  type FileKind,
  fileHeader,
  fileHeaderBytes,
  readFileHeader,
} from "./file-header.ts";
import { removeIfThere, snapshotName } from "./manifest.ts";
import { endOfSnapshot, type LogRecord, readRecord, recordBytes, writeRecord } from "./record.ts";
import type { Seal } from "./seal.ts";
import { StoreError } from "./store.ts";
import { rawParts, type Version } from "./version.ts";
import type { View } from "./view.ts";

// A snapshot is the state at one revision: a header, a record for each key in order, and a record
// that tells how many there are. With it the log before that revision is not needed any more.

type SnapshotHeader = { store: string; revision: number };

/** Written and synced at a time: the log's own syncs wait behind it on the disk. */
const blockBytes = 512 * 1024;

/** Keys visited at a time. */
const keysMax = 64;

const draft = "snapshot.tmp";

type Options = {
  disk: Disk;
  clock: Clock;
  program: string;
  store: string;
  view: View;
  /** It must be kept from compaction meanwhile. */
  revision: number;
  signal: AbortSignal;
  seal?: Seal | undefined;
};

/**
 * Writes the state at `revision` and resolves with the file's size once it is durable under its
 * name. Rests as long as it works, so that writers have the disk for half of the time.
 */
export async function writeSnapshot(options: Options): Promise<number> {
  const { disk, program, store, revision } = options;
  await removeIfThere(disk, draft);
  const file = await disk.open(draft, { create: true });
  let size: number;
  try {
    const header: SnapshotHeader = { store, revision };
    await file.write(0, [fileHeader("snapshot", program, header)]);
    size = await writeRecords(file, options);
    await file.datasync();
  } catch (error) {
    await file.close();
    await removeIfThere(disk, draft);
    throw error;
  }
  await file.close();
  await disk.rename(draft, snapshotName(revision));
  await disk.syncNames();
  return size;
}

async function writeRecords(file: DiskFile, options: Options): Promise<number> {
  const { view, revision, clock, signal } = options;
  const block = new Block(file, options.seal);
  let count = 0;
  for (let after = ""; ; ) {
    const versions = view.versionsAt(revision, after, keysMax);
    for (const version of versions) {
      block.add(version);
      count++;
      if (block.bytes < blockBytes) continue;
      signal.throwIfAborted();
      const began = clock.monotonic();
      await block.write();
      await file.datasync();
      await sleep(clock, clock.monotonic() - began, signal);
    }
    const last = versions.at(-1);
    if (!last) break;
    after = last.key;
  }
  block.addEnd(revision, count);
  await block.write();
  return block.position;
}

/** Records that are gathered for one write. */
class Block {
  position = fileHeaderBytes;
  bytes = 0;
  #link = 0;
  #buffer = Buffer.allocUnsafeSlow(2 * blockBytes);
  readonly #file: DiskFile;

  readonly #seal: Seal | undefined;

  constructor(file: DiskFile, seal: Seal | undefined) {
    this.#file = file;
    this.#seal = seal;
  }

  add(version: Version): void {
    const { key, createRevision, modRevision, version: count } = version;
    const fields = { key, createRevision, revision: modRevision, version: count };
    const raw = rawParts(version);
    const value = this.#seal ? [this.#seal.close(key, Buffer.concat(raw))] : raw;
    this.#put({ ...fields, flags: 0, time: 0 }, value);
  }

  addEnd(revision: number, count: number): void {
    const fields = { key: "", flags: endOfSnapshot, revision, createRevision: 0, time: 0 };
    this.#put({ ...fields, version: count }, []);
  }

  async write(): Promise<void> {
    await this.#file.write(this.position, [this.#buffer.subarray(0, this.bytes)]);
    this.position += this.bytes;
    this.bytes = 0;
  }

  #put(fields: Parameters<typeof writeRecord>[2], value: Uint8Array[]): void {
    const length = value.reduce((sum, part) => sum + part.length, 0);
    const needed = this.bytes + recordBytes(Buffer.byteLength(fields.key), length);
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(needed);
      this.#buffer.copy(larger, 0, 0, this.bytes);
      this.#buffer = larger;
    }
    const { end, link } = writeRecord(this.#buffer, this.bytes, fields, value, this.#link);
    this.bytes = end;
    this.#link = link;
  }
}

/** Read at a time. */
const readBytes = 4 * 1024 * 1024;

/** Reads the snapshot of `revision`, each record in order. Throws a `StoreError` on any damage. */
export async function readSnapshot(
  disk: Disk,
  { store, revision }: SnapshotHeader,
  load: (record: LogRecord) => void,
): Promise<{ size: number }> {
  const path = disk.path(snapshotName(revision));
  const file = await disk.open(snapshotName(revision), { readOnly: true });
  try {
    const start = toBuffer(await file.read(0, fileHeaderBytes));
    const header = readFileHeader("snapshot", start, path) as SnapshotHeader;
    if (header.store !== store || header.revision !== revision)
      throw new StoreError(
        "damaged",
        `${path} is of revision ${header.revision} of store ${header.store}, ` +
          `not of revision ${revision} of store ${store}: put the right one back, or restore a snapshot of the cluster`,
      );
    return { size: await readRecords(file, { kind: "snapshot", path, revision }, load) };
  } finally {
    await file.close();
  }
}

/**
 * Gives `load` each record behind the header; resolves with the file's size. Throws unless the last one tells their
 * number and `revision`.
 */
export async function readRecords(
  file: DiskFile,
  from: { kind: FileKind; path: string; revision: number },
  load: (record: LogRecord) => void,
): Promise<number> {
  let position = fileHeaderBytes;
  let link = 0;
  let count = 0;
  let needed = readBytes;
  let room = Buffer.allocUnsafeSlow(readBytes);
  for (;;) {
    if (needed > room.length) room = Buffer.allocUnsafeSlow(needed);
    const bytes = toBuffer(await file.read(position, needed, room));
    let at = 0;
    for (;;) {
      const record = readRecord(bytes, at);
      if ("bad" in record) {
        const more = record.bad === "short" && bytes.length === needed;
        if (!more) throw damagedAt(from, position + at, "no valid record");
        needed = Math.max(readBytes, record.needed);
        break;
      }
      if (record.previous !== link) throw damagedAt(from, position + at, "out of order");
      if (record.flags & endOfSnapshot) {
        if (record.version === count && record.revision === from.revision)
          return position + record.end;
        throw damagedAt(from, position + at, `${record.version} records were written`);
      }
      load(record);
      link = record.link;
      at = record.end;
      count++;
    }
    position += at;
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
