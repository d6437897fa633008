import { randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { DiskError } from "../lib/disk.ts";

// The runtime has no file locks, so the lock is a file that names its holder. A process is told from
// a later one that got the same number by when it was started; where that cannot be asked (not
// Linux), the number alone counts. A holder in another machine or container cannot be seen: a data
// directory is for one machine.

type Holder = { pid: number; started: string };

/** Times that a lock left behind by a dead process is taken away before giving up. */
const triesMax = 10;

/** Makes this process the only user of `folder` until the returned function is called. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "lock");
  const own = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) });
  const draft = join(folder, `lock.${randomUUID()}`);
  try {
    await fs.writeFile(draft, own, { flag: "wx", mode: 0o600 });
    for (let tries = 0; tries < triesMax; tries++) {
      if (await linked(draft, path)) return () => fs.rm(path, { force: true });
      const text = await fs.readFile(path, "utf8").catch(ignoreMissing);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder && (await alive(holder))) throw lockedError(folder, holder);
      await takeAway(path, text);
    }
    throw new DiskError("locked", `${path} keeps changing: several processes are starting`);
  } catch (error) {
    if (error instanceof DiskError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "ENOSPC" ? "full" : code === "EROFS" || code === "EACCES" ? "readonly" : "io";
    throw new DiskError(reason, `lock ${folder}: ${(error as Error).message}`, { cause: error });
  } finally {
    await fs.rm(draft, { force: true });
  }
}

function lockedError(folder: string, { pid }: Holder): DiskError {
  return new DiskError(
    "locked",
    `${folder} is in use by process ${pid}: stop it first, or choose another data directory`,
  );
}

/** A link is made only when the name is free, and the file is complete by then. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a dead process's lock, unless another process was quicker and has locked anew. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  const moved = await fs.rename(path, aside).then(() => true, ignoreMissing);
  if (!moved) return;
  const got = await fs.readFile(aside, "utf8");
  if (got !== text) await linked(aside, path);
  await fs.rm(aside, { force: true });
}

async function alive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = await startOf(pid);
  return now === "" || started === "" || now === started;
}

/** When a process was started, as Linux tells it, with the boot's identity; "" where unknown. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = await fs.readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; the start is the 20th field after it.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${boot.trim()}/${ticks}`;
  } catch (error) {
    if (["ENOENT", "EACCES", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return "";
    throw error;
  }
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<Holder>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    // A crash of the machine can leave an empty lock behind: nobody holds it.
    return undefined;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}
