import type { Clock } from "../lib/clock.ts";
import { type Disk, DiskError, type DiskErrorCode } from "../lib/disk.ts";
import { type Random, uuid } from "../lib/random.ts";
import { defaultRetention, type Retention } from "./compaction.ts";
import { fileHeaderBytes } from "./file-header.ts";
import { Log } from "./log.ts";
import { LogStore, type TurnEnd } from "./log-store.ts";
import { type Manifest, numberIn, readManifest, segmentName, writeManifest } from "./manifest.ts";
import { restore } from "./restore.ts";
import type { Seal } from "./seal.ts";
import { defaultSegmentSizes, type SegmentSizes, SegmentSupply } from "./segments.ts";
import { defaultSnapshotPolicy, type SnapshotPolicy, Snapshots } from "./snapshots.ts";
import { type Store, StoreError, type StoreOptions } from "./store.ts";
import { firstRevision } from "./view.ts";

export type EmbeddedStoreOptions = StoreOptions & {
  disk: Disk;
  clock: Clock;
  random: Random;
  /** Version of this program, for those who find its files. */
  program: string;
  /**
   * Called once when what is on disk has become unknown, such as by a failed sync. The process must
   * end at once; what is on disk decides when it starts again, not what is in memory.
   */
  fatal: (error: StoreError) => void;
  turnEnd?: TurnEnd;
  retention?: Partial<Retention>;
  segments?: Partial<SegmentSizes>;
  snapshots?: Partial<SnapshotPolicy>;
  /** Closes values before they are put on disk, and opens them. */
  seal?: Seal;
  /** Told of each record of the log that is read, with the wall time in ms at which it was written. */
  onRecord?: (revision: number, timeMs: number) => void;
};

/**
 * Opens the store on `disk`, which is made when the disk is empty. Rejects with a `StoreError`:
 * "locked", "damaged", "format", "full" (no space to begin) or "failed".
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  try {
    const unlock = await options.disk.lock();
    try {
      return await open(options, unlock);
    } catch (error) {
      await unlock();
      throw error;
    }
  } catch (error) {
    throw asStoreError(error);
  }
}

async function open(options: EmbeddedStoreOptions, unlock: () => Promise<void>): Promise<Store> {
  const { disk, clock, program, fatal } = options;
  const retention = { ...defaultRetention, ...options.retention };
  const sizes = { ...defaultSegmentSizes, ...options.segments };
  const onFull = (): void => snapshots?.consider();
  const supply = new SegmentSupply({ disk, clock, program, sizes, onFull });
  let snapshots: Snapshots | undefined;
  try {
    await supply.start();
    const manifest = (await readManifest(disk)) ?? (await create(options, supply));
    const { view, recovered, snapshotBytes } = await restore({ ...options, manifest, retention });
    const log = new Log({
      disk,
      clock,
      store: manifest.store,
      supply,
      active: { ...recovered.active, openedAt: clock.monotonic() },
      sealed: recovered.sealed,
      end: recovered.end,
      onSegment: () => running.noticeSegment(),
    });
    log.snapshotBytes = snapshotBytes;
    const store: LogStore = new LogStore({
      view,
      journal: log,
      clock,
      retention,
      fatal,
      seal: options.seal,
      turnEnd: options.turnEnd,
      onCompacted: () => running.consider(),
      async release() {
        await running.close();
        await log.close();
        await unlock();
      },
    });
    const policy = { ...defaultSnapshotPolicy, ...options.snapshots };
    const pin = (revision: number): (() => void) => store.pin(revision);
    const { seal } = options;
    const parts = { disk, clock, program, view, log, manifest, policy, pin, fatal, seal };
    const running = new Snapshots(parts);
    snapshots = running;
    supply.prepare();
    return store;
  } catch (error) {
    await supply.close();
    throw error;
  }
}

/** Makes the files of a new store. The manifest comes last: without it there is no store yet. */
async function create(options: EmbeddedStoreOptions, supply: SegmentSupply): Promise<Manifest> {
  const { disk, program, random } = options;
  await refuseRemains(disk);
  const store = uuid(random);
  const header = { store, number: 1, afterRevision: firstRevision, link: 0 };
  const segment = await supply.next(header, { bytes: 0, reserved: false });
  await segment.file.close();
  const manifest: Manifest = { store, snapshot: 0, oldest: 1, newest: 1 };
  await writeManifest(disk, program, manifest);
  return manifest;
}

/**
 * Without a manifest there may be the first segment, from a creation that was cut off. Anything
 * else means that the manifest was lost.
 */
async function refuseRemains(disk: Disk): Promise<void> {
  const names = await disk.list();
  const first = segmentName(1);
  for (const name of names) {
    const isLog = numberIn("log", name) !== undefined;
    if (!isLog && numberIn("snapshot", name) === undefined) continue;
    if (name === first && (await isEmptySegment(disk, name))) continue;
    throw new StoreError(
      "damaged",
      `${disk.path("manifest")} is missing, but there is ${name}: put it back, ` +
        "or restore a snapshot into an empty folder",
    );
  }
  if (names.includes(first)) await disk.remove(first);
}

async function isEmptySegment(disk: Disk, name: string): Promise<boolean> {
  const file = await disk.open(name, { readOnly: true });
  try {
    const start = await file.read(fileHeaderBytes, fileHeaderBytes);
    return start.every((byte) => byte === 0);
  } finally {
    await file.close();
  }
}

function asStoreError(error: unknown): unknown {
  if (!(error instanceof DiskError)) return error;
  const code = error.code === "locked" || error.code === "full" ? error.code : "failed";
  const advice = advices[error.code] ?? "";
  return new StoreError(code, `open the store: ${error.message}${advice}`, { cause: error });
}

const advices: Partial<Record<DiskErrorCode, string>> = {
  full: "; make some space on that disk, nothing was changed",
  readonly: "; make the folder writable, or choose another data directory",
};
