// A second store from the files of a first one, which may be in use: what is never written again is linked, of the
// segment that is written to the good beginning is copied. What was acknowledged before the fork began is in it.
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { DiskError } from "../../lib/disk.ts";
import { readFileHeader } from "../file-header.ts";
import { type Manifest, readManifest, segmentName, snapshotName } from "../manifest.ts";
import { openNodeDisk } from "../node-disk.ts";
import { scanNewest } from "../recovery.ts";
import type { SegmentHeader } from "../segments.ts";
import { StoreError } from "../store.ts";

/** The store may drop files while they are linked, or write while they are read: then it is begun anew. */
const triesMax = 5;

export type Forked = { linkedFiles: number; copiedBytes: number };

/** `to` must not exist. Rejects with a `StoreError` or a `DiskError`; then nothing is left of it. */
export async function forkStore(from: string, to: string): Promise<Forked> {
  const disk = await openNodeDisk(from);
  for (let tries = 1; ; tries++) {
    const manifest = await readManifest(disk);
    if (!manifest) throw new StoreError("damaged", `${disk.path("manifest")} is missing`);
    await fs.mkdir(to, { mode: 0o700, recursive: true });
    try {
      const forked = await forkFiles(from, to, manifest);
      const after = await readManifest(disk);
      if (after?.snapshot === manifest.snapshot && after.oldest === manifest.oldest) {
        // Last, as always: without it there is no store.
        await fs.copyFile(join(from, "manifest"), join(to, "manifest"));
        return forked;
      }
    } catch (error) {
      await fs.rm(to, { recursive: true, force: true });
      if (!mayPass(error) || tries === triesMax) throw error;
      continue;
    }
    await fs.rm(to, { recursive: true, force: true });
    if (tries === triesMax)
      throw new StoreError(
        "unavailable",
        `${from} changes faster than it can be linked: try again`,
      );
  }
}

/** A file was removed meanwhile, or written while it was read, which looks like damage. */
const mayPass = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === "ENOENT" ||
  (error instanceof DiskError && error.code === "missing") ||
  (error instanceof StoreError && error.code === "damaged");

async function forkFiles(from: string, to: string, manifest: Manifest): Promise<Forked> {
  const names = new Set(await fs.readdir(from));
  let { newest } = manifest;
  while (names.has(segmentName(newest + 1))) newest++;
  const whole = manifest.snapshot > 0 ? [snapshotName(manifest.snapshot)] : [];
  for (let number = manifest.oldest; number < newest; number++) whole.push(segmentName(number));
  for (const name of whole) await linkOrClone(join(from, name), join(to, name));
  const copiedBytes = await copyBeginning(from, to, segmentName(newest));
  return { linkedFiles: whole.length, copiedBytes };
}

async function linkOrClone(from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another disk, or one without links.
    if (code !== "EXDEV" && code !== "EPERM" && code !== "EMLINK") throw error;
    await fs.copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

/** Copies the records up to the first that is not whole yet; zeros follow, as in a segment that is begun. */
async function copyBeginning(from: string, to: string, name: string): Promise<number> {
  const path = join(from, name);
  const bytes = await fs.readFile(path);
  const header = readFileHeader("log", bytes, path) as SegmentHeader;
  const { position } = scanNewest({ path, bytes, header }, () => {}).scan;
  bytes.fill(0, position);
  const file = await fs.open(join(to, name), "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  return position;
}
