import { crc32c } from "../lib/crc32c.ts";
import { StoreError } from "./store.ts";

// The first 512 bytes of every file, readable by a person:
//
//   coxswain-log 1 0.1.0        kind of file, version of its format, program that wrote it
//   {"store":"…","number":3}    fields of the kind
//   5f2c01aa                    checksum of the two lines, with their ends
//
// filled up with line ends. One sector, so that the disk writes it whole.

export const fileHeaderBytes = 512;

/** Version of the format of all files. A reader refuses files of a later one. */
const formatVersion = 1;

export type FileKind = "log" | "snapshot" | "manifest" | "backup";

export function fileHeader(kind: FileKind, program: string, fields: object): Buffer {
  const text = `coxswain-${kind} ${formatVersion} ${program}\n${JSON.stringify(fields)}\n`;
  const sum = crc32c(Buffer.from(text)).toString(16).padStart(8, "0");
  const header = Buffer.alloc(fileHeaderBytes, "\n");
  const length = header.write(`${text}${sum}\n`);
  if (length === fileHeaderBytes) throw new RangeError(`header of a ${kind} file is too long`);
  return header;
}

/** The fields of the header in `bytes`. Throws a `StoreError` that names `path`. */
export function readFileHeader(kind: FileKind, bytes: Buffer, path: string): unknown {
  const text = bytes.toString("latin1", 0, fileHeaderBytes);
  const [first = "", fields = "", sum = ""] = text.split("\n");
  const [, version, program] = new RegExp(`^coxswain-${kind} (\\d+) (\\S+)$`).exec(first) ?? [];
  if (version && Number(version) !== formatVersion)
    throw new StoreError(
      "format",
      `${path} has format ${version}, written by coxswain ${program}; this coxswain reads ` +
        `format ${formatVersion}: use coxswain ${program} or later, or restore a snapshot`,
    );
  const crc = crc32c(bytes, 0, 0, first.length + fields.length + 2);
  if (!version || !/^[0-9a-f]{8}$/.test(sum) || crc !== Number.parseInt(sum, 16))
    throw damagedAt({ kind, path }, 0, `no valid header of a ${kind}`);
  return JSON.parse(bytes.toString("utf8", first.length + 1, first.length + 1 + fields.length));
}

/** The error of a file whose bytes are not those that were written, with the way out. */
export function damagedAt(
  { kind, path }: { kind: FileKind; path: string },
  offset: number,
  why: string,
): StoreError {
  const wayOut =
    kind === "backup"
      ? "take another copy of it, or another one"
      : "restore a snapshot of the cluster";
  return new StoreError("damaged", `${path}: damaged at offset ${offset}: ${why}; ${wayOut}`);
}
