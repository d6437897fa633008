// Control groups of pods: their limits as a whole. The runtime makes those of containers below them.
import { access, mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PodResources } from "../host.ts";

const root = "/sys/fs/cgroup";

export type Cgroups = {
  make(path: string, resources: PodResources): Promise<void>;
  remove(path: string): Promise<void>;
};

/** Undefined on a machine where this process may not make any. */
export async function findCgroups(): Promise<Cgroups | undefined> {
  const isThere = async (path: string): Promise<boolean> => {
    try {
      await access(path);
      return true;
    } catch {
      return false;
    }
  };
  if (await isThere(join(root, "cgroup.controllers"))) return unified;
  return (await isThere(join(root, "cpu"))) ? separate : undefined;
}

/** One tree for all resources (version 2). */
const unified: Cgroups = {
  async make(path, r) {
    const folder = join(root, path);
    await mkdir(folder, { recursive: true });
    const above = path.split("/").filter(Boolean);
    for (let i = 0; i < above.length; i++) {
      const parent = join(root, ...above.slice(0, i));
      for (const controller of ["cpu", "memory", "pids", "cpuset", "io"]) {
        // A controller that the kernel has not, or that is in use here: its limit fails below, and says so.
        await writeFile(join(parent, "cgroup.subtree_control"), `+${controller}`).catch(() => {});
      }
    }
    const set = (file: string, value: string): Promise<void> =>
      writeFile(join(folder, file), value);
    if (r.cpuShares !== undefined) await set("cpu.weight", String(weightOf(r.cpuShares)));
    const quota = r.cpuQuota === undefined ? "max" : String(r.cpuQuota);
    await set("cpu.max", `${quota} ${r.cpuPeriod ?? 100_000}`);
    await set("memory.max", r.memoryBytes === undefined ? "max" : String(r.memoryBytes));
    if (r.pids !== undefined) await set("pids.max", String(r.pids));
  },
  remove: (path) => removeTree(join(root, path)),
};

/** 2…262144 shares are 1…10000 of weight, as the runtimes convert them. */
const weightOf = (shares: number): number => Math.floor(1 + ((shares - 2) * 9999) / 262_142);

/** A tree for each kind of resource (version 1). */
const separate: Cgroups = {
  async make(path, r) {
    const set = async (
      controller: string,
      file: string,
      value: number | undefined,
    ): Promise<void> => {
      const folder = join(root, controller, path);
      await mkdir(folder, { recursive: true });
      if (value !== undefined) await writeFile(join(folder, file), String(value));
    };
    await set("cpu", "cpu.shares", r.cpuShares);
    await set("cpu", "cpu.cfs_period_us", r.cpuPeriod);
    await set("cpu", "cpu.cfs_quota_us", r.cpuQuota ?? -1);
    await set("memory", "memory.limit_in_bytes", r.memoryBytes ?? -1);
    await set("pids", "pids.max", r.pids);
  },
  async remove(path) {
    const trees = await readdir(root, { withFileTypes: true });
    for (const tree of trees) if (tree.isDirectory()) await removeTree(join(root, tree.name, path));
  },
};

/** Folders alone can be removed here, the deepest first; a group in use stays. */
async function removeTree(folder: string): Promise<void> {
  const below = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!below) return;
  for (const entry of below) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EBUSY" && error.code !== "ENOENT") throw error;
  });
}
