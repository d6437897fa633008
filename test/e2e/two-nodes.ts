// Two real nodes: server and agent are two machines, each a network namespace on one lab network.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before } from "node:test";
import { type Machine, makeMachine, run, testImages } from "./machine.ts";
import { skipWithoutNode } from "./real-node.ts";

export type TwoNodes = {
  /** Of the server; its node is `first`. */
  readonly machine: Machine;
  /** The process of the node `second`, as it is now. */
  readonly agent: ChildProcess;
  /** Starts the agent anew: it has joined before. */
  startAgent(): void;
};

const program = resolve(import.meta.dirname, "../../bin/coxswain.mjs");
const name = "two";
const lab = {
  bridge: "coxlab0",
  gateway: "172.30.7.1",
  nodes: ["172.30.7.11", "172.30.7.12"],
} as const;
const spaces = ["coxlab1", "coxlab2"] as const;

/** Starts them before the tests of the calling file, with `images` in both, and removes them after. */
export function onTwoNodes(images: readonly string[], use: (nodes: TwoNodes) => void): void {
  if (skipWithoutNode) return;
  let agent: ChildProcess | undefined;
  let machine: Machine | undefined;
  const agentDir = mkdtempSync(join(tmpdir(), "cox-agent-"));
  before(async () => {
    await removeLab();
    await makeLab();
    const flags = ["--node", "real", "--bind", lab.nodes[0], "--node-name", "first"];
    const made = makeMachine(name, flags, spaces[0]);
    machine = made;
    await made.up();
    const token = (await made.coxswain("token")).stdout.trim();
    const { server } = JSON.parse(readFileSync(join(made.dataDir, "running.json"), "utf8"));
    agent = startAgent(agentDir, server, ["--token", token]);
    use({
      machine: made,
      get agent() {
        assert.ok(agent);
        return agent;
      },
      startAgent() {
        agent = startAgent(agentDir, server);
      },
    });
    await made.until(["get", "node", "second"], (out) => / Ready /.test(out));
    for (const dir of [made.dataDir, agentDir]) {
      const words = ["image", "load", "--name", name, "--data-dir", dir, ...testImages(images)];
      const loaded = await run(process.execPath, [program, ...words]);
      assert.equal(loaded.code, 0, loaded.stderr);
    }
  });
  after(async () => {
    if (agent?.exitCode === null && agent.signalCode === null) {
      agent.kill("SIGTERM");
      await once(agent, "exit");
    }
    const words = ["delete", "--name", name, "--data-dir", agentDir];
    const deleted = await run(process.execPath, [program, ...words]);
    await machine?.[Symbol.asyncDispose]();
    rmSync(agentDir, { recursive: true, force: true });
    await removeLab();
    assert.equal(deleted.code, 0, deleted.stderr);
  });
}

function startAgent(dir: string, server: string, more: readonly string[] = []): ChildProcess {
  const words = ["agent", "--server", server, "--node-name", "second", "--name", name];
  return spawn(
    "nsenter",
    [
      `--net=/run/netns/${spaces[1]}`,
      process.execPath,
      ...[program, ...words, "--data-dir", dir, ...more],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
}

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
