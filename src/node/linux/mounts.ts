// Mounts below a folder, by the system's own programs.
import { readFile } from "node:fs/promises";
import { run } from "./run.ts";

/** Mount points at or below `folder`, deepest first. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  const points = lines.map((line) => unescaped(line.split(" ")[4] ?? ""));
  return points
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

export const isMounted = async (folder: string): Promise<boolean> =>
  (await mountsBelow(folder)).includes(folder);

export async function mountTmpfs(folder: string, options: string): Promise<void> {
  await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
}

/** `source` may be a link of /proc to an open file: it is taken as it stands. */
export async function mountBind(source: string, target: string): Promise<void> {
  await run("mount", ["--no-canonicalize", "--bind", source, target]);
}

/** Unmounts everything at or below `folder`; rejects when anything stays mounted. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const point of await mountsBelow(folder)) {
    await run("umount", [point]).catch(() => run("umount", ["--lazy", point]));
  }
  const left = await mountsBelow(folder);
  if (left.length > 0) throw new Error(`${left.join(", ")} cannot be unmounted`);
}

/** Blanks and backslashes stand as octal numbers. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
