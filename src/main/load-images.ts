// Images from files into the node's own containerd.
import { existsSync } from "node:fs";
import { containerdPaths } from "../node/containerd.ts";
import { importArchive } from "../node/images.ts";
import type { DataDir } from "./data-dir.ts";
import { Refusal } from "./refusal.ts";

/** Answers the names of all images that were loaded. */
export async function loadImages(dir: DataDir, files: readonly string[]): Promise<string[]> {
  const { socket } = containerdPaths(dir.node);
  if (!existsSync(socket)) {
    throw new Refusal(
      3,
      `no real node runs in ${dir.root}; start one with coxswain up --node real`,
    );
  }
  const names: string[] = [];
  for (const file of files) {
    try {
      names.push(...(await importArchive(socket, file)));
    } catch (error) {
      const { message } = error as Error;
      const why = foreign.test(message)
        ? `${file} is no archive of images, as docker save or OCI tools write them`
        : `${file}: ${message}`;
      throw new Refusal(1, why, { cause: error });
    }
  }
  return names;
}

/** How containerd says that it cannot make out what a file is. */
const foreign = /unrecognized image format|invalid tar header|unexpected EOF/;
