import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../lib/log.ts";
import { VirtualClock } from "../lib/virtual-clock.ts";
import { orphanPods } from "./orphans.ts";
import { labels } from "./pod/labels.ts";
import { Relist } from "./relist.ts";
import type { SandboxConfig } from "./runtime.ts";
import { simulatedHost } from "./simulated/host.ts";
import { LogStore } from "./simulated/logs.ts";
import { simulatedRuntime } from "./simulated/runtime.ts";

async function machineWithOnePod() {
  const clock = new VirtualClock();
  const logs = new LogStore();
  const runtime = simulatedRuntime({ clock, logs, idPrefix: "t", podCidr: () => "100.64.0.0/24" });
  const config: SandboxConfig = {
    metadata: { name: "late", uid: "u1", namespace: "default", attempt: 0 },
    hostname: "late",
    logDirectory: "/logs",
    labels: { [labels.podUid]: "u1", [labels.podName]: "late" },
    annotations: {},
    linux: {},
  };
  await runtime.runPodSandbox(config, "");
  return { runtime, host: simulatedHost({ name: "n", ip: "172.16.0.1" }, logs) };
}

test("what a dead agent had begun is told, as nobody works on it", async () => {
  const { runtime } = await machineWithOnePod();
  let strayed = 0;
  const relist = new Relist({
    runtime,
    workers: new Map(),
    strayed: () => void strayed++,
    log: silent,
  });
  relist.look();
  for (let turn = 0; turn < 10; turn++) await undefined;
  assert.equal(strayed, 1);
});

test("a pod that goes while the runtime is asked is an orphan", async () => {
  const { runtime, host } = await machineWithOnePod();
  const known = new Set(["u1"]);
  const asked = orphanPods(runtime, host, () => known);
  known.delete("u1");
  assert.deepEqual(
    (await asked).map(({ metadata }) => metadata.uid),
    ["u1"],
  );
  const still = await orphanPods(runtime, host, () => new Set(["u1"]));
  assert.deepEqual(still, []);
});
