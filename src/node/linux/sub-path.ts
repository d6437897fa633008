// A part of a volume for a container, that a container which writes to the volume cannot lead elsewhere by links: every
// step is opened without following links, and what was opened is what is mounted.
import { constants } from "node:fs";
import { chmod, type FileHandle, lstat, mkdir, open, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { SubPathAsk } from "../host.ts";
import { ifMissing } from "./missing.ts";
import { isMounted, mountBind } from "./mounts.ts";

/** Opens a place without rights to its content (Linux O_PATH, which Node has no name for). */
const pathOnly = 0o10_000_000;
const { O_NOFOLLOW } = constants;

/** Answers a mount point below the pod's folder. */
export async function mountSubPath(podFolder: string, ask: SubPathAsk): Promise<string> {
  const { volumePath, subPath } = ask;
  const parts = subPath.split("/").filter((part) => part !== "" && part !== ".");
  if (subPath.startsWith("/") || parts.includes("..")) {
    throw new Error(`subPath "${subPath}" must be relative and must not contain ".."`);
  }
  const root = await realpath(volumePath);
  const target = join(podFolder, "volume-subpaths", ask.volume, ask.container, String(ask.index));
  if (await isMounted(target)) return target;
  const handle = await openBelow(root, await insideParts(root, parts));
  try {
    const source = `/proc/${process.pid}/fd/${handle.fd}`;
    const isFolder = (await handle.stat()).isDirectory();
    if (isFolder) await mkdir(target, { recursive: true, mode: 0o750 });
    else {
      await mkdir(dirname(target), { recursive: true, mode: 0o750 });
      await (await open(target, "a", 0o640)).close();
    }
    await mountBind(source, target);
  } finally {
    await handle.close();
  }
  return target;
}

/** Links that stay inside the volume are allowed: their end is what is opened. */
async function insideParts(root: string, parts: readonly string[]): Promise<string[]> {
  const there = join(root, ...parts);
  if (!(await lstat(there).catch(ifMissing(undefined)))) return [...parts];
  const real = await realpath(there);
  const inside = relative(root, real);
  // Names of atomic volumes begin with two dots: `..2026_11_23` is inside.
  if (inside === ".." || inside.startsWith("../"))
    throw new Error(`subPath "${parts.join("/")}" is outside of the volume`);
  return inside === "" ? [] : inside.split("/");
}

/** What is not there is made as a folder with the volume's mode. */
async function openBelow(root: string, parts: readonly string[]): Promise<FileHandle> {
  let current = await open(root, pathOnly | O_NOFOLLOW);
  const { mode } = await current.stat();
  for (const part of parts) {
    const next = `/proc/self/fd/${current.fd}/${part}`;
    try {
      const opened = await openStep(next, mode & 0o7777);
      await current.close();
      current = opened;
    } catch (error) {
      await current.close();
      throw error;
    }
  }
  return current;
}

async function openStep(path: string, mode: number): Promise<FileHandle> {
  const opened = await open(path, pathOnly | O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
  if (opened) {
    if (!(await opened.stat()).isSymbolicLink()) return opened;
    await opened.close();
    throw new Error("a step of the subPath became a link");
  }
  await mkdir(path);
  const made = await open(path, pathOnly | O_NOFOLLOW);
  // Whatever the mask of this process, containers may do in it what they may do in the volume.
  await chmod(`/proc/self/fd/${made.fd}`, mode);
  return made;
}
