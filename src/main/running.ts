// The record of the process that runs a cluster, so that other commands find it.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { holderOf } from "../store/lock.ts";
import { isAlive } from "../store/process-start.ts";
import type { DataDir } from "./data-dir.ts";
import { writePrivate } from "./data-dir.ts";
import type { Running } from "./options.ts";

export function writeRunning(dir: DataDir, running: Running): void {
  writePrivate(dir.running, `${JSON.stringify(running)}\n`);
}

export function clearRunning(dir: DataDir): void {
  rmSync(dir.running, { force: true });
}

/** The cluster's process, undefined when none is alive. A record left by a killed process does not count. */
export function readRunning(dir: DataDir): Running | undefined {
  if (!existsSync(dir.running)) return undefined;
  try {
    const running = JSON.parse(readFileSync(dir.running, "utf8")) as Running;
    return isCluster(running) ? running : undefined;
  } catch (error) {
    // Cut short by a crash: the same as no record.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The living process that has the cluster's data open, whether it serves already or not. */
export const userOfData = (dir: DataDir): Promise<number | undefined> => holderOf(dir.store);

/** Process ids are used again: the start must be the recorded one, the command line this program's. */
function isCluster({ pid, processStart = "" }: Running): boolean {
  if (!isAlive(pid, processStart)) return false;
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, "utf8").includes("coxswain");
}

/** Resolves true when the process has ended, false when it is still there after `waitMs`. */
export async function ended(running: Running, waitMs: number): Promise<boolean> {
  const stepMs = 20;
  for (let waited = 0; waited <= waitMs; waited += stepMs) {
    if (!isCluster(running)) return true;
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
  return false;
}
