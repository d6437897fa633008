import type { DiskFile } from "../../lib/disk.ts";
import { damagedAt, fileHeaderBytes, readFileHeader } from "../file-header.ts";
import { fileOfCluster } from "../record.ts";
import { readRecords } from "../snapshot.ts";
import type { Loaded } from "../view.ts";
import type { BackupHeader } from "./write.ts";

export type BackupReader = {
  file?: (name: string, value: Uint8Array) => void;
  /** The value is only valid during the call. */
  key?: (loaded: Loaded) => void;
};

/**
 * Reads a backup to its end and checks all of it. Rejects with a `StoreError` ("damaged", "format") that names
 * `path` and the offset; what the reader was given before that is worth nothing.
 */
export async function readBackup(
  file: DiskFile,
  path: string,
  reader: BackupReader,
): Promise<BackupHeader & { bytes: number; program: string }> {
  const start = Buffer.from(await file.read(0, fileHeaderBytes));
  const header = readFileHeader("backup", start, path) as BackupHeader;
  const program = start.toString("latin1", 0, start.indexOf("\n")).split(" ")[2] ?? "";
  const bytes = await readRecords(
    file,
    { kind: "backup", path, revision: header.revision },
    (record) => {
      const { key, value, flags, revision, createRevision, version } = record;
      if (flags & fileOfCluster) reader.file?.(key, value);
      else reader.key?.({ key, value, createRevision, modRevision: revision, version });
    },
  );
  const size = await file.size();
  if (size !== bytes)
    throw damagedAt({ kind: "backup", path }, bytes, `${size - bytes} bytes follow behind its end`);
  return { ...header, bytes, program };
}
