// A cluster with one real node, for all tests of a file.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before } from "node:test";
import {
  type Machine,
  makeMachine,
  startRegistry,
  testImages,
  whyNoContainers,
  whyNoKubectl,
} from "./machine.ts";

export type RealNode = {
  readonly name: string;
  /** 0 to 9, each file another: clusters of one machine need networks of their own. */
  readonly lane: number;
  /** Images that are loaded into the node. */
  readonly loaded?: readonly string[];
  /** Images that a registry on loopback serves in the place of Docker's. */
  readonly served?: readonly string[];
  /** What all tests need besides. */
  readonly prepare?: () => Promise<void>;
};

export const skipWithoutNode: string | false = whyNoContainers() ?? whyNoKubectl() ?? false;

/** Starts it before the tests of the calling file, which get it by `use`, and removes it after them. */
export function onRealNode(
  { name, lane, loaded = [], served, prepare = async () => {} }: RealNode,
  use: (machine: Machine, registryUrl: string) => void,
): void {
  if (skipWithoutNode) return;
  const ends: (() => unknown)[] = [];
  before(async () => {
    const flags = ["--node", "real", ...networksOf(lane)];
    let registryUrl = "";
    if (served) {
      const registry = await startRegistry(testImages(served));
      ends.push(() => registry.stop());
      registryUrl = registry.url;
      flags.push("--registry-mirror", `docker.io=${registryUrl}`);
    }
    const machine = makeMachine(name, flags);
    ends.unshift(() => machine[Symbol.asyncDispose]());
    use(machine, registryUrl);
    await machine.up();
    if (loaded.length > 0) {
      const load = await machine.coxswain("image", "load", ...testImages(loaded));
      assert.equal(load.code, 0, load.stderr);
    }
    // Not by a hook of its own: hooks of a file do not wait for each other.
    await prepare();
  });
  after(async () => {
    for (const end of ends) await end();
  });
}

const networksOf = (lane: number): string[] => [
  ...["--pod-cidr", `10.${200 + lane}.0.0/16`],
  ...["--service-cidr", `10.${112 + lane}.0.0/16`, "--dns-ip", `10.${112 + lane}.0.10`],
];

/** The process of this machine in the control group of a pod whose command line begins with `command`. */
export function processOf(podUid: string, command: string): number {
  const read = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      // It has ended meanwhile.
      return "";
    }
  };
  const found = readdirSync("/proc").find((pid) => {
    if (!/^\d+$/.test(pid) || !read(pid, "cgroup").includes(podUid)) return false;
    return read(pid, "cmdline").split("\0").join(" ").startsWith(command);
  });
  assert.ok(found, `no process "${command}" of pod ${podUid}`);
  return Number(found);
}
