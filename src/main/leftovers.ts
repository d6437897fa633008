// What a cluster leaves on the machine beside its data directory: containers, mounts, the bridge, service rules.
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { removeNodeNetwork } from "../network/node-network.ts";
import { containerdPaths } from "../node/containerd.ts";
import { unmountBelow } from "../node/linux/mounts.ts";
import type { DataDir } from "./data-dir.ts";
import type { Progress } from "./options.ts";
import { instanceOf } from "./real-node.ts";

/** Longest wait for a killed process to be gone. */
const endMsMax = 5000;
const endLookMs = 10;

/** Resolves when the process is gone or only waits to be reaped, or its time is over. */
async function ended(pid: number, msMax: number): Promise<void> {
  for (let waited = 0; waited < msMax && commandLine(pid).join("") !== ""; waited += endLookMs) {
    await new Promise((resolve) => setTimeout(resolve, endLookMs));
  }
}

/** Removes all of it; what is not there is no failure. */
export async function removeNodeLeftovers(dir: DataDir, report: Progress): Promise<void> {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync(dir.node)) return;
  if (readdirSync(dir.node).length > 0)
    report("removing containers, mounts and network of the node");
  const instance = instanceOf(dir.node);
  const { socket } = containerdPaths(dir.node);
  const killed: number[] = [];
  // containerd first: it would look after its containers while they end.
  killFromFile(join(dir.node, "containerd/pid"), killed);
  for (const pid of processesOf(socket)) killTree(pid, killed);
  // What a process has mounted is in use until it has ended.
  for (const pid of killed) await ended(pid, endMsMax);
  await removeNodeNetwork(instance);
  await unmountBelow(dir.node);
  removeGroups(`coxswain-${instance}`);
}

/** Shims of this containerd alone, told by the address in their command line. */
function processesOf(socket: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid)) return false;
      const words = commandLine(pid);
      return words[0]?.includes("containerd-shim") && words.includes(socket);
    });
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

/** The children first: a container's processes outlive their shim. */
function killTree(pid: number, killed: number[]): void {
  for (const child of childrenOf(pid)) killTree(child, killed);
  kill(pid);
  killed.push(pid);
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function killFromFile(file: string, killed: number[]): void {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8"));
  if (!commandLine(pid)[0]?.includes("containerd")) return;
  kill(pid);
  killed.push(pid);
}

/** Control groups are folders that can be removed when no process is in them, the inner ones first. */
function removeGroups(name: string): void {
  const root = "/sys/fs/cgroup";
  const places = [
    join(root, name),
    ...readdirSync(root).map((controller) => join(root, controller, name)),
  ];
  for (const place of places) if (existsSync(place)) removeFolder(place);
}

function removeFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolder(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
  }
}
