// A server under measurement: a process of its own, whose CPU and memory the kernel tells.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { dataDir } from "../../src/main/data-dir.ts";
import { type HttpsApi, httpsApi, type Target } from "../../src/main/https-api.ts";
import { engineFlags } from "../../src/main/launch.ts";
import { adminTarget } from "../../src/main/ready.ts";

const program = resolve(import.meta.dirname, "../../bin/coxswain.mjs");
const tickMs = 10;

/** A server that answers: ours, or the peer with its store. */
export type Measured = {
  readonly target: Target;
  /** ms from the start of the process to `/readyz`, and to the notice that a pod could run. */
  readonly readyMs: number;
  readonly upMs: number;
  /** CPU of its processes so far, ms, user and system. */
  cpuMs(): number;
  rssMb(): number;
  stop(): Promise<void>;
};

/** `folder`: where the data stays for another start; a fresh one that goes away when absent. */
export type StartOptions = { flags?: readonly string[]; folder?: string };

export async function startMeasured({
  flags = [],
  folder: given,
}: StartOptions = {}): Promise<Measured> {
  const folder = given ?? freshFolder();
  const since = performance.now();
  const fixed = ["server", "--data-dir", folder, "--port", "0", "--no-kubeconfig"];
  const child = spawn(process.execPath, [...engineFlags, program, ...fixed, ...flags], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  endsWithUs(child);
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  let readyMs = 0;
  child.on("message", (notice: { is: string; running: { pid: number }; message?: string }) => {
    if (notice.is === "serving") readyMs = performance.now() - since;
    if (notice.is === "ready") done(notice.running.pid);
    if (notice.is === "refused") reject(new Error(notice.message));
  });
  child.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  const pid = await promise;
  return {
    target: adminTarget(dataDir(folder)),
    readyMs,
    upMs: performance.now() - since,
    cpuMs: () => cpuMsOf(pid),
    rssMb: () => rssMbOf(pid),
    async stop() {
      const ended = new Promise((r) => child.once("exit", r));
      child.kill("SIGTERM");
      await ended;
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Nothing of a run that is broken off stays. */
export function endsWithUs(child: ChildProcess): void {
  const end = (): boolean => child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
}

export const freshFolder = (): string => mkdtempSync(join(tmpdir(), "cox-bench-"));

export const connections = (target: Target, count: number): HttpsApi[] =>
  Array.from({ length: count }, () => httpsApi(target));

export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

export function rssMbOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1] ?? 0) / 1024;
}

export const pause = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms));
