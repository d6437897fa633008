// Addresses of the machine and of the service network.
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** IPv4 addresses of this machine, loopback first. */
export function machineAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = all.filter((a) => a.family === "IPv4").map((a) => a.address);
  return [...new Set(["127.0.0.1", ...own])];
}

/** These and those of links that carry nothing now: the bridge of a cluster without pods is still its own. */
export function takenAddresses(): string[] {
  return [...new Set([...machineAddresses(), ...hostsOf(routes())])];
}

/** The kernel's table of routes; "" where there is none to read. */
function routes(): string {
  try {
    return readFileSync("/proc/net/fib_trie", "utf8");
  } catch {
    return "";
  }
}

/** Each address of the machine stands in the table as a host of its own. */
export const hostsOf = (trie: string): string[] =>
  Array.from(trie.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g), ([, address = ""]) => address);

/** The address that others reach this machine at: the first that is not loopback, else loopback. */
export const outwardAddress = (): string =>
  machineAddresses().find((a) => !a.startsWith("127.")) ?? "127.0.0.1";

/** The n-th address of a range: `nthAddress("10.96.0.0/12", 1)` is `10.96.0.1`. */
export function nthAddress(cidr: string, n: number): string {
  const [first = ""] = cidr.split("/");
  const base = first.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const at = base + n;
  return [24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join(".");
}
