// What a real node needs of the machine, what is missing, and the command that brings it.
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Progress } from "./options.ts";

export type Finding = {
  name: string;
  found: boolean;
  /** Why it is needed. */
  purpose: string;
  /** The command that installs it; undefined when no known package manager is there. */
  fix?: string;
};

type Packages = { apt: string; dnf: string; apk: string };
type Need = { name: string; purpose: string; present: (look: Look) => boolean; packages: Packages };

/** How the machine is looked at; tests pass their own. */
export type Look = { command(name: string): boolean; file(path: string): boolean };

const everywhere = (name: string): Packages => ({ apt: name, dnf: name, apk: name });
const cniFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

const needs: readonly Need[] = [
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

export function examine(look: Look = thisMachine): Finding[] {
  const installer = installers.find((i) => look.command(i.command));
  return needs.map(({ name, purpose, present, packages }) => {
    if (present(look)) return { name, purpose, found: true };
    const fix = installer?.install(packages[installer.tool]);
    return fix === undefined
      ? { name, purpose, found: false }
      : { name, purpose, found: false, fix };
  });
}

/** One command for everything that is missing; undefined when nothing is, or nothing can install it. */
function fixFor(look: Look = thisMachine): string | undefined {
  const installer = installers.find((i) => look.command(i.command));
  const missing = needs.filter((n) => !n.present(look));
  if (!installer || missing.length === 0) return undefined;
  return installer.install(missing.map((n) => n.packages[installer.tool]).join(" "));
}

/** Installs what is missing. Resolves with what is still missing afterwards. */
export async function installMissing(report: Progress): Promise<Finding[]> {
  const fix = fixFor();
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
