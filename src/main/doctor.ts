// What a real node needs of the machine, what is missing, and the command that brings it.
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Progress } from "./options.ts";
import { programWord } from "./program-word.ts";
import { Refusal } from "./refusal.ts";

export type Finding = {
  name: string;
  found: boolean;
  /** Why it is needed. */
  purpose: string;
  /** The command that brings it, or what else helps; undefined when nothing known does. */
  fix?: string;
};

type Packages = { apt: string; dnf: string; apk: string };
type Need = {
  name: string;
  purpose: string;
  present: (look: Look) => boolean;
  /** Says nothing where it is false. Absent: on Linux. */
  asked?: (look: Look) => boolean;
  /** What brings it: packages, or an advice where none do. */
  packages?: Packages;
  advice?: string;
};

/** How the machine is looked at; tests pass their own. */
export type Look = {
  command(name: string): boolean;
  file(path: string): boolean;
  readonly isLinux: boolean;
  readonly isRoot: boolean;
  /** Of this process, as bits (Linux `CAP_*`). */
  readonly capabilities: bigint;
};

const everywhere = (name: string): Packages => ({ apt: name, dnf: name, apk: name });
const cniFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/** Numbers of Linux capabilities: to set up networks, and to mount. */
const capabilities = { netAdmin: 12n, sysAdmin: 21n };

const needs: readonly Need[] = [
  {
    name: "Linux",
    purpose: "has containers",
    present: (look) => look.isLinux,
    asked: () => true,
    advice: "elsewhere, a virtual machine or a privileged container with Linux",
  },
  {
    name: "root",
    purpose: "may start containers",
    present: (look) => look.isRoot,
    advice: "run coxswain as root, such as with sudo",
  },
  {
    name: "the rights to mount and to set up networks",
    purpose: "not every root has them in a container",
    asked: (look) => look.isLinux && look.isRoot,
    present: (look) =>
      [capabilities.netAdmin, capabilities.sysAdmin].every(
        (bit) => (look.capabilities >> bit) & 1n,
      ),
    advice: "run this container privileged",
  },
  {
    name: "control groups",
    purpose: "hold containers to their limits",
    present: (look) =>
      look.file("/sys/fs/cgroup/cgroup.controllers") || look.file("/sys/fs/cgroup/memory"),
    advice: "mount -t cgroup2 none /sys/fs/cgroup",
  },
  {
    name: "containerd",
    purpose: "runs containers",
    present: (look) => look.command("containerd") && look.command("containerd-shim-runc-v2"),
    packages: everywhere("containerd"),
  },
  {
    name: "runc",
    purpose: "starts a container's processes",
    present: (look) => look.command("runc"),
    packages: everywhere("runc"),
  },
  {
    name: "CNI plugins",
    purpose: "give each pod its network",
    present: (look) => cniFolders.some((folder) => look.file(join(folder, "bridge"))),
    packages: {
      apt: "containernetworking-plugins",
      dnf: "containernetworking-plugins",
      apk: "cni-plugins",
    },
  },
  {
    name: "nft",
    purpose: "carries service addresses to pods",
    present: (look) => look.command("nft"),
    packages: everywhere("nftables"),
  },
  {
    name: "iptables",
    purpose: "opens host ports of pods",
    present: (look) => look.command("iptables"),
    packages: everywhere("iptables"),
  },
  {
    name: "ip",
    purpose: "sets up addresses and routes",
    present: (look) => look.command("ip"),
    packages: { apt: "iproute2", dnf: "iproute", apk: "iproute2" },
  },
];

const installers: readonly {
  tool: keyof Packages;
  command: string;
  install: (p: string) => string;
}[] = [
  {
    tool: "apt",
    command: "apt-get",
    install: (p) =>
      `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${p}`,
  },
  { tool: "dnf", command: "dnf", install: (p) => `dnf install -y ${p}` },
  { tool: "apk", command: "apk", install: (p) => `apk add ${p}` },
];

const thisMachine: Look = {
  command: (name) =>
    (process.env["PATH"] ?? "")
      .split(delimiter)
      .concat("/usr/sbin", "/sbin")
      .some((f) => isProgram(join(f, name))),
  file: existsSync,
  isLinux: process.platform === "linux",
  isRoot: process.getuid?.() === 0,
  get capabilities() {
    if (!existsSync("/proc/self/status")) return 0n;
    const [, bits = "0"] =
      /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return BigInt(`0x${bits}`);
  },
};

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there or not executable: both mean that it cannot be used.
    return false;
  }
}

const asked = (look: Look): Need[] =>
  needs.filter((need) => (need.asked ? need.asked(look) : look.isLinux));

export function examine(look: Look = thisMachine): Finding[] {
  const installer = installers.find((i) => look.command(i.command));
  return asked(look).map(({ name, purpose, present, packages, advice }) => {
    if (present(look)) return { name, purpose, found: true };
    const fix = advice ?? (packages && installer?.install(packages[installer.tool]));
    return fix === undefined
      ? { name, purpose, found: false }
      : { name, purpose, found: false, fix };
  });
}

/** Why no real node can run, in words that end a sentence, with the way out; "" when one can. */
export function whyNoRealNode(look: Look = thisMachine, environment = process.env): string {
  const missing = asked(look).filter((need) => !need.present(look));
  const [worst] = missing.filter(({ advice }) => advice !== undefined);
  if (worst) return `it needs ${worst.name} (${worst.advice})`;
  const names = missing.map(({ name }) => name);
  if (names.length === 0) return "";
  const verb = names.length === 1 ? "is" : "are";
  return `${names.join(", ")} ${verb} missing; install with: ${programWord(environment)} doctor --install-missing`;
}

/** One command for everything that is missing; undefined when nothing is, or nothing can install it. */
function fixFor(look: Look = thisMachine): string | undefined {
  const installer = installers.find((i) => look.command(i.command));
  const missing = asked(look).flatMap((n) => (n.packages && !n.present(look) ? [n.packages] : []));
  if (!installer || missing.length === 0) return undefined;
  return installer.install(missing.map((packages) => packages[installer.tool]).join(" "));
}

/** Installs what is missing. Resolves with what is still missing afterwards. */
export async function installMissing(report: Progress): Promise<Finding[]> {
  const fix = fixFor();
  if (fix !== undefined && process.getuid?.() !== 0)
    throw new Refusal(5, `packages are installed by root only; run as root: ${fix}`);
  if (fix !== undefined) {
    report(`installing: ${fix}`);
    const code = await runShell(fix);
    if (code !== 0) report(`the package manager ended with code ${code}`);
  }
  return examine().filter((f) => !f.found);
}

function runShell(command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", command], { stdio: ["ignore", 2, 2] });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
