// The Kubernetes Python client from PyPI, unchanged.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeMachine, run, testImages, whyNoContainers } from "../e2e/machine.ts";

const version = "37.0.2";
const environment = join(tmpdir(), `cox-python-${version}`);

/** A virtual environment with the client; why there is none. */
async function prepare(): Promise<string | undefined> {
  if (existsSync(join(environment, "ready"))) return undefined;
  const made = await run("python3", ["-m", "venv", environment]);
  if (made.code !== 0) return `needs python3 with venv: ${made.stderr.slice(0, 200)}`;
  const pip = await run(join(environment, "bin/pip"), ["install", "-q", `kubernetes==${version}`], {
    timeoutMs: 300_000,
  });
  if (pip.code !== 0) return `cannot install kubernetes ${version}: ${pip.stderr.slice(-200)}`;
  await run("touch", [join(environment, "ready")]);
  return undefined;
}

test("the Python client works: typed, watch, exec, dynamic, errors", async (t) => {
  const why = whyNoContainers() ?? (await prepare());
  if (why !== undefined) return t.skip(why);
  await using machine = makeMachine("python", ["--node", "real"]);
  await machine.up();
  const loaded = await machine.coxswain("image", "load", ...testImages(["busybox"]));
  assert.equal(loaded.code, 0, loaded.stderr);
  const script = join(import.meta.dirname, "python/client.py");
  const env = { KUBECONFIG: join(machine.dataDir, "kubeconfig") };
  const { code, stdout, stderr } = await run(
    join(environment, "bin/python"),
    [script, "busybox:1.36"],
    { env },
  );
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /done/);
});
