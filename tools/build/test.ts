// Runs the named rings of tests, one after the other: `node tools/build/test.ts unit cluster`.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

type Ring = {
  files: string;
  options: string[];
  /** Its tests run the bundle, which must be that of these sources. */
  bundled?: boolean;
};

const rings: Record<string, Ring> = {
  unit: { files: "src/**/*.test.ts", options: ["--test-isolation=none"] },
  tidy: { files: "test/*.test.ts", options: [] },
  cluster: {
    files: "{test/cluster,test/sim,examples/*}/*.test.ts",
    options: ["--test-concurrency=2"],
    bundled: true,
  },
  attack: { files: "test/attack/*.test.ts", options: ["--test-concurrency=1"] },
  e2e: { files: "test/e2e/*.test.ts", options: ["--test-concurrency=1"], bundled: true },
  conformance: {
    files: "test/conformance/*.test.ts",
    options: ["--test-concurrency=1"],
    bundled: true,
  },
};

const asked = process.argv.slice(2);
if (asked.length === 0) {
  console.error(`name the rings of tests to run: ${Object.keys(rings).join(", ")}`);
  process.exit(2);
}
for (const name of asked) {
  const ring = rings[name];
  if (!ring) {
    console.error(`test ring "${name}" is unknown; known are ${Object.keys(rings).join(", ")}`);
    process.exit(2);
  }
  const files = globSync(ring.files).sort();
  if (files.length === 0) {
    console.error(`test ring "${name}" has no files matching ${ring.files}`);
    process.exit(1);
  }
  if (ring.bundled) await import("./bundle.ts");
  console.error(`ring ${name}: ${files.length} files`);
  const args = ["--test", "--test-reporter=spec", ...ring.options, ...files];
  const run = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
