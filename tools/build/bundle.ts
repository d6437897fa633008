// Bundles the program and the library entries into dist/, so that a start loads a few files instead of hundreds.
// Packages of the registry stay outside and are loaded when first used.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const entries: Record<string, string> = {
  coxswain: "src/cli/main.ts",
  testing: "src/sdk/testing.ts",
  sdk: "src/sdk/index.ts",
  client: "src/sdk/client.ts",
  // A thread is started from a file of its own.
  "yaml-worker": "src/server/yaml-worker.ts",
};

const missing = Object.values(entries).filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.error(`bundle: ${missing.join(", ")} not found; run this from the root of a checkout`);
  process.exit(1);
}
/** Facts stay the text of a function until a group is first used: most runs need few of them. */
const factsAsText: Plugin = {
  name: "facts-as-text",
  setup(bundle) {
    bundle.onLoad({ filter: /schema\/facts\/.*\.json$/ }, ({ path }) => {
      const text = JSON.stringify(JSON.parse(readFileSync(path, "utf8")));
      return { contents: `export default () => ${JSON.stringify(text)}`, loader: "js" };
    });
  },
};

/**
 * An import of these as an ES module reads all their exports, among them some that load a large part of the platform
 * when they are looked at (undici for `http.WebSocket`): that would cost each start a tenth of its time.
 */
const costly: Plugin = {
  name: "costly-builtins",
  setup(bundle) {
    const namespace = "builtin";
    bundle.onResolve({ filter: /^node:(http|crypto)$/ }, ({ path }) => ({ path, namespace }));
    bundle.onLoad({ filter: /./, namespace }, ({ path }) => {
      const known = Object.getOwnPropertyDescriptors(process.getBuiltinModule(path) ?? {});
      const names = Object.keys(known).filter((name) => known[name]?.get === undefined);
      const contents = `export const { ${names.join(", ")} } = process.getBuiltinModule("${path}");`;
      return { contents, loader: "js" };
    });
  },
};

/** A start takes half a second on an idle machine. */
const warmMsMax = 60_000;

// The old bundle goes only when the new one is whole.
const fresh = "dist.new";
rmSync(fresh, { recursive: true, force: true });
await build({
  entryPoints: entries,
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  packages: "external",
  minifySyntax: true,
  legalComments: "none",
  plugins: [factsAsText, costly],
  logLevel: "warning",
});
rmSync("dist", { recursive: true, force: true });
renameSync(fresh, "dist");
await warm();

/**
 * Starts a server on an empty store and stops it: what the engine has compiled by then it keeps beside the bundle, and
 * each later start takes it from there. Without this the first command decides, which may be one that compiles little.
 */
async function warm(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-warm-"));
  const flags = ["--data-dir", folder, "--port", "0", "--node", "none", "--no-kubeconfig"];
  const server = spawn(process.execPath, ["bin/coxswain.mjs", "server", ...flags], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    timeout: warmMsMax,
  });
  const ended = new Promise<number | null>((resolve) => {
    server.once("exit", resolve);
    server.once("error", () => resolve(null));
  });
  server.on("message", (notice: { is: string }) => {
    if (notice.is === "ready") server.kill("SIGTERM");
  });
  const code = await ended;
  if (code !== 0) console.error("bundle: no server could be started, so the first starts are slow");
  rmSync(folder, { recursive: true, force: true });
}
