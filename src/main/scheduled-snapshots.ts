// Snapshots by schedule, of which the newest are kept.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Clock, pause } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { nextTime, parseSchedule, type Schedule } from "../schema/cron.ts";
import { keepBackup } from "./backup.ts";
import { Refusal } from "./refusal.ts";

type Options = {
  schedule: Schedule;
  keep: number;
  folder: string;
  backup: () => AsyncIterable<Uint8Array>;
  clock: Clock;
  log: Log;
};

/** Throws a `Refusal` when `text` is no schedule. */
export function snapshotSchedule(text: string): Schedule {
  try {
    return parseSchedule(text);
  } catch (error) {
    throw new Refusal(
      2,
      `--snapshot-schedule ${JSON.stringify(text)}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

export function startScheduledSnapshots(options: Options): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = run(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function run(options: Options, signal: AbortSignal): Promise<void> {
  const { schedule, clock, log } = options;
  while (!signal.aborted) {
    const now = clock.now();
    const due = nextTime(schedule, now);
    if (due === undefined) return log.warn("the schedule of snapshots never comes again");
    // Aborted only by `stop`, which the loop's condition sees.
    await pause(clock, due - now, signal);
    if (signal.aborted) return;
    try {
      const file = await snapshotNow(options);
      log.info("snapshot was made by schedule", { file });
    } catch (error) {
      log.error("the scheduled snapshot could not be made; those before are kept", { error });
    }
  }
}

/** Makes a snapshot and removes those beyond the number to keep: never before the new one is there. */
export async function snapshotNow(options: Omit<Options, "schedule" | "log">): Promise<string> {
  const { folder, backup, clock, keep } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stem = join(folder, new Date(clock.now()).toISOString().replace(/[:.]/g, "-"));
  let file = `${stem}.snapshot`;
  for (let n = 2; existsSync(file); n++) file = `${stem}-${n}.snapshot`;
  await keepBackup(backup(), file);
  const made = readdirSync(folder).filter((name) => name.endsWith(".snapshot"));
  for (const name of made.sort().slice(0, -keep)) rmSync(join(folder, name));
  return file;
}
