// Bundles the program and the library entries into dist/, so that a start loads a few files instead of hundreds.
// Packages of the registry stay outside and are loaded when first used.
import { existsSync, rmSync } from "node:fs";
import { build } from "esbuild";

const entries: Record<string, string> = {
  coxswain: "src/cli/main.ts",
  testing: "src/sdk/testing.ts",
  sdk: "src/sdk/index.ts",
  client: "src/sdk/client.ts",
};

const missing = Object.values(entries).filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.error(`bundle: ${missing.join(", ")} not found; run this from the root of a checkout`);
  process.exit(1);
}
rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: entries,
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  packages: "external",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  loader: { ".json": "json" },
  logLevel: "warning",
});
