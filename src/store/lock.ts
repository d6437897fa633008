import { randomInt, randomUUID } from "node:crypto";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DiskError } from "../lib/disk.ts";
import { isAlive, startOf } from "./process-start.ts";

// The runtime has no file locks. Whoever wants the folder puts a file there that names its process,
// under a name that is never used again, and then looks for others' files. Of two that want it at
// the same time at least one sees the other and steps back, so never both have it. Since names are
// unique, a dead process's file can be removed without taking a living one's.
//
// A process is told from a later one that got the same number by when it was started; where that
// cannot be asked (not Linux), the number alone counts. A holder in another machine or container
// cannot be seen: a data directory is for one machine.

type Holder = { pid: number; started: string };

const prefix = "lock-";

/** Times to step back before others and try again: those that only try, too, are gone by then. */
const triesMax = 8;
const pauseMsMax = 50;

/** Makes this process the only user of `folder` until the returned function is called. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  try {
    const own: Holder = { pid: process.pid, started: startOf(process.pid) };
    let other: Holder | undefined;
    for (let tries = 0; tries < triesMax; tries++) {
      if (tries > 0) await pause(randomInt(1, pauseMsMax));
      const name = await announce(folder, own);
      const release = (): Promise<void> => fs.rm(join(folder, name), { force: true });
      other = await liveHolder(folder, name);
      if (!other) return release;
      await release();
    }
    throw new DiskError(
      "locked",
      `${folder} is in use by process ${other?.pid}: stop it first, or choose another data directory`,
    );
  } catch (error) {
    if (error instanceof DiskError) throw error;
    const code = codes[(error as NodeJS.ErrnoException).code ?? ""] ?? "io";
    throw new DiskError(code, `lock ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

/** The living process that has `folder`, or wants it; undefined where there is none, or no such folder. */
export async function holderOf(folder: string): Promise<number | undefined> {
  return (await liveHolder(folder, "").catch(ignoreMissing))?.pid;
}

const codes: Record<string, "full" | "readonly"> = {
  ENOSPC: "full",
  EROFS: "readonly",
  EACCES: "readonly",
};

/** Puts a file that names `own` into the folder, complete from the moment it can be seen. */
async function announce(folder: string, own: Holder): Promise<string> {
  const name = prefix + randomUUID();
  const draft = join(folder, `${name}.tmp`);
  await fs.writeFile(draft, JSON.stringify(own), { flag: "wx", mode: 0o600 });
  await fs.rename(draft, join(folder, name));
  return name;
}

/** A living process other than `own`'s file that wants or has the folder; removes dead ones' files. */
async function liveHolder(folder: string, own: string): Promise<Holder | undefined> {
  for (const name of await fs.readdir(folder)) {
    if (!name.startsWith(prefix) || name.endsWith(".tmp") || name === own) continue;
    const text = await fs.readFile(join(folder, name), "utf8").catch(ignoreMissing);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder && isAlive(holder.pid, holder.started)) return holder;
    await fs.rm(join(folder, name), { force: true });
  }
  return undefined;
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
