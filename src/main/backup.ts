// Backups of a cluster: saved while it runs or lies still, looked into, restored into a data directory or an etcd.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import * as fs from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { httpClient } from "../client/http.ts";
import { DiskError } from "../lib/disk.ts";
import { type Log, silent } from "../lib/log.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { readBackup } from "../store/backup/read.ts";
import { restoreToDisk, restoreToStore } from "../store/backup/restore.ts";
import { writeBackup } from "../store/backup/write.ts";
import { openNodeDisk } from "../store/node-disk.ts";
import { type Store, StoreError } from "../store/store.ts";
import { isAuthors } from "./authors.ts";
import { claim, type DataDir, readClusterName, writePrivate } from "./data-dir.ts";
import { encryptionFile, openEncryption } from "./encryption.ts";
import { httpsApi } from "./https-api.ts";
import { openStore } from "./open-store.ts";
import type { ServeOptions } from "./options.ts";
import { adminTarget } from "./ready.ts";
import { Refusal } from "./refusal.ts";
import { readRunning } from "./running.ts";
import { clusterKey, readSecret, withSharedKeys } from "./shared-keys.ts";
import { version } from "./version.ts";

/** Where a running server gives a backup to its administrators. */
export const snapshotPath = "/coxswain/v1/snapshot";

/** Keys that are a server's own or a store's own: they are made anew where a backup is restored. */
const ownFiles = new Set(["apiserver.crt", "apiserver.key"]);

/** What tells the cluster's networks. */
const networksFile = "networks.json";

/** Certificates, keys and networks of a cluster that keeps them in its data directory. */
export function clusterFiles(dir: DataDir): Map<string, Uint8Array> {
  const names = readdirSync(dir.pki, { withFileTypes: true })
    .filter((file) => file.isFile() && !ownFiles.has(file.name) && !file.name.endsWith(".new"))
    .map((file) => file.name);
  const files = new Map(
    names.map((name): [string, Uint8Array] => [`pki/${name}`, readFileSync(join(dir.pki, name))]),
  );
  if (existsSync(dir.networks)) files.set(networksFile, readFileSync(dir.networks));
  return files;
}

export type Saved = { file: string; bytes: number; revision: number; cluster: string };

/** Of the running cluster, else of its data directory. The file appears when all of it is on disk and checked. */
export async function saveBackup(
  dir: DataDir,
  file: string,
  encryptionConfig?: string,
): Promise<Saved> {
  const target = resolve(file);
  if (existsSync(target)) throw new Refusal(5, `${target} is there already: choose another name`);
  if (readRunning(dir)) return keepBackup(fromServer(dir), target);
  if (!existsSync(join(dir.store, "manifest")))
    throw new Refusal(
      3,
      `there is no store in ${dir.store}, and the cluster does not run: a cluster on etcd is saved while it runs`,
    );
  const encryption = encryptionConfig
    ? await openEncryption(encryptionFile(encryptionConfig), silent)
    : undefined;
  const parts = { log: silent, seal: encryption?.seal };
  const store = await openStore({ store: "file:" }, dir.store, parts);
  try {
    return await keepBackup(backupOf(store, readClusterName(dir), clusterFiles(dir)), target);
  } finally {
    encryption?.stop();
    await store.close();
  }
}

export const backupOf = (
  store: Store,
  cluster: string,
  files: ReadonlyMap<string, Uint8Array>,
): AsyncGenerator<Uint8Array> =>
  writeBackup(store, {
    program: version,
    cluster,
    files,
    time: systemClock.now(),
    skip: isStoreOwn,
  });

async function* fromServer(dir: DataDir): AsyncGenerator<Uint8Array> {
  const { api, close } = httpsApi(adminTarget(dir));
  try {
    const answer = await httpClient(api).send({ method: "GET", path: snapshotPath });
    if (answer.status !== 200 || answer.body.is !== "stream")
      throw new Refusal(1, `the server gives no snapshot: ${answer.status}`);
    for await (const batch of answer.body.batches) yield* batch;
  } finally {
    close();
  }
}

/** Writes a backup beside `target`, checks all of it, and gives it its name. */
export async function keepBackup(parts: AsyncIterable<Uint8Array>, target: string): Promise<Saved> {
  const draft = `${target}.part`;
  try {
    const file = await fs.open(draft, "wx", 0o600);
    try {
      for await (const part of parts) await file.writeFile(part);
      await file.datasync();
    } finally {
      await file.close();
    }
    const { revision, cluster, bytes } = await inspectBackup(draft);
    renameSync(draft, target);
    await syncFolder(dirname(target));
    return { file: target, bytes, revision, cluster };
  } catch (error) {
    rmSync(draft, { force: true });
    if (error instanceof Refusal || error instanceof StoreError) throw error;
    throw new Refusal(5, `snapshot ${target}: ${(error as Error).message}`, { cause: error });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export type Inspected = {
  file: string;
  cluster: string;
  revision: number;
  time: string;
  program: string;
  bytes: number;
  keys: number;
  files: string[];
  /** Number and bytes of the keys of each resource. */
  resources: { resource: string; keys: number; bytes: number }[];
};

/** Reads all of a backup. Throws a `StoreError` that names file and offset of what is wrong. */
export async function inspectBackup(path: string): Promise<Inspected> {
  return withFile(path, async (file) => {
    const files: string[] = [];
    const resources = new Map<string, { keys: number; bytes: number }>();
    const header = await readBackup(file, path, {
      file: (name) => void files.push(name),
      key({ key, value }) {
        const [, , group, plural = ""] = key.split("/");
        const name = isAuthors(key)
          ? "(who wrote what)"
          : group === "core"
            ? plural
            : `${plural}.${group}`;
        const sum = resources.get(name) ?? { keys: 0, bytes: 0 };
        resources.set(name, { keys: sum.keys + 1, bytes: sum.bytes + value.length });
      },
    });
    const rows = [...resources].map(([resource, sum]) => ({ resource, ...sum }));
    return {
      file: resolve(path),
      cluster: header.cluster,
      revision: header.revision,
      time: new Date(header.time).toISOString(),
      program: header.program,
      bytes: header.bytes,
      keys: rows.reduce((sum, { keys }) => sum + keys, 0),
      files,
      resources: rows.sort((a, b) => b.bytes - a.bytes),
    };
  });
}

type File = Awaited<ReturnType<Awaited<ReturnType<typeof openNodeDisk>>["open"]>>;

async function withFile<T>(path: string, use: (file: File) => Promise<T>): Promise<T> {
  if (!existsSync(path)) throw new Refusal(3, `there is no file ${resolve(path)}`);
  const disk = await openNodeDisk(dirname(resolve(path)));
  const file = await disk.open(basename(path), { readOnly: true });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

export type RestoreOptions = Pick<
  ServeOptions,
  "name" | "store" | "storeCert" | "storeKey" | "storeCa" | "clusterSecret"
>;

export type Restoration = { cluster: string; revision: number; keys: number; into: string };

/** Into the data directory, or into the etcd that the options name; either must be empty. */
export async function restoreBackup(
  path: string,
  dir: DataDir,
  options: RestoreOptions,
): Promise<Restoration> {
  const running = readRunning(dir);
  if (running)
    throw new Refusal(5, `process ${running.pid} runs the cluster in ${dir.root}: stop it`);
  return withFile(path, (file) =>
    options.store === "file:"
      ? intoFolder({ file, path }, dir, options.name)
      : intoEtcd({ file, path }, options, silent),
  );
}

type Source = { file: File; path: string };

async function intoFolder(source: Source, dir: DataDir, name: string): Promise<Restoration> {
  const isNew = !existsSync(dir.root);
  claim(dir, name);
  const disk = await openNodeDisk(dir.store);
  const restored = await restoreToDisk(source, {
    disk,
    clock: systemClock,
    random: systemRandom,
    program: version,
  }).catch((error: unknown) => {
    // A refused file leaves no empty cluster behind.
    if (isNew) rmSync(dir.root, { recursive: true, force: true });
    throw error;
  });
  for (const [file, bytes] of restored.files) {
    const text = Buffer.from(bytes).toString();
    if (file === networksFile) writePrivate(dir.networks, text);
    const [, leaf] = /^pki\/([a-z0-9.-]+)$/.exec(file) ?? [];
    if (leaf !== undefined) writePrivate(join(dir.pki, leaf), text);
  }
  const { cluster, revision, keys } = restored;
  return { cluster, revision, keys, into: dir.root };
}

async function intoEtcd(source: Source, options: RestoreOptions, log: Log): Promise<Restoration> {
  if (options.clusterSecret === undefined)
    throw new Refusal(2, "a restore into etcd needs --cluster-secret FILE");
  const secret = readSecret(options.clusterSecret);
  const store: Store = await openStore(options, "", { log });
  try {
    if (store.count("") > 0)
      throw new Refusal(
        5,
        `${options.store} holds a cluster already: a snapshot is restored into an empty etcd`,
      );
    const prepare = (files: ReadonlyMap<string, Uint8Array>): Promise<void> =>
      withSharedKeys(store, secret, (vault) => {
        for (const [name, bytes] of files) {
          if (name.startsWith("pki/"))
            vault.write(name.slice("pki/".length), Buffer.from(bytes).toString());
        }
      });
    // Revisions begin anew: those of the authors would be told of others' versions.
    const restored = await restoreToStore(source, store, { prepare, skip: isAuthors });
    const { cluster, keys } = restored;
    return { cluster, revision: store.revision(), keys, into: options.store };
  } finally {
    await store.close();
  }
}

/** Keys of the store that belong to it and not to the cluster's state. */
export const isStoreOwn = (key: string): boolean => key === clusterKey;

/** What the store refuses is a refusal in its own sentence. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError || error instanceof DiskError)
      throw new Refusal(5, error.message, { cause: error });
    throw error;
  }
}
