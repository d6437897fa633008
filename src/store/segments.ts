import type { Clock } from "../lib/clock.ts";
import { type Disk, DiskError, type DiskFile } from "../lib/disk.ts";
import { fileHeader, fileHeaderBytes } from "./file-header.ts";
import { removeIfThere, segmentName } from "./manifest.ts";

/** What the header of a segment tells. */
export type SegmentHeader = {
  store: string;
  number: number;
  /** The newest revision before this segment, and the link of its record. */
  afterRevision: number;
  link: number;
  /** Bytes of the file. */
  size: number;
};

/** A segment that is written to: its space is there, filled with zeros. */
export type Segment = {
  number: number;
  /** Opened so that each write is durable. */
  file: DiskFile;
  /** Where the next record goes. */
  position: number;
  size: number;
  /** Monotonic time in ms when the first record could go in. */
  openedAt: number;
};

export type SegmentSizes = {
  /** Size of the first segment; each that is full soon after it was begun is followed by a larger. */
  min: number;
  max: number;
  /** Space that is kept for deletions when the disk is full. */
  reserve: number;
};

/** Small at rest. A start holds two segments in memory; a change costs a few syncs. */
export const defaultSegmentSizes: SegmentSizes = Object.freeze({
  min: 4 * 1024 * 1024,
  max: 16 * 1024 * 1024,
  reserve: 1024 * 1024,
});

/** A segment that was full sooner than this is followed by one of twice its size. */
const soonMs = 10_000;

/** Zeros written at a time: the log's own syncs wait behind them on the disk. */
const zeroBytes = 1024 * 1024;

/** Time between two tries to get space on a full disk. */
const retryMs = 1000;

/** Names of files that are prepared to become segments. */
const spareName = "spare";
const reserveName = "reserve";

type SupplyOptions = {
  disk: Disk;
  clock: Clock;
  program: string;
  sizes: SegmentSizes;
  /** Called at each try to get space that failed. */
  onFull: () => void;
};

/**
 * Prepares files that become the log's next segments, so that the log always writes to space which
 * is there already: half the time of a sync, and a full disk is found before a write and not in it.
 */
export class SegmentSupply {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #program: string;
  readonly #sizes: SegmentSizes;
  readonly #onFull: () => void;
  #size: number;
  #spare: Promise<DiskFile> | undefined;
  #spareSize = 0;
  #reserve: DiskFile | undefined;
  #full = false;
  #cancelRetry: (() => void) | undefined;
  #closed = new AbortController();

  constructor(options: SupplyOptions) {
    this.#disk = options.disk;
    this.#clock = options.clock;
    this.#program = options.program;
    this.#sizes = options.sizes;
    this.#size = options.sizes.min;
    this.#onFull = options.onFull;
  }

  /** True from the moment a segment was needed and there was no space, until there is again. */
  get full(): boolean {
    return this.#full;
  }

  get diskBytes(): number {
    return (this.#spare ? this.#spareSize : 0) + (this.#reserve ? this.#sizes.reserve : 0);
  }

  /** Takes over what an earlier process kept for deletions. Called once, before all else. */
  async start(): Promise<void> {
    const names = await this.#disk.list();
    if (names.includes(reserveName)) {
      const file = await this.#disk.open(reserveName);
      if ((await file.size()) === this.#sizes.reserve) this.#reserve = file;
      else await file.close();
    }
  }

  /** Begins to prepare what is missing. */
  prepare(): void {
    this.#spare ??= this.#startSpare(this.#size);
  }

  /**
   * The next segment, with room for `bytes` of records. Rejects with a `DiskError` of code "full"
   * when there is no space; `reserved`: then takes what is kept for deletions.
   */
  async next(
    header: Omit<SegmentHeader, "size">,
    options: { bytes: number; reserved: boolean; last?: Segment },
  ): Promise<Segment> {
    const { bytes, reserved, last } = options;
    if (last && this.#clock.monotonic() - last.openedAt < soonMs)
      this.#size = Math.min(this.#size * 2, this.#sizes.max);
    try {
      const file = await this.#takeSpare(fileHeaderBytes + bytes);
      const segment = await this.#begin(file, spareName, this.#spareSize, header);
      this.prepare();
      return segment;
    } catch (error) {
      if (!(error instanceof DiskError && error.code === "full")) throw error;
      this.outOfSpace();
      const reserve = this.#reserve;
      if (!reserved || !reserve || fileHeaderBytes + bytes > this.#sizes.reserve) throw error;
      this.#reserve = undefined;
      return this.#begin(reserve, reserveName, this.#sizes.reserve, header);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#cancelRetry?.();
    const files = [await this.#spare?.catch(() => undefined), this.#reserve];
    for (const file of files) await file?.close();
  }

  #startSpare(size: number): Promise<DiskFile> {
    this.#spareSize = size;
    const spare = this.#fillBoth(size);
    // Whoever needs it hears of the failure.
    spare.catch(() => {
      if (this.#spare === spare) this.#spare = undefined;
    });
    return spare;
  }

  /** The reserve comes first: no write takes space that deletions do not have. */
  async #fillBoth(size: number): Promise<DiskFile> {
    this.#reserve ??= await this.#fill(reserveName, this.#sizes.reserve);
    return this.#fill(spareName, size);
  }

  async #takeSpare(size: number): Promise<DiskFile> {
    this.#spare ??= this.#startSpare(Math.max(this.#size, size));
    const file = await this.#spare;
    this.#spare = undefined;
    if (this.#spareSize >= size) return file;
    await file.close();
    this.#spare = this.#startSpare(size);
    return this.#takeSpare(size);
  }

  /** A file of zeros. On a full disk the file is removed again. */
  async #fill(name: string, size: number): Promise<DiskFile> {
    await removeIfThere(this.#disk, name);
    const file = await this.#disk.open(name, { create: true });
    try {
      const zeros = new Uint8Array(Math.min(zeroBytes, size));
      for (let at = 0; at < size; at += zeros.length) {
        this.#closed.signal.throwIfAborted();
        await file.write(at, [zeros.subarray(0, size - at)]);
        await file.datasync();
      }
      return file;
    } catch (error) {
      await file.close();
      await removeIfThere(this.#disk, name);
      throw error;
    }
  }

  async #begin(
    spare: DiskFile,
    from: string,
    size: number,
    header: Omit<SegmentHeader, "size">,
  ): Promise<Segment> {
    const name = segmentName(header.number);
    await spare.write(0, [fileHeader("log", this.#program, { ...header, size })]);
    await spare.datasync();
    await spare.close();
    await this.#disk.rename(from, name);
    await this.#disk.syncNames();
    const file = await this.#disk.open(name, { durable: true });
    const openedAt = this.#clock.monotonic();
    return { number: header.number, file, position: fileHeaderBytes, size, openedAt };
  }

  /** Says that the disk is full; the supply finds out by itself when there is space again. */
  outOfSpace(): void {
    this.#full = true;
    this.#onFull();
    this.#cancelRetry ??= this.#clock.after(retryMs, () => {
      this.#cancelRetry = undefined;
      void this.#tryAgain();
    });
  }

  async #tryAgain(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.prepare();
    try {
      await this.#spare;
      this.#full = false;
    } catch {
      // Whatever the reason is, nothing can be written yet, and the next try will tell.
      if (!this.#closed.signal.aborted) this.outOfSpace();
    }
  }
}
