import type { Clock } from "../lib/clock.ts";
import type { Disk } from "../lib/disk.ts";
import { outOfBounds, type Retention } from "./compaction.ts";
import { type Manifest, numberIn, removeIfThere, segmentName, snapshotName } from "./manifest.ts";
import { deletion, type LogRecord } from "./record.ts";
import { type RecoveredLog, recoverLog } from "./recovery.ts";
import { openedBy, type Seal } from "./seal.ts";
import { readSnapshot } from "./snapshot.ts";
import { StoreError } from "./store.ts";
import type { Stamp } from "./version.ts";
import { View } from "./view.ts";

type Options = {
  disk: Disk;
  clock: Clock;
  manifest: Manifest;
  retention: Retention;
  stamp?: Stamp;
  /** Told of each record of the log, with the wall time in ms at which it was written. */
  onRecord?: (revision: number, timeMs: number) => void;
  seal?: Seal;
};

export type Restored = { view: View; recovered: RecoveredLog; snapshotBytes: number };

/** Somebody outside must be asked for the key of a value; then all is read again. */
class KeyAwaited extends Error {
  readonly answer: Promise<unknown>;

  constructor(answer: Promise<unknown>) {
    super("a key is awaited");
    this.answer = answer;
  }
}

/** Builds the view from the snapshot and the log behind it, and removes what is left over. */
export async function restore(options: Options): Promise<Restored> {
  for (;;) {
    try {
      return await read(options);
    } catch (error) {
      if (!(error instanceof KeyAwaited)) throw error;
      await error.answer;
    }
  }
}

function opened(seal: Seal | undefined, key: string, value: Uint8Array): Uint8Array {
  const found = openedBy(seal, key, value);
  if (found instanceof Promise) throw new KeyAwaited(found);
  return found;
}

async function read(options: Options): Promise<Restored> {
  const { disk, manifest } = options;
  const names = await disk.list();
  const { snapshot } = manifest;
  const from = snapshot > 0 ? { revision: snapshot, compactedRevision: snapshot } : undefined;
  const view = new View(options.stamp, from);
  let snapshotBytes = 0;
  if (snapshot > 0) {
    refuseMissing(disk, names, snapshotName(snapshot));
    const read = await readSnapshot(
      disk,
      { store: manifest.store, revision: snapshot },
      (record) => {
        const value = opened(options.seal, record.key, record.value);
        view.load({ ...record, value, modRevision: record.revision });
      },
    );
    snapshotBytes = read.size;
  }
  const numbers = names.flatMap((name) => numberIn("log", name) ?? []);
  for (let number = manifest.oldest; number <= Math.max(...numbers, manifest.newest); number++)
    refuseMissing(disk, names, segmentName(number));
  const replay = new Replaying(view, options);
  const recovered = await recoverLog(disk, manifest, numbers, (record) => replay.add(record));
  if (recovered.end.revision !== view.revision)
    throw new StoreError(
      "damaged",
      `${disk.path("log")}: ends at revision ${recovered.end.revision}, but revision ` +
        `${view.revision} was reached`,
    );
  replay.compact();
  await removeLeftovers(disk, names, manifest);
  return { view, recovered, snapshotBytes };
}

/** Records between two looks at how much of the past is held. */
const lookEvery = 1000;

/** Takes in the records of the log, and lets go of the past that is out of bounds already. */
class Replaying {
  readonly #view: View;
  readonly #options: Options;
  /** Wall time at which the oldest kept event may have been written. */
  readonly #since: number;
  #outlived = 0;
  #count = 0;

  constructor(view: View, options: Options) {
    this.#view = view;
    this.#options = options;
    this.#since = options.clock.now() - options.retention.ageMs;
  }

  add(record: LogRecord): void {
    const view = this.#view;
    const { key, revision, createRevision, version, time } = record;
    // The snapshot has it.
    if (revision <= view.revision) return;
    const isDeletion = (record.flags & deletion) !== 0;
    const value = isDeletion ? undefined : opened(this.#options.seal, key, record.value);
    if (revision !== view.revision + 1 || (isDeletion && !view.get(key))) throw this.#odd(record);
    const applied = view.apply({ key, value, revision });
    if (applied.createRevision !== createRevision || applied.version !== version)
      throw this.#odd(record);
    this.#options.onRecord?.(revision, time);
    if (time < this.#since) this.#outlived = revision;
    if (++this.#count % lookEvery === 0) this.compact();
  }

  compact(): void {
    const view = this.#view;
    for (;;) {
      const bound = outOfBounds(view, this.#options.retention);
      const revision = Math.max(this.#outlived, bound);
      while (!view.compactStep(revision, lookEvery));
      if (bound === 0) return;
    }
  }

  #odd({ key, revision, version }: LogRecord): StoreError {
    return new StoreError(
      "damaged",
      `${this.#options.disk.path("log")}: version ${version} of ${key} at revision ${revision} ` +
        "does not follow from the records before it",
    );
  }
}

function refuseMissing(disk: Disk, names: readonly string[], name: string): void {
  if (names.includes(name)) return;
  throw new StoreError(
    "damaged",
    `${disk.path(name)} is missing: put it back, or restore a snapshot of the cluster`,
  );
}

/** Files that a crash may leave half written. */
const drafts = ["manifest.tmp", "snapshot.tmp"];

/** Files of before the last snapshot, which a crash kept from being removed, and drafts. */
async function removeLeftovers(disk: Disk, names: readonly string[], manifest: Manifest) {
  for (const name of names) {
    const snapshot = numberIn("snapshot", name);
    const segment = numberIn("log", name);
    const old =
      (snapshot !== undefined && snapshot !== manifest.snapshot) ||
      (segment !== undefined && segment < manifest.oldest);
    if (old || drafts.includes(name)) await removeIfThere(disk, name);
  }
}
