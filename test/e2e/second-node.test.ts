// A second real node joins: server and agent are two machines, each a network namespace on one lab network.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import {
  type Machine,
  makeMachine,
  run,
  testImages,
  whyNoContainers,
  whyNoKubectl,
} from "./machine.ts";

const skip = whyNoContainers() ?? whyNoKubectl() ?? false;
const program = resolve(import.meta.dirname, "../../bin/coxswain.mjs");
const lab = {
  bridge: "coxlab0",
  gateway: "172.30.7.1",
  nodes: ["172.30.7.11", "172.30.7.12"],
} as const;
const spaces = ["coxlab1", "coxlab2"] as const;

let machine: Machine;
let agentDir: string;
let agent: ChildProcess;

async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await run("ip", args);
  if (code !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}

async function makeLab(): Promise<void> {
  await ip("link", "add", lab.bridge, "type", "bridge");
  await ip("addr", "add", `${lab.gateway}/24`, "dev", lab.bridge);
  await ip("link", "set", lab.bridge, "up");
  for (const [i, space] of spaces.entries()) {
    await ip("netns", "add", space);
    await ip("link", "add", `coxv${i}`, "type", "veth", "peer", "name", "eth0", "netns", space);
    await ip("link", "set", `coxv${i}`, "master", lab.bridge, "up");
    await ip("-n", space, "addr", "add", `${lab.nodes[i]}/24`, "dev", "eth0");
    await ip("-n", space, "link", "set", "eth0", "up");
    await ip("-n", space, "link", "set", "lo", "up");
    await ip("-n", space, "route", "add", "default", "via", lab.gateway);
  }
}

async function removeLab(): Promise<void> {
  for (const [i, space] of spaces.entries()) {
    await run("ip", ["link", "del", `coxv${i}`]);
    await run("ip", ["netns", "del", space]);
  }
  await run("ip", ["link", "del", lab.bridge]);
}

before(async () => {
  if (skip) return;
  await removeLab();
  await makeLab();
  machine = makeMachine(
    "two",
    ["--node", "real", "--bind", lab.nodes[0], "--node-name", "first"],
    spaces[0],
  );
  await machine.up();
  const token = (await machine.coxswain("token")).stdout.trim();
  const { server } = JSON.parse(readFileSync(join(machine.dataDir, "running.json"), "utf8"));
  agentDir = mkdtempSync(join(tmpdir(), "cox-agent-"));
  const words = [
    "agent",
    "--server",
    server,
    "--token",
    token,
    "--node-name",
    "second",
    "--name",
    "two",
  ];
  agent = spawn(
    "nsenter",
    [`--net=/run/netns/${spaces[1]}`, process.execPath, program, ...words, "--data-dir", agentDir],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  await machine.until(["get", "node", "second"], (out) => / Ready /.test(out));
  for (const dir of [machine.dataDir, agentDir]) {
    const loaded = await run(process.execPath, [
      program,
      "image",
      "load",
      "--name",
      "two",
      "--data-dir",
      dir,
      ...testImages(["nginx", "busybox"]),
    ]);
    assert.equal(loaded.code, 0, loaded.stderr);
  }
});

after(async () => {
  if (skip) return;
  if (agent?.exitCode === null && agent.signalCode === null) {
    agent.kill("SIGTERM");
    await new Promise((ended) => agent.once("exit", ended));
  }
  const deleted = await run(process.execPath, [
    ...[program, "delete", "--name", "two", "--data-dir", agentDir],
  ]);
  assert.equal(deleted.code, 0, deleted.stderr);
  await machine?.[Symbol.asyncDispose]();
  rmSync(agentDir, { recursive: true, force: true });
  await removeLab();
});

test("pods spread over both nodes and reach each other across them", { skip }, async () => {
  await machine.kubectl("create", "deployment", "web", "--image=nginx:1.14.2", "--replicas=4");
  await machine.kubectl("rollout", "status", "deployment/web", "--timeout=60s");
  const { items } = JSON.parse(await machine.kubectl("get", "pods", "-l", "app=web", "-o", "json"));
  const on = (name: string) =>
    items.filter((p: { spec: { nodeName: string } }) => p.spec.nodeName === name);
  assert.equal(on("first").length, 2);
  assert.equal(on("second").length, 2);
  const caller = on("first")[0].metadata.name;
  const far = on("second")[0].status.podIP;
  const page = await machine.kubectl(
    "exec",
    caller,
    "--",
    "wget",
    "-q",
    "-T",
    "5",
    "-O",
    "-",
    `http://${far}`,
  );
  assert.match(page, /html/i);
});

test("logs, exec and Services work on the node that joined", { skip }, async () => {
  await machine.kubectl("expose", "deployment", "web", "--port=80");
  const place = '{"spec":{"nodeName":"second"}}';
  await machine.kubectl(
    "run",
    "far",
    "--image=busybox:1.36",
    "--restart=Never",
    `--overrides=${place}`,
    "--",
    "sh",
    "-c",
    "echo here; sleep 600",
  );
  await machine.kubectl("wait", "--for=condition=ready", "pod/far", "--timeout=60s");
  assert.equal(await machine.kubectl("logs", "far"), "here\n");
  const page = await machine.kubectl(
    "exec",
    "far",
    "--",
    "wget",
    "-q",
    "-T",
    "5",
    "-O",
    "-",
    "http://web",
  );
  assert.match(page, /html/i);
});

test("a node that dies has its Job's pods made again elsewhere", { skip }, async () => {
  const leaves = ["not-ready", "unreachable"].map((state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 2,
  }));
  const container = { name: "c", image: "busybox:1.36", command: ["sleep", "600"] };
  const prefers = {
    weight: 100,
    preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["second"] }] },
  };
  await machine.apply({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "moves" },
    spec: {
      template: {
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 1,
          tolerations: leaves,
          affinity: {
            nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers] },
          },
          containers: [container],
        },
      },
    },
  });
  const places = [
    "get",
    "pods",
    "-l",
    "job-name=moves",
    "-o",
    "jsonpath={range .items[*]}{.spec.nodeName}={.status.phase} {end}",
  ];
  await machine.until(places, (out) => out.includes("second=Running"));
  agent.kill("SIGKILL");
  await machine.until(["get", "node", "second"], (out) => out.includes("NotReady"), 90);
  await machine.until(places, (out) => out.includes("first=Running"), 60);
});
