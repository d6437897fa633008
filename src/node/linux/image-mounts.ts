// Images as read-only folders, for runtimes whose CRI cannot mount them: containerd's own client does.
import { access, mkdir, rm } from "node:fs/promises";
import { containerdPaths, findProgram } from "../containerd.ts";
import { isMounted, mountsBelow } from "./mounts.ts";
import { run } from "./run.ts";

export type ImageMounts = {
  /** `image` is its id; `folder` is made. */
  mount(image: string, folder: string): Promise<void>;
  /** Ends every such mount below `folder`. */
  unmountBelow(folder: string): Promise<void>;
};

/** `dir`: folder of the node with its private containerd. */
export function imageMounts(dir: string): ImageMounts {
  const { socket } = containerdPaths(dir);
  const ctr = async (...args: string[]): Promise<void> => {
    const program = await findProgram("ctr");
    if (program === undefined) throw new Error('the program "ctr" was not found');
    await run(program, ["-a", socket, "-n", "k8s.io", ...args]);
  };
  return {
    async mount(image, folder) {
      if (await isMounted(folder)) return;
      await access(socket).catch((cause: unknown) => {
        throw new Error("image volumes need the node's own containerd", { cause });
      });
      await mkdir(folder, { recursive: true, mode: 0o755 });
      // What an earlier attempt left behind would be in the way.
      await ctr("snapshots", "rm", folder).catch(() => {});
      await ctr("leases", "rm", folder).catch(() => {});
      await ctr("images", "mount", image, folder);
    },
    async unmountBelow(folder) {
      const points = (await mountsBelow(folder)).filter((p) => p.includes(`/${imageFolder}/`));
      for (const point of points) {
        await ctr("images", "unmount", "--rm", point);
        // The lease ends by itself after a day.
        await ctr("leases", "rm", point).catch(() => {});
        await rm(point, { recursive: true, force: true });
      }
    },
  };
}

/** Name of the plug-in in the paths of volumes. */
export const imageFolder = "kubernetes.io~image";
