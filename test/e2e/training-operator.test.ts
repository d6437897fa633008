// The example's README, line by line: image, operator, training, clean-up, with real containers.
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeImages } from "../../tools/images/make.ts";
import type { Machine } from "./machine.ts";
import { onRealNode, skipWithoutNode as skip } from "./real-node.ts";

const example = join(import.meta.dirname, "../../examples/model-training-operator");
const name = "model-training-operator";

let machine: Machine;
onRealNode({ name: "operator", lane: 1, loaded: ["train"], prepare }, (made) => {
  machine = made;
});

async function prepare(): Promise<void> {
  // Bundled from the sources of now; the other image is as good as when it was made.
  const packages = join(tmpdir(), "coxswain-test-images", "packages");
  const images = makeImages(machine.folder, [name], packages);
  const { code, stderr } = await machine.coxswain("image", "load", ...images);
  assert.equal(code, 0, stderr);
}

test("the operator is deployed, trains, tells its progress, and cleans up", { skip }, async () => {
  await machine.kubectl("apply", "-f", join(example, "../model-training-crd.yaml"));
  await machine.kubectl("apply", "-f", join(example, "deploy.yaml"));
  const available = ["--for=condition=Available", `deployment/${name}`, "-n", "model-training"];
  await machine.kubectl("wait", ...available, "--timeout=110s");
  await machine.kubectl("apply", "-f", join(example, "digits.yaml"));
  await machine.kubectl("wait", "--for=condition=Succeeded", "mtj/digits", "--timeout=110s");
  const { status } = JSON.parse(await machine.kubectl("get", "mtj", "digits", "-o", "json"));
  assert.deepEqual([status.phase, status.progress, status.retries], ["Succeeded", "2/2", 0]);
  assert.match(await machine.kubectl("logs", "job/digits"), /epoch/i);
  const env =
    "jsonpath={.spec.template.spec.containers[0].env[?(@.name=='INPUT_SAMPLES_PATH')].value}";
  assert.equal(await machine.kubectl("get", "job", "digits", "-o", env), "/data/samples");
  await machine.until(["get", "events"], (events) => /TrainingSucceeded/.test(events));
  await machine.kubectl("delete", "mtj", "digits");
  await machine.until(["get", "jobs,pods", "-o", "name"], (names) => names.trim() === "");
});
