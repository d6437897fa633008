// The volumes of pods as folders and mounts of this machine.
import { chmod, chown, lstat, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type VolumeAsk, VolumeError } from "../host.ts";
import { writeFilesAtOnce } from "./atomic-files.ts";
import { type ImageMounts, imageFolder } from "./image-mounts.ts";
import { ifMissing } from "./missing.ts";
import { isMounted, mountTmpfs, unmountBelow } from "./mounts.ts";
import { run } from "./run.ts";

export type VolumeFolders = {
  /** Of all pods, on disk. */
  readonly pods: string;
  /** A file system in memory, for what must not reach the disk. */
  readonly secrets: string;
};

export const podFolder = (folders: VolumeFolders, uid: string): string => join(folders.pods, uid);

/** Makes the folders; the one for secrets is a file system in memory. */
export async function prepareFolders(folders: VolumeFolders): Promise<void> {
  await mkdir(folders.pods, { recursive: true, mode: 0o711 });
  await mkdir(folders.secrets, { recursive: true, mode: 0o711 });
  if (!(await isMounted(folders.secrets)))
    await mountTmpfs(folders.secrets, "mode=0711,noswap").catch(
      // Kernels before 6.4 do not know the option.
      () => mountTmpfs(folders.secrets, "mode=0711"),
    );
}

export async function mountVolume(
  folders: VolumeFolders,
  images: ImageMounts,
  uid: string,
  ask: VolumeAsk,
): Promise<string> {
  try {
    switch (ask.is) {
      case "hostPath":
        await checkHostPath(ask.path, ask.type);
        return ask.path;
      case "image": {
        const path = join(podFolder(folders, uid), "volumes", imageFolder, ask.name);
        await images.mount(ask.image, path);
        return path;
      }
      case "emptyDir": {
        const { path, isNew } = await makeEmptyDir(podFolder(folders, uid), ask);
        // Once only: later, what stands there is the containers' own.
        if (isNew) await makeFolders(path, ask.folders);
        return path;
      }
      case "files": {
        const base =
          ask.plugin === "secret" || ask.plugin === "projected" ? folders.secrets : folders.pods;
        const path = join(base, uid, "volumes", `kubernetes.io~${ask.plugin}`, ask.name);
        await mkdir(path, { recursive: true, mode: 0o755 });
        await giveToGroup(path, ask.fsGroup, 0o755);
        await writeFilesAtOnce(
          path,
          ask.files,
          ask.fsGroup === undefined ? {} : { group: ask.fsGroup },
        );
        await makeFolders(path, ask.folders);
        return path;
      }
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new VolumeError(`MountVolume.SetUp failed for volume "${ask.name}" : ${why}`, {
      cause: error,
    });
  }
}

const emptyDirs = "volumes/kubernetes.io~empty-dir";

/** Bytes by the names of volumes. Those in memory count nothing on disk. */
export async function emptyDirUse(folder: string): Promise<Map<string, number>> {
  const names = await readdir(join(folder, emptyDirs)).catch(ifMissing([]));
  const found = new Map<string, number>();
  for (const name of names) {
    const said = await run("du", ["-skx", join(folder, emptyDirs, name)]);
    found.set(name, Number.parseInt(said, 10) * 1024);
  }
  return found;
}

async function makeEmptyDir(
  folder: string,
  ask: Extract<VolumeAsk, { is: "emptyDir" }>,
): Promise<{ path: string; isNew: boolean }> {
  const path = join(folder, emptyDirs, ask.name);
  const isNew = (await lstat(path).catch(ifMissing(undefined))) === undefined;
  await mkdir(path, { recursive: true });
  const mounts = ask.memory && !(await isMounted(path));
  if (mounts) {
    await mountTmpfs(
      path,
      ask.sizeBytes === undefined ? "mode=0777" : `size=${ask.sizeBytes},mode=0777`,
    );
  } else if (!isNew) return { path, isNew };
  await giveToGroup(path, ask.fsGroup, 0o777);
  return { path, isNew: isNew || mounts };
}

/** `names` are of the pod's spec, whose paths cannot lead out of the volume. */
async function makeFolders(path: string, names: readonly string[] = []): Promise<void> {
  for (const name of names) await mkdir(join(path, name), { recursive: true, mode: 0o755 });
}

async function giveToGroup(path: string, group: number | undefined, mode: number): Promise<void> {
  if (group !== undefined) await chown(path, 0, group);
  await chmod(path, group === undefined ? mode : mode | 0o2070);
}

type Check = { wanted: string; fits: (s: Awaited<ReturnType<typeof stat>>) => boolean };

const checks: Readonly<Record<string, Check>> = {
  Directory: { wanted: "directory", fits: (s) => s.isDirectory() },
  File: { wanted: "file", fits: (s) => s.isFile() },
  Socket: { wanted: "socket file", fits: (s) => s.isSocket() },
  CharDevice: { wanted: "character device", fits: (s) => s.isCharacterDevice() },
  BlockDevice: { wanted: "block device", fits: (s) => s.isBlockDevice() },
};

async function checkHostPath(path: string, type: string): Promise<void> {
  const found = await stat(path).catch(ifMissing(undefined));
  if (type === "") return;
  if (type === "DirectoryOrCreate") {
    if (!found) await mkdir(path, { recursive: true, mode: 0o755 });
    else if (!found.isDirectory())
      throw new Error(`hostPath type check failed: ${path} is not a directory`);
    return;
  }
  if (type === "FileOrCreate") {
    if (!found) await (await open(path, "a", 0o644)).close();
    else if (!found.isFile()) throw new Error(`hostPath type check failed: ${path} is not a file`);
    return;
  }
  const check = checks[type];
  if (!check) throw new Error(`hostPath type check failed: unknown type ${type}`);
  if (!found || !check.fits(found)) {
    throw new Error(`hostPath type check failed: ${path} is not a ${check.wanted}`);
  }
}

/** Unmounts and removes all of a pod. What cannot be unmounted is left, so that nothing of others is removed. */
export async function removePodFolders(
  folders: VolumeFolders,
  images: ImageMounts,
  uid: string,
): Promise<void> {
  if (uid === "" || uid.includes("/") || uid.startsWith("."))
    throw new Error(`"${uid}" is no pod's uid`);
  for (const base of [folders.pods, folders.secrets]) {
    const folder = join(base, uid);
    if (!(await lstat(folder).catch(ifMissing(undefined)))) continue;
    await images.unmountBelow(folder);
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

export async function podUids(folders: VolumeFolders): Promise<string[]> {
  const found = await Promise.all(
    [folders.pods, folders.secrets].map((folder) => readdir(folder).catch(ifMissing([]))),
  );
  return [...new Set(found.flat())];
}
