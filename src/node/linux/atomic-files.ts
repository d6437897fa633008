// Puts a set of files into a folder so that a reader sees all of the old ones or all of the new ones (upstream's atomic
// writer, whose layout programs know):
//
//   ..data -> ..2026_11_23_10_00_00.123        the one link that is replaced
//   ..2026_11_23_10_00_00.123/ca.crt           the files
//   ca.crt -> ..data/ca.crt
import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { VolumeFile } from "../host.ts";

export type Owner = { readonly group?: number };

const dataLink = "..data";

/** True when anything was written. */
export async function writeFilesAtOnce(
  folder: string,
  files: readonly VolumeFile[],
  owner: Owner,
): Promise<boolean> {
  const before = await currentFolder(folder);
  if (before !== undefined && (await isSame(join(folder, before), files, owner))) return false;
  const stamp = new Date().toISOString().replace(/[-:T]/g, "_").replace("Z", "");
  const fresh = await mkdtemp(join(folder, `..${stamp}.`));
  await chmod(fresh, 0o755);
  await own(fresh, owner, 0o755, true);
  for (const file of files) await writeOne(fresh, file, owner);
  const freshName = fresh.slice(folder.length + 1);
  await rm(join(folder, "..data_tmp"), { force: true });
  await symlink(freshName, join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, dataLink));
  await linkNames(folder, files);
  if (before !== undefined) await rm(join(folder, before), { recursive: true, force: true });
  return true;
}

async function currentFolder(folder: string): Promise<string | undefined> {
  try {
    const name = await readlink(join(folder, dataLink));
    if (!/^\.\.\d[^/]*$/.test(name))
      throw new Error(`${join(folder, dataLink)} is not the agent's`);
    return name;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function isSame(
  folder: string,
  files: readonly VolumeFile[],
  owner: Owner,
): Promise<boolean> {
  const names = await namesBelow(folder, "");
  if (names.length !== files.length) return false;
  for (const file of files) {
    if (!names.includes(file.path)) return false;
    const path = join(folder, file.path);
    const { mode } = await stat(path);
    if ((mode & 0o777) !== modeFor(file.mode, owner)) return false;
    if (Buffer.compare(await readFile(path), file.data) !== 0) return false;
  }
  return true;
}

async function namesBelow(folder: string, below: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await namesBelow(folder, name)));
    else found.push(name);
  }
  return found;
}

async function writeOne(folder: string, file: VolumeFile, owner: Owner): Promise<void> {
  const path = join(folder, file.path);
  if (!path.startsWith(`${folder}/`)) throw new Error(`invalid path "${file.path}" in a volume`);
  for (let parent = dirname(file.path); parent !== "."; parent = dirname(parent)) {
    await mkdir(join(folder, parent), { recursive: true, mode: 0o755 });
    await own(join(folder, parent), owner, 0o755, true);
  }
  await writeFile(path, file.data, { mode: 0o600 });
  if (file.user !== undefined) await chown(path, file.user, file.user);
  await own(path, owner, file.mode, false);
}

/** Volumes of this kind are read only: the group may read and enter, not write. */
const modeFor = (mode: number, { group }: Owner): number =>
  group === undefined ? mode : mode | 0o440;

async function own(path: string, owner: Owner, mode: number, isFolder: boolean): Promise<void> {
  if (owner.group !== undefined) await lchown(path, 0, owner.group);
  const full = modeFor(mode, owner) | (isFolder && owner.group !== undefined ? 0o2110 : 0);
  await chmod(path, full);
}

/** Links for what stands at the top; those of files that are gone go. */
async function linkNames(folder: string, files: readonly VolumeFile[]): Promise<void> {
  const wanted = new Set(files.map((file) => file.path.split("/")[0] as string));
  const entries = await readdir(folder, { withFileTypes: true });
  // Folders are those on which other volumes are mounted.
  const there = entries
    .filter((e) => e.isSymbolicLink() && !e.name.startsWith(".."))
    .map((e) => e.name);
  for (const name of there) if (!wanted.has(name)) await rm(join(folder, name), { force: true });
  for (const name of wanted) {
    if (!there.includes(name)) await symlink(`${dataLink}/${name}`, join(folder, name));
  }
}
