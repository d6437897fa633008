import type { Clock } from "../lib/clock.ts";
import { type Disk, DiskError } from "../lib/disk.ts";
import type { Log } from "./log.ts";
import { type Manifest, removeIfThere, snapshotName, writeManifest } from "./manifest.ts";
import type { Seal } from "./seal.ts";
import { writeSnapshot } from "./snapshot.ts";
import { StoreError } from "./store.ts";
import type { View } from "./view.ts";

export type SnapshotPolicy = {
  /**
   * A snapshot is written when it frees at least this much of the log, and at least as much as it
   * takes itself: so it costs no more than one more write of everything, and a start reads at most
   * about twice the live data and the history.
   */
  freedBytesMin: number;
};

export const defaultSnapshotPolicy: SnapshotPolicy = Object.freeze({
  freedBytesMin: 32 * 1024 * 1024,
});

/** Time until the next try after a snapshot found the disk full. */
const retryMs = 10_000;

type Options = {
  disk: Disk;
  clock: Clock;
  program: string;
  view: View;
  log: Log;
  manifest: Manifest;
  policy: SnapshotPolicy;
  pin: (revision: number) => () => void;
  fatal: (error: StoreError) => void;
  seal: Seal | undefined;
};

/**
 * Keeps the log short: when enough of it is history that was forgotten, writes a snapshot of the
 * oldest state that can still be read and removes the segments before it. What is younger stays in
 * the log, so that watches go on after a restart. Owns the manifest.
 */
export class Snapshots {
  readonly #options: Options;
  #manifest: Manifest;
  #running: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #notBefore = Number.NEGATIVE_INFINITY;
  readonly #stop = new AbortController();

  constructor(options: Options) {
    this.#options = options;
    this.#manifest = options.manifest;
  }

  /** Starts a snapshot when it is worth it. */
  consider(): void {
    const { view, log, clock, policy } = this.#options;
    if (this.#running || this.#stop.signal.aborted) return;
    const { reclaimableBytes } = log.sizes(view.compactedRevision);
    const worth = Math.max(policy.freedBytesMin, view.sizes.liveBytes);
    if (reclaimableBytes < (log.full ? 1 : worth)) return;
    if (clock.monotonic() < this.#notBefore) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Puts the log's newest segment into the manifest. */
  noticeSegment(): void {
    void this.#update({ newest: this.#options.log.newest }).catch((error) => this.#failed(error));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    // Whoever asked for it was told.
    await this.#writing.catch(() => {});
  }

  async #run(): Promise<void> {
    const { disk, view, log, pin } = this.#options;
    const revision = view.compactedRevision;
    const unpin = pin(revision);
    try {
      const { store } = this.#manifest;
      const { signal } = this.#stop;
      const size = await writeSnapshot({ ...this.#options, store, revision, signal });
      const last = log.lastWithin(revision);
      const before = this.#manifest.snapshot;
      await this.#update({ snapshot: revision, oldest: last + 1 });
      log.snapshotBytes = size;
      await log.drop(last);
      if (before > 0) await removeIfThere(disk, snapshotName(before));
    } catch (error) {
      this.#failed(error);
    } finally {
      unpin();
    }
  }

  /** One after the other: each writes the whole manifest. */
  #update(change: Partial<Manifest>): Promise<void> {
    this.#manifest = { ...this.#manifest, ...change };
    const { disk, program } = this.#options;
    this.#writing = this.#writing
      // Whoever asked for the one before was told.
      .catch(() => {})
      .then(() => writeManifest(disk, program, this.#manifest));
    return this.#writing;
  }

  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    if (error instanceof DiskError && error.code === "full") {
      this.#notBefore = this.#options.clock.monotonic() + retryMs;
      return;
    }
    const message = `snapshot or manifest: ${(error as Error).message}`;
    this.#options.fatal(new StoreError("failed", message, { cause: error }));
  }
}
