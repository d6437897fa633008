// What this machine has left: memory, disk, inodes, processes.
import { readFile, statfs } from "node:fs/promises";
import type { Signals } from "../pressure/signals.ts";

/** `dir`: a folder on the file system that holds pods and images. */
export async function machineSignals(dir: string): Promise<Signals> {
  const [memory, load, pidMax, disk] = await Promise.all([
    readFile("/proc/meminfo", "utf8"),
    readFile("/proc/loadavg", "utf8"),
    readFile("/proc/sys/kernel/pid_max", "utf8"),
    statfs(dir),
  ]);
  const kibi = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(memory)?.[1] ?? 0) * 1024;
  const running = Number(/\/(\d+) /.exec(load)?.[1] ?? 0);
  const processes = Number(pidMax);
  // Some file systems make inodes as they need them and count none.
  const inodes = disk.files > 0 ? disk : { ffree: 1, files: 1 };
  return {
    memory: { available: kibi("MemAvailable"), capacity: kibi("MemTotal") },
    disk: { available: disk.bavail * disk.bsize, capacity: disk.blocks * disk.bsize },
    inodes: { available: inodes.ffree, capacity: inodes.files },
    processes: { available: processes - running, capacity: processes },
  };
}
