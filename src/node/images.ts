// Images from files, into a containerd's store for pods.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, MissingProgram } from "./containerd.ts";
import { pauseArchive, pauseImage } from "./oci/pause.ts";
import type { Runtime } from "./runtime.ts";

/** containerd keeps the images that CRI sees under this name. */
const namespace = "k8s.io";
const importMsMax = 10 * 60_000;

/** Imports an OCI or docker archive; answers the names of the images in it. */
export async function importArchive(socket: string, file: string): Promise<string[]> {
  const program = await findProgram("ctr");
  if (program === undefined) {
    throw new MissingProgram(
      "ctr",
      'the program "ctr", which comes with containerd, was not found',
    );
  }
  const output = await run(program, ["-a", socket, "-n", namespace, "images", "import", file]);
  return [...output.matchAll(/^unpacking (\S+)/gm)].map((m) => m[1] as string);
}

/** Makes sure that pods can have a sandbox, without any registry. */
export async function importPause(runtime: Runtime, socket: string): Promise<void> {
  if (await runtime.imageStatus({ image: pauseImage })) return;
  const archive = pauseArchive(process.arch);
  if (!archive) return;
  const folder = await mkdtemp(join(tmpdir(), "coxswain-"));
  try {
    const file = join(folder, "pause.tar");
    await writeFile(file, archive);
    await importArchive(socket, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: importMsMax }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const why = stderr.trim() === "" ? error.message : stderr.trim();
      reject(new Error(`import of the image failed: ${why}`, { cause: error }));
    });
  });
}
