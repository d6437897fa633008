import type { Clock } from "../lib/clock.ts";
import { type Disk, DiskError } from "../lib/disk.ts";
import type { Batch, Journal, JournalRecord } from "./journal.ts";
import { removeIfThere, segmentName } from "./manifest.ts";
import { deletion, firstOfBatch, recordBytes, writeRecord } from "./record.ts";
import type { Segment, SegmentSupply } from "./segments.ts";
import { StoreError } from "./store.ts";

/** Where the log on disk ends. */
export type LogEnd = { revision: number; link: number };

/** A segment that is full, or that was closed before the last one was begun. */
export type SealedSegment = { number: number; lastRevision: number; bytes: number };

type Options = {
  disk: Disk;
  clock: Clock;
  store: string;
  supply: SegmentSupply;
  active: Segment;
  sealed: SealedSegment[];
  end: LogEnd;
  /** Called when a segment was begun. */
  onSegment: () => void;
};

/** Buffers of written batches that are kept for the next ones, and the largest that is kept. */
const idleBuffersMax = 2;
const idleBufferBytesMax = 4 * 1024 * 1024;
const bufferBytesMin = 64 * 1024;

/** The journal on disk: batches of records, one after the other, in segments. */
export class Log implements Journal {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #store: string;
  readonly #supply: SegmentSupply;
  readonly #onSegment: () => void;
  #active: Segment;
  #sealed: SealedSegment[];
  /** The end of what is durable. */
  #end: LogEnd;
  /** Where the last record that was put into a batch ends: batches go on from each other. */
  readonly #chain: Chain;
  #idle: Buffer[] = [];
  /** Size of the snapshot that the log follows. */
  snapshotBytes = 0;

  constructor(options: Options) {
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#supply = options.supply;
    this.#active = options.active;
    this.#sealed = options.sealed;
    this.#end = options.end;
    this.#chain = { link: options.end.link };
    this.#onSegment = options.onSegment;
  }

  get full(): boolean {
    return this.#supply.full;
  }

  /** Number of the segment that is written to. */
  get newest(): number {
    return this.#active.number;
  }

  sizes(compactedRevision: number): { diskBytes: number; reclaimableBytes: number } {
    let diskBytes = this.#active.size + this.#supply.diskBytes + this.snapshotBytes;
    let reclaimableBytes = 0;
    for (const { lastRevision, bytes } of this.#sealed) {
      diskBytes += bytes;
      if (lastRevision <= compactedRevision) reclaimableBytes += bytes;
    }
    return { diskBytes, reclaimableBytes };
  }

  /** Number of the last segment that holds nothing later than `revision`; 0 when there is none. */
  lastWithin(revision: number): number {
    return this.#sealed.findLast((segment) => segment.lastRevision <= revision)?.number ?? 0;
  }

  begin(): LogBatch {
    const buffer = this.#idle.pop() ?? Buffer.allocUnsafeSlow(bufferBytesMin);
    return new LogBatch(buffer, this.#clock.now(), this.#chain);
  }

  async commit(batch: LogBatch): Promise<void> {
    try {
      if (this.#active.position + batch.bytes > this.#active.size) await this.#advance(batch);
      await this.#append(batch.contents);
    } catch (error) {
      throw asStoreError(error);
    }
    this.#end = { revision: batch.lastRevision, link: batch.lastLink };
    this.#recycle(batch.buffer);
  }

  rewind(): void {
    this.#chain.link = this.#end.link;
  }

  /** Removes sealed segments up to `number` for good. Their revisions are in a snapshot. */
  async drop(number: number): Promise<void> {
    const dropped = this.#sealed.filter((segment) => segment.number <= number);
    this.#sealed = this.#sealed.filter((segment) => segment.number > number);
    for (const segment of dropped) await removeIfThere(this.#disk, segmentName(segment.number));
  }

  async close(): Promise<void> {
    await this.#supply.close();
    await this.#active.file.close();
  }

  async #append(contents: Uint8Array): Promise<void> {
    const { file, position } = this.#active;
    try {
      await file.write(position, [contents]);
    } catch (error) {
      // After a failed sync the kernel may have dropped the pages: trying again proves nothing.
      if (error instanceof DiskError && error.code === "full") {
        this.#supply.outOfSpace();
        await this.#takeBack(contents.length);
      }
      throw error;
    }
    this.#active.position += contents.length;
  }

  /** Removes what a refused write may have left, which must not be found by a later start. */
  async #takeBack(length: number): Promise<void> {
    const { file, position } = this.#active;
    try {
      await file.write(position, [new Uint8Array(length)]);
    } catch (cause) {
      throw new StoreError("failed", `take back a refused write: ${cause}`, { cause });
    }
  }

  async #advance(batch: LogBatch): Promise<void> {
    const last = this.#active;
    const number = last.number + 1;
    const { revision: afterRevision, link } = this.#end;
    const header = { store: this.#store, number, afterRevision, link };
    const options = { bytes: batch.bytes, reserved: batch.deletionsOnly, last };
    this.#active = await this.#supply.next(header, options);
    this.#sealed.push({ number: last.number, lastRevision: afterRevision, bytes: last.size });
    await last.file.close();
    this.#onSegment();
  }

  #recycle(buffer: Buffer): void {
    if (this.#idle.length < idleBuffersMax && buffer.length <= idleBufferBytesMax)
      this.#idle.push(buffer);
  }
}

type Chain = { link: number };

/** Records on their way to the disk, as they will stand there. */
class LogBatch implements Batch {
  buffer: Buffer;
  bytes = 0;
  lastRevision = 0;
  lastLink = 0;
  deletionsOnly = true;
  readonly #time: number;
  readonly #chain: Chain;

  constructor(buffer: Buffer, time: number, chain: Chain) {
    this.buffer = buffer;
    this.#time = time;
    this.#chain = chain;
  }

  get contents(): Uint8Array {
    return this.buffer.subarray(0, this.bytes);
  }

  add({ key, value, revision, createRevision, version }: JournalRecord): void {
    // No character takes more than three bytes for each of its units.
    this.#makeRoom(recordBytes(key.length * 3, value?.length ?? 0));
    const flags = (this.bytes === 0 ? firstOfBatch : 0) | (value ? 0 : deletion);
    const fields = { key, flags, revision, createRevision, version, time: this.#time };
    const parts = value ? [value] : [];
    const { end, link } = writeRecord(this.buffer, this.bytes, fields, parts, this.#chain.link);
    this.bytes = end;
    this.lastLink = link;
    this.#chain.link = link;
    this.lastRevision = revision;
    if (value) this.deletionsOnly = false;
  }

  #makeRoom(bytes: number): void {
    const needed = this.bytes + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.bytes);
    this.buffer = larger;
  }
}

function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { message } = error as Error;
  if (error instanceof DiskError && error.code === "full")
    return new StoreError("full", message, { cause: error });
  return new StoreError("failed", message, { cause: error });
}
