import * as fs from "node:fs";
import * as promises from "node:fs/promises";
import { join } from "node:path";
import {
  type Disk,
  DiskError,
  type DiskErrorCode,
  type DiskFile,
  type OpenOptions,
} from "../lib/disk.ts";
import { lockFolder } from "./lock.ts";

/** The files in `folder`, which is made when it is not there. Readable by its owner only. */
export async function openNodeDisk(folder: string): Promise<Disk> {
  await told(`make folder ${folder}`, promises.mkdir(folder, { recursive: true, mode: 0o700 }));
  const at = (name: string): string => join(folder, name);
  return {
    path: at,
    list: () => told(`list ${folder}`, promises.readdir(folder)),
    open: (name, options) => openFile(at(name), options),
    rename: (from, to) => told(`rename ${at(from)} to ${to}`, promises.rename(at(from), at(to))),
    remove: (name) => told(`remove ${at(name)}`, promises.unlink(at(name))),
    syncNames: () => told(`sync folder ${folder}`, syncFolder(folder)),
    lock: () => lockFolder(folder),
  };
}

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;

/**
 * Makes write and sync one call. Elsewhere than on Linux the flag is missing, or leaves the drive's
 * own cache unsynced, which the sync of the runtime does not.
 */
const O_DSYNC = process.platform === "linux" ? fs.constants.O_DSYNC : 0;

// The calls with callbacks take less than half the CPU of those with promises, and each batch of
// the log makes one.
async function openFile(path: string, options: OpenOptions = {}): Promise<DiskFile> {
  const { create, readOnly, durable } = options;
  const flags =
    (readOnly ? O_RDONLY : O_RDWR) | (create ? O_CREAT | O_EXCL : 0) | (durable ? O_DSYNC : 0);
  const call = <T>(action: string, start: (done: Done<T>) => void): Promise<T> =>
    told(`${action} ${path}`, called(start));
  const file = await call<number>("open", (done) => fs.open(path, flags, 0o600, done));
  const datasync = (): Promise<void> => call("sync", (done) => fs.fdatasync(file, done));
  return {
    size: async () => (await call<fs.Stats>("look at", (done) => fs.fstat(file, done))).size,
    async read(position, length, into) {
      const bytes = into ?? Buffer.allocUnsafeSlow(length);
      let got = 0;
      for (let count = -1; got < length && count !== 0; got += count)
        count = await call<number>("read", (done) =>
          fs.read(file, bytes, got, length - got, position + got, done),
        );
      return bytes.subarray(0, got);
    },
    async write(position, parts) {
      for (const part of parts) {
        for (let at = 0; at < part.length; )
          at += await call<number>("write", (done) =>
            fs.write(file, part, at, part.length - at, position + at, done),
          );
        position += part.length;
      }
      if (durable && O_DSYNC === 0) await datasync();
    },
    truncate: (size) => call<void>("resize", (done) => fs.ftruncate(file, size, done)),
    datasync,
    close: () => call<void>("close", (done) => fs.close(file, done)),
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await promises.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

type Done<T> = (error: NodeJS.ErrnoException | null, result?: T) => void;

function called<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) =>
    start((error, result) => (error ? reject(error) : resolve(result as T))),
  );
}

const codes: Record<string, DiskErrorCode> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "readonly",
  EACCES: "readonly",
  EPERM: "readonly",
  ENOENT: "missing",
  EEXIST: "exists",
};

async function told<T>(action: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = codes[(error as NodeJS.ErrnoException).code ?? ""] ?? "io";
    throw new DiskError(code, `${action}: ${(error as Error).message}`, { cause: error });
  }
}
