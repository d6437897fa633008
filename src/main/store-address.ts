// What `--store` names.
import { Refusal } from "./refusal.ts";

export type StoreAddress =
  | { is: "file" }
  | { is: "memory" }
  | { is: "etcd"; endpoints: readonly string[] };

/** Most members that an address may name: etcd itself advises seven. */
const endpointsMax = 32;

/** Throws a `Refusal` that shows what is possible. */
export function storeAddress(url: string): StoreAddress {
  if (url === "file:") return { is: "file" };
  if (url === "memory:") return { is: "memory" };
  const endpoints = url.split(",").map((part) => part.trim().replace(/\/$/, ""));
  for (const endpoint of endpoints) {
    const problem = misfit(endpoint);
    if (problem) throw new Refusal(2, `--store ${url}: ${problem}`);
  }
  if (new Set(endpoints).size < endpoints.length)
    throw new Refusal(2, `--store ${url}: a member is named twice`);
  if (endpoints.length > endpointsMax)
    throw new Refusal(2, `--store: ${endpoints.length} members, at most ${endpointsMax} are taken`);
  return { is: "etcd", endpoints };
}

function misfit(endpoint: string): string | undefined {
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    return `"${endpoint}" is neither file:, memory: nor an address of etcd such as https://10.0.0.1:2379`;
  const { protocol, hostname, port, pathname, search, username } = new URL(endpoint);
  if (pathname !== "/" || search !== "" || username !== "")
    return `"${endpoint}" must be no more than https://HOST:PORT`;
  if (port === "") return `"${endpoint}" names no port; etcd's own is 2379`;
  if (protocol === "http:" && !isLoopback(hostname))
    return `"${endpoint}" would send all data in the clear; http:// is for loopback only`;
  return undefined;
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
