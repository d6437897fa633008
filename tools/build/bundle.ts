// Bundles the program and the library entries into dist/, so that a start loads a few files instead of hundreds.
// Packages of the registry stay outside and are loaded when first used.
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
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
/** Facts stay text until a group is first used: most runs need few of them. */
const factsAsText: Plugin = {
  name: "facts-as-text",
  setup(bundle) {
    bundle.onLoad({ filter: /schema\/facts\/.*\.json$/ }, ({ path }) => {
      const text = JSON.stringify(JSON.parse(readFileSync(path, "utf8")));
      return { contents: `export default ${JSON.stringify(text)}`, loader: "js" };
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
