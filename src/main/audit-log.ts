// The file of the audit log: grows by lines, is put aside when it is large, and old ones are removed.
import { createWriteStream } from "node:fs";
import { appendFile, chmod, readdir, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import type { LineFile } from "../server/audit/sinks.ts";

export type Rotation = {
  /** The file is put aside before it grows beyond it; 0: never. */
  readonly maxBytes: number;
  /** Files put aside that stay; 0: all. */
  readonly maxBackups: number;
  /** Days that they stay; 0: for ever. */
  readonly maxAgeDays: number;
};

const dayMs = 24 * 3600 * 1000;
const ownerOnly = 0o600;

/** `path` "-": standard output. Rejects when the file cannot be written. */
export async function openAuditLog(
  path: string,
  rotation: Rotation,
  clock: Clock,
): Promise<LineFile> {
  if (path === "-") return standardOutput();
  await appendFile(path, "", { mode: ownerOnly });
  await chmod(path, ownerOnly);
  let size = (await stat(path)).size;
  let lastMs = 0;
  const write = async (text: string): Promise<void> => {
    const bytes = Buffer.byteLength(text);
    if (rotation.maxBytes > 0 && size > 0 && size + bytes > rotation.maxBytes) {
      // Two within a millisecond must not have one name.
      lastMs = Math.max(clock.now(), lastMs + 1);
      await rename(path, asidePath(path, lastMs));
      await removeOld(path, rotation, lastMs);
      size = 0;
    }
    await appendFile(path, text, { mode: ownerOnly });
    size += bytes;
  };
  let last: Promise<void> = Promise.resolve();
  return {
    append(text) {
      // One after the other, also behind one that failed.
      last = last.then(
        () => write(text),
        () => write(text),
      );
      return last;
    },
    // Whoever appended was told of the failure.
    close: () => last.catch(() => {}),
  };
}

function standardOutput(): LineFile {
  const stream = createWriteStream("", { fd: 1, autoClose: false });
  return {
    append: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => Promise.resolve(),
  };
}

/** `audit.log` → `audit-2026-11-23T16-00-00.000.log`, as upstream names it. */
function asidePath(path: string, now: number): string {
  const extension = extname(path);
  const name = basename(path, extension);
  const time = new Date(now).toISOString().replace("Z", "").replaceAll(":", "-");
  return join(dirname(path), `${name}-${time}${extension}`);
}

const asideTime = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/;

async function removeOld(path: string, rotation: Rotation, now: number): Promise<void> {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  const aside: { file: string; ms: number }[] = [];
  for (const file of await readdir(dirname(path))) {
    if (!file.startsWith(prefix) || !file.endsWith(extension)) continue;
    const time = asideTime.exec(file.slice(prefix.length, file.length - extension.length));
    if (time === null) continue;
    aside.push({ file, ms: Date.parse(`${time[1]}T${time[2]}:${time[3]}:${time[4]}Z`) });
  }
  aside.sort((a, b) => b.ms - a.ms);
  const { maxBackups, maxAgeDays } = rotation;
  const tooMany = maxBackups > 0 ? aside.slice(maxBackups) : [];
  const tooOld = maxAgeDays > 0 ? aside.filter(({ ms }) => now - ms > maxAgeDays * dayMs) : [];
  for (const file of new Set([...tooMany, ...tooOld].map((one) => one.file)))
    await unlink(join(dirname(path), file));
}
