// Where a cluster's files live, and who may read them.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { Refusal } from "./refusal.ts";

export type DataDir = {
  readonly root: string;
  readonly store: string;
  readonly pki: string;
  readonly node: string;
  readonly kubeconfig: string;
  /** Where scheduled snapshots are put. */
  readonly snapshots: string;
  readonly log: string;
  /** The process that runs the cluster: JSON of `Running`. */
  readonly running: string;
  /** JSON of `Networks`. */
  readonly networks: string;
  /** What the cluster was made with: JSON of `Identity`. */
  readonly cluster: string;
};

/** Written once, when the data directory is made. */
export type ClusterIdentity = { format: 1; name: string };

export function defaultRoot(name: string, isRoot: boolean, platform: string): string {
  const system = isRoot && platform === "linux";
  return system ? `/var/lib/coxswain/${name}` : join(homedir(), ".local/share/coxswain", name);
}

export function dataDir(root: string): DataDir {
  const at = (name: string) => join(resolve(root), name);
  return {
    root: resolve(root),
    store: at("store"),
    pki: at("pki"),
    node: at("node"),
    kubeconfig: at("kubeconfig"),
    snapshots: at("snapshots"),
    log: at("coxswain.log"),
    running: at("running.json"),
    networks: at("networks.json"),
    cluster: at("cluster.json"),
  };
}

/** Makes the directory for `name`, or checks that it is this cluster's. Throws a `Refusal` naming the way out. */
export function claim(dir: DataDir, name: string): void {
  try {
    mkdirSync(dirname(dir.root), { recursive: true, mode: 0o700 });
    // Not recursive: the true reason of a failure comes out, such as a read-only disk.
    if (!existsSync(dir.root)) mkdirSync(dir.root, { mode: 0o700 });
    refuseForeign(dir);
    chmodSync(dir.root, 0o700);
    for (const folder of [dir.store, dir.pki, dir.node])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(dir.cluster)) {
      const identity: ClusterIdentity = { format: 1, name };
      writePrivate(dir.cluster, `${JSON.stringify(identity)}\n`);
      return;
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    const advice =
      code === "ENOSPC"
        ? "make some space on its disk, or choose another with --data-dir"
        : "choose another with --data-dir, or run as its owner";
    throw new Refusal(5, `data directory ${dir.root} cannot be used: ${message}; ${advice}`, {
      cause: error,
    });
  }
  const found = readIdentity(dir);
  if (found.name !== name) {
    throw new Refusal(
      5,
      `data directory ${dir.root} belongs to cluster "${found.name}", not "${name}"; ` +
        `start it with --name ${found.name}, or choose another --data-dir`,
    );
  }
}

/** Whoever deletes the cluster deletes the folder: it must be its own from the beginning. */
function refuseForeign(dir: DataDir): void {
  if (existsSync(dir.cluster)) return;
  // A start that was cut short leaves its folders; a disk of its own has `lost+found`.
  const own = new Set([...Object.values(dir).map((path) => basename(path)), "lost+found"]);
  const foreign = readdirSync(dir.root).find((name) => !own.has(name.replace(/\.new$/, "")));
  if (foreign === undefined) return;
  throw new Refusal(
    5,
    `data directory ${dir.root} holds other files (${foreign}) and no cluster; choose a new or empty folder with --data-dir`,
  );
}

/** Whether a cluster has been made here. Throws a `Refusal` when nobody may say so. */
export function hasCluster(dir: DataDir): boolean {
  try {
    return statSync(dir.cluster).isFile();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw new Refusal(5, `${dir.root} cannot be looked into: ${message}; run as its owner`, {
      cause: error,
    });
  }
}

/** Throws a `Refusal` when there is no cluster. */
export function readClusterName(dir: DataDir): string {
  if (hasCluster(dir)) return readIdentity(dir).name;
  throw new Refusal(3, `there is no cluster in ${dir.root}`);
}

function readIdentity(dir: DataDir): ClusterIdentity {
  const text = readFileSync(dir.cluster, "utf8");
  let found: Partial<ClusterIdentity>;
  try {
    found = JSON.parse(text) as Partial<ClusterIdentity>;
  } catch (error) {
    throw new Refusal(5, `${dir.cluster} is not JSON; restore it or choose another --data-dir`, {
      cause: error,
    });
  }
  if (found.format !== 1 || typeof found.name !== "string") {
    throw new Refusal(
      5,
      `${dir.cluster} has format ${JSON.stringify(found.format)}, this version reads format 1; use a newer coxswain`,
    );
  }
  return { format: 1, name: found.name };
}

/** Replaces a file at once, readable by its owner only. */
export function writePrivate(file: string, text: string): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
}
