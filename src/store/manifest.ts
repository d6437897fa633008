import { type Disk, DiskError } from "../lib/disk.ts";
import { fileHeader, fileHeaderBytes, readFileHeader } from "./file-header.ts";

/** Which files belong to the store, so that a missing one is noticed. */
export type Manifest = {
  /** Identity of the store, in all its files. */
  store: string;
  /** Revision of the snapshot to start from; 0: there is none. */
  snapshot: number;
  /** The log's segments; there may be one more than the newest that is named here. */
  oldest: number;
  newest: number;
};

const name = "manifest";
const draft = "manifest.tmp";

export const segmentName = (number: number): string => `log-${String(number).padStart(12, "0")}`;

export const snapshotName = (revision: number): string =>
  `snapshot-${String(revision).padStart(16, "0")}`;

/** The number in the name of a segment or snapshot; undefined for other files. */
export function numberIn(kind: "log" | "snapshot", file: string): number | undefined {
  const digits = new RegExp(`^${kind}-(\\d+)$`).exec(file)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Undefined when there is none. Throws a `StoreError` when it cannot be understood. */
export async function readManifest(disk: Disk): Promise<Manifest | undefined> {
  let bytes: Uint8Array;
  try {
    const file = await disk.open(name, { readOnly: true });
    try {
      bytes = await file.read(0, fileHeaderBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof DiskError && error.code === "missing") return undefined;
    throw error;
  }
  return readFileHeader("manifest", Buffer.from(bytes), disk.path(name)) as Manifest;
}

/** Replaces the manifest as a whole; resolves once it is durable. */
export async function writeManifest(disk: Disk, program: string, manifest: Manifest) {
  await removeIfThere(disk, draft);
  const file = await disk.open(draft, { create: true });
  try {
    await file.write(0, [fileHeader("manifest", program, manifest)]);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.rename(draft, name);
  await disk.syncNames();
}

export async function removeIfThere(disk: Disk, file: string): Promise<void> {
  try {
    await disk.remove(file);
  } catch (error) {
    if (!(error instanceof DiskError && error.code === "missing")) throw error;
  }
}
