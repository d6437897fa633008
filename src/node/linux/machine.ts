// What this machine is: its size, its names, its addresses, its resolver.
import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, hostname, networkInterfaces, release, totalmem } from "node:os";
import type { Resolver } from "../config/resolver.ts";
import type { Machine } from "../host.ts";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

export async function machineOf(
  storage: string,
  nodeIp: string | undefined,
  nodeName: string,
): Promise<Machine> {
  const [machineID, bootID, systemUUID, release_] = await Promise.all([
    text("/etc/machine-id"),
    text("/proc/sys/kernel/random/boot_id"),
    text("/sys/class/dmi/id/product_uuid"),
    text("/etc/os-release"),
  ]);
  const { blocks, bsize } = await statfs(storage);
  const address = nodeIp ?? (await defaultAddress());
  const osImage = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release_)?.[1] ?? "Linux";
  return {
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: nodeName || hostname() },
    ],
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    storageBytes: blocks * bsize,
    info: {
      machineID,
      systemUUID: systemUUID || machineID,
      bootID,
      kernelVersion: release(),
      osImage,
      operatingSystem: "linux",
      architecture: architectures[process.arch] ?? process.arch,
    },
  };
}

/** The address of the interface by which the machine reaches others. */
async function defaultAddress(): Promise<string> {
  const routes = (await text("/proc/net/route")).split("\n").map((line) => line.split("\t"));
  const through = routes.find((r) => r[1] === "00000000")?.[0];
  const all = networkInterfaces();
  const names = [...(through ? [through] : []), ...Object.keys(all)];
  for (const name of names) {
    const found = all[name]?.find((a) => a.family === "IPv4" && !a.internal);
    if (found) return found.address;
  }
  return "127.0.0.1";
}

/** A resolver on the loopback address cannot be reached from pods: systemd's has its own list of real ones. */
export async function machineResolver(): Promise<Resolver> {
  const own = parseResolver(await text("/etc/resolv.conf"));
  const isLocal = own.servers.every((server) => server.startsWith("127."));
  const real = isLocal ? parseResolver(await text("/run/systemd/resolve/resolv.conf")) : own;
  const chosen = real.servers.length > 0 ? real : own;
  return { ...chosen, servers: chosen.servers.filter((s) => !s.startsWith("127.") && s !== "::1") };
}

function parseResolver(content: string): Resolver {
  const resolver: Resolver = { servers: [], searches: [], options: [] };
  for (const line of content.split("\n")) {
    const [word, ...values] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (word === "nameserver" && values[0]) resolver.servers.push(values[0]);
    if (word === "search" || word === "domain") resolver.searches = values;
    if (word === "options") resolver.options.push(...values);
  }
  return resolver;
}

async function text(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    // Not every machine tells everything about itself.
    return "";
  }
}
