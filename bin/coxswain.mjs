#!/usr/bin/env node
// Starts the bundled program on a Node that is new enough: this one, or the one that the checkout installed.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as loader from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeMajor = 24;

if (Number(process.versions.node.split(".")[0]) >= nodeMajor) {
  const bundle = join(root, "dist", "coxswain.js");
  if (existsSync(bundle)) {
    loader.enableCompileCache(join(root, "dist", ".cache"));
    await import(bundle);
  } else {
    console.error(`coxswain: ${bundle} is missing; in a checkout run: npm run build`);
    process.exit(5);
  }
} else {
  const installed = join(root, "node_modules", ".bin", "node");
  if (!existsSync(installed)) {
    console.error(
      `coxswain: needs Node ${nodeMajor} or newer, this is ${process.version}; install it from https://nodejs.org, in a checkout run: npm ci`,
    );
    process.exit(5);
  }
  const run = spawnSync(installed, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exit(run.status ?? 1);
}
