import type { Clock } from "../../lib/clock.ts";
import type { Disk, DiskFile } from "../../lib/disk.ts";
import { type Random, uuid } from "../../lib/random.ts";
import { writeManifest } from "../manifest.ts";
import { defaultSegmentSizes, SegmentSupply } from "../segments.ts";
import { writeSnapshot } from "../snapshot.ts";
import { type Store, StoreError } from "../store.ts";
import { firstRevision, type Loaded, View } from "../view.ts";
import { readBackup } from "./read.ts";
import type { BackupHeader } from "./write.ts";

type Source = { file: DiskFile; path: string };

export type Restored = BackupHeader & { keys: number; files: Map<string, Uint8Array> };

/**
 * Makes a store on an empty disk that shows what the backup shows, at the same revision. Nothing counts before the
 * manifest is written, which comes last: a restore that was cut off can be seen, and is done anew in an empty folder.
 */
export async function restoreToDisk(
  { file, path }: Source,
  target: { disk: Disk; clock: Clock; random: Random; program: string },
): Promise<Restored> {
  const { disk, clock, random, program } = target;
  const remains = await disk.list();
  if (remains.length > 0)
    throw new StoreError(
      "foreign",
      `${disk.path("")} is not empty (${remains.sort()[0]}): a backup is restored into a new or emptied folder`,
    );
  const { header, loaded, files } = await readAll({ file, path });
  const revision = Math.max(header.revision, firstRevision);
  const view = new View(undefined, { revision, compactedRevision: revision });
  for (const entry of loaded) view.load(entry);
  const store = uuid(random);
  const { signal } = new AbortController();
  // Nobody else wants the disk: no rests between the blocks.
  const restless: Clock = { ...clock, monotonic: () => 0 };
  await writeSnapshot({ disk, clock: restless, program, store, view, revision, signal });
  const sizes = defaultSegmentSizes;
  const supply = new SegmentSupply({ disk, clock, program, sizes, onFull: () => {} });
  try {
    const first = { store, number: 1, afterRevision: revision, link: 0 };
    const segment = await supply.next(first, { bytes: 0, reserved: false });
    await segment.file.close();
  } finally {
    await supply.close();
  }
  await writeManifest(disk, program, { store, snapshot: revision, oldest: 1, newest: 1 });
  return { ...header, keys: loaded.length, files };
}

type Prepare = (files: ReadonlyMap<string, Uint8Array>) => Promise<void>;

/** Writes that are under way at a time. */
const writesMax = 64;

/**
 * Writes the keys of a backup into an empty store, as new ones: its revisions are its own, so clients list anew.
 * `prepare` comes before the first of them, with the cluster's files; keys it has written stay, and those that
 * `skip` names are left out.
 */
export async function restoreToStore(
  source: Source,
  store: Store,
  { prepare, skip }: { prepare: Prepare; skip: (key: string) => boolean },
): Promise<Restored> {
  const { header, loaded: all, files } = await readAll(source);
  const loaded = all.filter(({ key }) => !skip(key));
  await prepare(files);
  const waiting = loaded.values();
  const write = async (): Promise<void> => {
    for (const { key, value } of waiting) {
      if (store.get(key)) continue;
      const written = await store.put(key, value, 0);
      if (!written.ok)
        throw new StoreError("foreign", `${key} was written by somebody else during the restore`);
    }
  };
  await Promise.all(Array.from({ length: writesMax }, write));
  return { ...header, keys: loaded.length, files };
}

/** All of a backup, read to its checked end before anything is done with it. */
async function readAll({ file, path }: Source) {
  const loaded: Loaded[] = [];
  const files = new Map<string, Uint8Array>();
  const header = await readBackup(file, path, {
    file: (name, value) => void files.set(name, Buffer.from(value)),
    key: (entry) => void loaded.push({ ...entry, value: Buffer.from(entry.value) }),
  });
  return { header, loaded, files };
}
