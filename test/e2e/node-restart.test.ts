// Pods outlive the program and the container runtime, and come back after a stop; images come from registries.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Pod } from "../../src/schema/types/core-v1.ts";
import type { Machine } from "./machine.ts";
import { onRealNode, skipWithoutNode as skip } from "./real-node.ts";

let machine: Machine;
onRealNode({ name: "noderestart", lane: 2, served: ["busybox"] }, (made) => {
  machine = made;
});

const counting = "n=0; while :; do n=$((n+1)); echo $n; sleep 0.05; done";

async function start(name: string, script: string, restartPolicy = "Always"): Promise<void> {
  await machine.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      restartPolicy,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: "c", image: "busybox:1.36", command: ["sh", "-c", script] }],
    },
  });
}

const pod = async (name: string): Promise<Pod> =>
  JSON.parse(await machine.kubectl("get", "pod", name, "-o", "json")) as Pod;
const restarts = (p: Pod): number | undefined => p.status?.containerStatuses?.[0]?.restartCount;
const until = (name: string, path: string, wanted: string): Promise<string> =>
  machine.until(["get", "pod", name, "-o", `jsonpath={${path}}`], (text) => text === wanted);
const running = (name: string): Promise<string> => until(name, ".status.phase", "Running");
const pidOf = (file: string): number => Number(readFileSync(join(machine.dataDir, file), "utf8"));
const serverPid = (): number =>
  (JSON.parse(readFileSync(join(machine.dataDir, "running.json"), "utf8")) as { pid: number }).pid;

async function ended(pid: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((r) => setTimeout(r, 20));
  }
  throw new Error(`process ${pid} is still there`);
}

/** Numbers that a counting container wrote. */
async function numbers(name: string): Promise<number[]> {
  return (await machine.kubectl("logs", name)).trim().split("\n").map(Number);
}

test("an image is pulled from a registry, each time when the policy says so", {
  skip,
}, async () => {
  await start("pulled", counting);
  await running("pulled");
  const said = await machine.kubectl(
    "get",
    "events",
    "--field-selector",
    "involvedObject.name=pulled",
  );
  assert.match(said, /Pulling image "busybox:1\.36"/);
  assert.match(said, /Successfully pulled image "busybox:1\.36" in .* Image size: \d+ bytes\./);
});

test("a pod runs on while the program is killed, and is taken up again", { skip }, async () => {
  await start("survivor", counting);
  await running("survivor");
  const before = await pod("survivor");
  const pid = serverPid();
  process.kill(pid, "SIGKILL");
  await ended(pid);
  await machine.up();
  const now = await pod("survivor");
  assert.equal(
    now.status?.containerStatuses?.[0]?.containerID,
    before.status?.containerStatuses?.[0]?.containerID,
  );
  assert.equal(restarts(now), 0);
  const seen = await numbers("survivor");
  assert.deepEqual(
    seen,
    seen.map((_, i) => i + 1),
    "no line is lost or doubled",
  );
  const last = seen.length;
  await machine.until(["logs", "--tail=1", "survivor"], (text) => Number(text) > last);
});

test("a pod runs on while the container runtime is killed", { skip }, async () => {
  const before = await pod("survivor");
  const pid = pidOf("node/containerd/pid");
  process.kill(pid, "SIGKILL");
  await ended(pid);
  await start("after", counting);
  await running("after");
  const now = await pod("survivor");
  assert.equal(
    now.status?.containerStatuses?.[0]?.containerID,
    before.status?.containerStatuses?.[0]?.containerID,
  );
  assert.match(await machine.kubectl("exec", "survivor", "--", "echo", "here"), /here/);
  const seen = await numbers("survivor");
  assert.deepEqual(
    seen,
    seen.map((_, i) => i + 1),
    "no line is lost or doubled",
  );
});

test("a pod that was deleted while nobody watched is cleaned away", { skip }, async () => {
  await start("forgotten", counting);
  await running("forgotten");
  const { uid = "" } = (await pod("forgotten")).metadata;
  await machine.coxswain("down");
  await machine.up("--node", "none");
  await machine.kubectl("delete", "pod", "forgotten", "--force", "--grace-period=0");
  await machine.coxswain("down");
  await machine.up();
  await running("survivor");
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  assert.ok(!mounts.includes(uid), "a mount of the pod is left");
});

test("after down and up pods run again, and what had ended stays ended", { skip }, async () => {
  await start("done", "echo result", "Never");
  await until("done", ".status.phase", "Succeeded");
  const count = restarts(await pod("survivor")) ?? 0;
  assert.equal((await machine.coxswain("down")).code, 0);
  await machine.up();
  await until("survivor", ".status.containerStatuses[0].restartCount", String(count + 1));
  await running("survivor");
  assert.equal((await pod("done")).status?.phase, "Succeeded");
  assert.equal(await machine.kubectl("logs", "done"), "result\n");
});
