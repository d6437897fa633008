// A program in TypeScript as an image: the Node that runs this, its libraries from Debian packages, one bundle.

import { join } from "node:path";
import { buildSync } from "esbuild";
import type { Packages } from "./packages.ts";
import type { RootFolder } from "./root-folder.ts";

/** Least version of Node that runs our programs. */
const majorMin = 24;

export function addNode(root: RootFolder, packages: Packages): void {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < majorMin)
    throw new Error(`an image needs Node ${majorMin} or later, this is ${process.versions.node}`);
  const sources = ["libc6", "libstdc++6", "libgcc-s1"].map((name) => packages.unpacked(name));
  root.copy(process.execPath, "usr/bin/node");
  root.addLibrariesOf("usr/bin/node", sources);
}

/** `entry`: from the root of the checkout. What it imports of this package is bundled from the sources. */
export function addProgram(root: RootFolder, entry: string): void {
  const checkout = join(import.meta.dirname, "../..");
  const source = (name: string): string => join(checkout, "src/sdk", name);
  const { outputFiles } = buildSync({
    absWorkingDir: checkout,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: `node${majorMin}`,
    minifySyntax: true,
    legalComments: "none",
    alias: { "coxswain/sdk": source("index.ts"), "coxswain/client": source("client.ts") },
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  root.write("app/main.js", outputFiles[0]!.contents);
  root.write("app/package.json", '{"type":"module"}\n');
}
