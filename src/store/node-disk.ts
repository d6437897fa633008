import * as fs from "node:fs/promises";
import { join } from "node:path";
import { type Disk, DiskError, type DiskErrorCode, type DiskFile } from "../lib/disk.ts";
import { lockFolder } from "./lock.ts";

/** The files in `folder`, which is made when it is not there. Readable by its owner only. */
export async function openNodeDisk(folder: string): Promise<Disk> {
  await told(`make folder ${folder}`, fs.mkdir(folder, { recursive: true, mode: 0o700 }));
  const at = (name: string): string => join(folder, name);
  return {
    path: at,
    list: () => told(`list ${folder}`, fs.readdir(folder)),
    async open(name, { create = false, readOnly = false } = {}) {
      const flags = create ? "wx+" : readOnly ? "r" : "r+";
      const opened = fs.open(at(name), flags, 0o600);
      return nodeFile(at(name), await told(`open ${at(name)}`, opened));
    },
    rename: (from, to) => told(`rename ${at(from)} to ${to}`, fs.rename(at(from), at(to))),
    remove: (name) => told(`remove ${at(name)}`, fs.unlink(at(name))),
    syncNames: () => told(`sync folder ${folder}`, syncFolder(folder)),
    lock: () => lockFolder(folder),
  };
}

function nodeFile(path: string, handle: fs.FileHandle): DiskFile {
  return {
    size: async () => (await told(`look at ${path}`, handle.stat())).size,
    read: (position, length) => told(`read ${path}`, readAll(handle, position, length)),
    write: (position, parts) => told(`write ${path}`, writeAll(handle, position, parts)),
    truncate: (size) => told(`resize ${path}`, handle.truncate(size)),
    datasync: () => told(`sync ${path}`, handle.datasync()),
    close: () => told(`close ${path}`, handle.close()),
  };
}

async function readAll(handle: fs.FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(bytes, got, length - got, position + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return bytes.subarray(0, got);
}

async function writeAll(handle: fs.FileHandle, position: number, parts: readonly Uint8Array[]) {
  for (const part of parts) {
    let done = 0;
    while (done < part.length) {
      const rest = part.length - done;
      const { bytesWritten } = await handle.write(part, done, rest, position + done);
      done += bytesWritten;
    }
    position += part.length;
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
