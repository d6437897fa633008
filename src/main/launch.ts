// `coxswain up`: the cluster goes on in a process of its own; this one waits until a pod could run.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { DataDir } from "./data-dir.ts";
import type { Progress, Running } from "./options.ts";
import { type ExitCode, Refusal } from "./refusal.ts";

/** What the background process says to the one that waits for it. */
export type Notice =
  | { is: "progress"; text: string }
  /** The API answers; nodes may still be coming up. */
  | { is: "serving"; running: Running }
  | { is: "ready"; running: Running }
  | { is: "refused"; exitCode: ExitCode; message: string };

export type Launch = {
  dir: DataDir;
  /** The program and its arguments: `coxswain server …`. */
  program: string;
  arguments: readonly string[];
  report: Progress;
  /** Longest wait for the cluster to be ready. */
  waitMs: number;
};

/**
 * Room for new objects, MB. At most: the engine's own choice is four times that, which a server that holds its data
 * outside the engine's heap keeps for nothing: no write costs more with this one. At least: beginning with 1, a start
 * takes 7 % more CPU for collecting what it still needs; beginning with 8, it takes as much as with this, and 6 MB more.
 */
export const engineFlags: readonly string[] = [
  "--max-semi-space-size=16",
  "--min-semi-space-size=4",
];

const interruptions = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves with what runs. Throws a `Refusal` with the reason when it does not come up. */
export function launch({
  dir,
  program,
  arguments: args,
  report,
  waitMs,
}: Launch): Promise<Running> {
  const log = openSync(dir.log, "a", 0o600);
  const child = spawn(process.execPath, [...engineFlags, program, ...args], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
    cwd: "/",
  });
  closeSync(log);
  const { promise, resolve, reject } = Promise.withResolvers<Running>();
  // Who ends the wait ends the start, too.
  const interrupt = (): void => {
    child.kill("SIGTERM");
    reject(new Refusal(1, `the start was interrupted; its log is ${dir.log}`));
  };
  for (const signal of interruptions) process.once(signal, interrupt);
  const timer = setTimeout(() => {
    child.kill("SIGTERM");
    reject(
      new Refusal(4, `the cluster was not ready within ${waitMs / 1000} s; its log is ${dir.log}`),
    );
  }, waitMs);
  child.on("message", (message) => {
    const notice = message as Notice;
    if (notice.is === "progress") report(notice.text);
    if (notice.is === "ready") resolve(notice.running);
    if (notice.is === "refused") reject(new Refusal(notice.exitCode, notice.message));
  });
  child.on("error", (error) => reject(new Refusal(5, `cannot start ${program}: ${error.message}`)));
  child.on("exit", (code, signal) => {
    const how = signal === null ? `code ${code}` : signal;
    reject(
      new Refusal(
        1,
        `the cluster ended at start with ${how}; the end of ${dir.log}:\n${tail(dir.log)}`,
      ),
    );
  });
  return promise.finally(() => {
    clearTimeout(timer);
    for (const signal of interruptions) process.off(signal, interrupt);
    child.removeAllListeners();
    if (child.connected) child.disconnect();
    child.unref();
  });
}

function tail(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-10).join("\n");
}
