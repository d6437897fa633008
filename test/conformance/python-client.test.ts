// The Kubernetes Python client from PyPI, unchanged.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeMachine, run, testImages, whyNoContainers } from "../e2e/machine.ts";
import { python, whyNoPython } from "./python/environment.ts";

test("the Python client works: typed, watch, exec, dynamic, errors", async (t) => {
  const why = whyNoContainers() ?? (await whyNoPython());
  if (why !== undefined) return t.skip(why);
  await using machine = makeMachine("python", ["--node", "real"]);
  await machine.up();
  const loaded = await machine.coxswain("image", "load", ...testImages(["busybox"]));
  assert.equal(loaded.code, 0, loaded.stderr);
  const script = join(import.meta.dirname, "python/client.py");
  const env = { KUBECONFIG: join(machine.dataDir, "kubeconfig") };
  const { code, stdout, stderr } = await run(python, [script, "busybox:1.36"], { env });
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /done/);
});
