// Second clusters from the present state of a first one, and states of the past.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { silent } from "../lib/log.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { stampOffset } from "../server/codec.ts";
import { type Forked, forkStore } from "../store/backup/fork.ts";
import { type Rewound, rewind } from "../store/backup/rewind.ts";
import { openEmbeddedStore } from "../store/embedded.ts";
import { openNodeDisk } from "../store/node-disk.ts";
import { StoreError } from "../store/store.ts";
import { isAuthors } from "./authors.ts";
import { clusterFiles, isStoreOwn, restoreBackup, saveBackup } from "./backup.ts";
import { claim, type DataDir, readClusterName, writePrivate } from "./data-dir.ts";
import { encryptionFile, openEncryption } from "./encryption.ts";
import { Refusal } from "./refusal.ts";
import { readRunning } from "./running.ts";
import { version } from "./version.ts";

/** Makes the data directory of a second cluster. What is there already is refused and left as it is. */
export async function forkCluster(from: DataDir, to: DataDir, name: string): Promise<Forked> {
  readClusterName(from);
  if (existsSync(to.root))
    throw new Refusal(5, `${to.root} is there already: choose another name, or coxswain delete it`);
  try {
    if (!existsSync(join(from.store, "manifest"))) return await forkByBackup(from, to, name);
    makeFolder(to.root);
    const forked = await forkStore(from.store, to.store);
    claim(to, name);
    for (const [file, bytes] of clusterFiles(from))
      writePrivate(join(to.root, file), Buffer.from(bytes).toString());
    return forked;
  } catch (error) {
    rmSync(to.root, { recursive: true, force: true });
    if (error instanceof Refusal) throw error;
    const { message } = error as Error;
    throw new Refusal(
      error instanceof StoreError ? 1 : 5,
      `${from.root} cannot be forked into ${to.root}: ${message}`,
      { cause: error },
    );
  }
}

/** Its last step is not recursive: the true reason of a failure comes out, such as a read-only disk. */
function makeFolder(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  mkdirSync(path, { mode: 0o700 });
}

/** A store without files of its own on this machine: the running server gives its state. */
async function forkByBackup(from: DataDir, to: DataDir, name: string): Promise<Forked> {
  makeFolder(to.root);
  const file = join(to.root, "fork.snapshot");
  const { bytes } = await saveBackup(from, file);
  await restoreBackup(file, to, { name, store: "file:" });
  rmSync(file);
  return { linkedFiles: 0, copiedBytes: bytes };
}

export type Target = { revision: number } | { timeMs: number };

/** Everything that the log still holds can be reached, also what a running cluster has forgotten. */
const everything = { ageMs: 1e15, events: 1e12, bytes: 1e15 };

export type RewindResult = Rewound & { to: number; reachesBackTo: number };

/** Of a cluster that does not run, with its store in its data directory. */
export async function rewindCluster(
  dir: DataDir,
  target: Target,
  encryptionConfig?: string,
): Promise<RewindResult> {
  readClusterName(dir);
  const running = readRunning(dir);
  if (running)
    throw new Refusal(
      5,
      `process ${running.pid} runs the cluster: stop it with coxswain down, or rewind a fork (--fork NAME)`,
    );
  if (!existsSync(join(dir.store, "manifest")))
    throw new Refusal(3, `there is no store in ${dir.store}; a cluster on etcd is forked first`);
  const encryption = encryptionConfig
    ? await openEncryption(encryptionFile(encryptionConfig), silent)
    : undefined;
  const times: { revision: number; timeMs: number }[] = [];
  const store = await openEmbeddedStore({
    disk: await openNodeDisk(dir.store),
    clock: systemClock,
    random: systemRandom,
    program: version,
    stamp: stampOffset,
    retention: everything,
    ...(encryption ? { seal: encryption.seal } : {}),
    onRecord: (revision, timeMs) => void times.push({ revision, timeMs }),
    fatal: (error) => silent.error(error.message),
  }).catch((error) => {
    throw new Refusal(5, `the store cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  });
  try {
    const reachesBackTo = store.compactedRevision();
    const to = "revision" in target ? target.revision : revisionAt(times, target.timeMs);
    if (to < Math.max(reachesBackTo, 1) || to > store.revision())
      throw new Refusal(
        3,
        `${"revision" in target ? `revision ${to}` : "that time"} cannot be reached: the log of this store ` +
          `holds revisions ${Math.max(reachesBackTo, 1)} to ${store.revision()}${span(times)}`,
      );
    const stays = (key: string): boolean => isStoreOwn(key) || isAuthors(key);
    return { ...(await rewind(store, to, stays)), to, reachesBackTo };
  } finally {
    encryption?.stop();
    await store.close();
  }
}

/** The newest revision that was written up to then; 0 when all are later. */
function revisionAt(
  times: readonly { revision: number; timeMs: number }[],
  timeMs: number,
): number {
  return times.findLast((record) => record.timeMs <= timeMs)?.revision ?? 0;
}

function span(times: readonly { timeMs: number }[]): string {
  const [first, last] = [times[0], times.at(-1)];
  if (!first || !last) return "";
  const text = (ms: number): string => new Date(ms).toISOString();
  return `, written from ${text(first.timeMs)} to ${text(last.timeMs)}`;
}
