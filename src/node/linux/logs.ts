// Logs of containers as the runtime writes them, and as the API shows them.
//
//   2026-11-23T10:00:00.123456789Z stdout F a whole line
//   2026-11-23T10:00:00.223456789Z stderr P a part of a line, which the next one
//   2026-11-23T10:00:00.223456790Z stderr F  continues
import { watch } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LogRange } from "../host.ts";
import { ifMissing } from "./missing.ts";

const newline = 10;
const blockBytes = 64 * 1024;
/** A reader that follows looks at least so often whether the container has ended. */
const lookMs = 1000;
/** A log that is larger is put aside; so many of them are kept beside the current one. */
const sizeMax = 10 << 20;
const rotatedMax = 4;

export async function* readLog(
  path: string,
  range: LogRange,
  ended: () => Promise<boolean>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const first = await openLog(path);
  if (!first) return;
  let file: FileHandle = first;
  const shown = new Shown(range);
  const change = changes(path, signal);
  try {
    let at = range.tailLines === undefined ? 0 : await tailStart(file, range.tailLines);
    let rest: Buffer = Buffer.alloc(0);
    let isOver = false;
    while (!signal.aborted) {
      const block = await readBlock(file, at);
      at += block.length;
      if (block.length > 0) {
        const end = block.lastIndexOf(newline) + 1;
        const text = shown.text(Buffer.concat([rest, block.subarray(0, end)]));
        rest = end > 0 ? block.subarray(end) : Buffer.concat([rest, block]);
        if (text.length > 0) yield text;
        if (shown.isFull) return;
        continue;
      }
      const next: FileHandle | undefined = range.follow ? await replaced(path, file) : undefined;
      if (next) {
        await file.close();
        [file, at, rest] = [next, 0, Buffer.alloc(0)];
        continue;
      }
      if (!range.follow || isOver) return;
      // Once it has ended, what it wrote last is still to be read.
      isOver = await ended();
      if (!isOver) await change.next();
    }
  } finally {
    change.stop();
    await file.close();
  }
}

/** Turns stored lines into what the API shows, as far as the range allows. */
class Shown {
  readonly #range: LogRange;
  #left: number;
  #isInLine = false;

  constructor(range: LogRange) {
    this.#range = range;
    this.#left = range.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  text(lines: Buffer): Uint8Array {
    const parts: Buffer[] = [];
    for (let at = 0; at < lines.length; ) {
      const end = lines.indexOf(newline, at);
      parts.push(...this.#line(lines.subarray(at, end)));
      at = end + 1;
    }
    const all = Buffer.concat(parts);
    const cut = all.subarray(0, Math.min(all.length, this.#left));
    this.#left -= all.length;
    return cut;
  }

  #line(line: Buffer): Buffer[] {
    const afterTime = line.indexOf(32);
    const afterStream = line.indexOf(32, afterTime + 1);
    const afterTag = line.indexOf(32, afterStream + 1);
    if (afterTime < 0 || afterStream < 0) return [];
    const time = line.toString("latin1", 0, afterTime);
    const { sinceMs, stream, timestamps } = this.#range;
    if (sinceMs !== undefined && Date.parse(time) < sinceMs) return [];
    if (stream && line.toString("latin1", afterTime + 1, afterStream) !== stream) return [];
    const tagEnd = afterTag < 0 ? line.length : afterTag;
    const isPart = line
      .toString("latin1", afterStream + 1, tagEnd)
      .split(":")
      .includes("P");
    const text = afterTag < 0 ? Buffer.alloc(0) : line.subarray(afterTag + 1);
    const stamp = timestamps && !this.#isInLine ? [Buffer.from(`${time} `)] : [];
    this.#isInLine = isPart;
    return isPart ? [...stamp, text] : [...stamp, text, lineEnd];
  }
}

const lineEnd = Buffer.from("\n");

const openLog = (path: string): Promise<FileHandle | undefined> =>
  open(path, "r").catch(ifMissing(undefined));

async function readBlock(file: FileHandle, at: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(blockBytes), 0, blockBytes, at);
  return buffer.subarray(0, bytesRead);
}

/** Where the last `lines` lines begin. */
async function tailStart(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  let left = lines;
  let end = size;
  // The newline at the very end ends the last line.
  let isFirst = true;
  while (end > 0) {
    const start = Math.max(end - blockBytes, 0);
    const buffer = Buffer.allocUnsafe(end - start);
    await file.read(buffer, 0, buffer.length, start);
    for (let i = buffer.length - 1; i >= 0; i--) {
      if (buffer[i] !== newline) continue;
      if (isFirst && start + i === size - 1 && lines > 0) {
        isFirst = false;
        continue;
      }
      if (left <= 1) return start + i + 1;
      left--;
    }
    end = start;
  }
  return lines === 0 ? size : 0;
}

/** The file that stands at `path` now, when it is another one than `file`. */
async function replaced(path: string, file: FileHandle): Promise<FileHandle | undefined> {
  const [now, then] = await Promise.all([stat(path).catch(ifMissing(undefined)), file.stat()]);
  return now && now.ino !== then.ino ? await openLog(path) : undefined;
}

/** Resolves `next` when anything in the log's folder changed, or after a while. */
function changes(
  path: string,
  signal: AbortSignal,
): { next: () => Promise<void>; stop: () => void } {
  let wake = (): void => {};
  let isDirty = false;
  const touched = (): void => {
    isDirty = true;
    wake();
  };
  const watcher = watch(dirname(path), { persistent: false }, touched);
  watcher.on("error", touched);
  signal.addEventListener("abort", touched, { once: true });
  return {
    async next() {
      if (!isDirty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, lookMs).unref();
        });
      }
      isDirty = false;
    },
    stop() {
      watcher.close();
      signal.removeEventListener("abort", touched);
    },
  };
}

/** True when the log was put aside and the runtime must open a new one. */
export async function rotateLog(path: string, now: Date): Promise<boolean> {
  const { size } = (await stat(path).catch(ifMissing(undefined))) ?? { size: 0 };
  if (size < sizeMax) return false;
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  await rename(path, `${path}.${stamp}`);
  const old = (await readdir(dirname(path))).filter((name) =>
    name.startsWith(`${basename(path)}.`),
  );
  for (const name of old.sort().slice(0, -rotatedMax)) await rm(join(dirname(path), name));
  return true;
}

export async function lastLogNumber(folder: string): Promise<number | undefined> {
  const names = await readdir(folder).catch(ifMissing([]));
  const numbers = names.flatMap((name) => /^(\d+)\.log$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.length === 0 ? undefined : Math.max(...numbers);
}

export async function logTail(path: string, linesMax: number, bytesMax: number): Promise<string> {
  const range: LogRange = { follow: false, timestamps: false, tailLines: linesMax };
  const parts: Uint8Array[] = [];
  for await (const part of readLog(path, range, async () => true, new AbortController().signal)) {
    parts.push(part);
  }
  return Buffer.concat(parts).subarray(-bytesMax).toString("utf8");
}

/** A log with what was put aside of it, or a folder of logs. */
export async function removeLogs(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  if (!path.endsWith(".log")) return;
  for (const name of await readdir(dirname(path)).catch(ifMissing([]))) {
    if (name.startsWith(`${basename(path)}.`)) await rm(join(dirname(path), name), { force: true });
  }
}
