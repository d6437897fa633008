// Everything of the network on one node: its bridge and CNI list, service rules, routes, DNS.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Caches } from "../client/cache.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { nodes } from "../schema/resources.ts";
import { startDns } from "./dns/server.ts";
import { openZone } from "./dns/zone.ts";
import { noTableText } from "./nft-table.ts";
import { conflist, gatewayOf } from "./pods/cni.ts";
import { startRoutes } from "./pods/routes.ts";
import { startNetworkPolicies } from "./policies/network-policies.ts";
import { type Program, runProgram } from "./program.ts";
import type { ServicePort } from "./services/service-ports.ts";
import { startServiceRules } from "./services/service-rules.ts";

export type NodeNetworkOptions = {
  /** Letters and digits, eight at most: names the bridge and the nftables table of this node. */
  instance: string;
  nodeName: string;
  caches: Caches;
  /** The node's subnet. */
  podCidr: string;
  /** The networks of all pods and of all Services. */
  clusterCidr: string;
  serviceCidr: string;
  clusterDomain: string;
  /** Address of the cluster's DNS; on each node it leads to the node's own server. */
  dnsIp: string;
  /** Folder that the runtime reads its CNI list from. */
  cniConfigs: string;
  leaseFolder: string;
  /** Resolvers for names outside the cluster. */
  resolvers: readonly string[];
  clock: Clock;
  log: Log;
  run?: Program;
};

export type NodeNetwork = {
  /** The bridge's address: pods reach this machine, its API server and its DNS here. */
  gateway: string;
  /** Rules, bridge and routes stay, so that running pods keep their connections. */
  stop(): Promise<void>;
};

const mtu = 1500;
const dnsPort = 53;

const bridgeOf = (instance: string): string => `cox${instance}`;
const tableOf = (instance: string): string => `coxswain_${instance}`;
const policyTableOf = (instance: string): string => `coxswain_${instance}_policies`;

/** Resolves when pods could be put on the network. */
export async function startNodeNetwork(options: NodeNetworkOptions): Promise<NodeNetwork> {
  const { instance, podCidr, caches, clock, log, nodeName } = options;
  const run = options.run ?? runProgram;
  const bridge = bridgeOf(instance);
  const gateway = gatewayOf(podCidr);
  const nft = async (text: string): Promise<void> => void (await run("nft", ["-f", "-"], text));
  // The guards of the service network come before anything that could send there.
  const rules = await startServiceRules({
    ...options,
    table: tableOf(instance),
    podCidr: options.clusterCidr,
    fixed: dnsPorts(options.dnsIp, gateway),
    nft,
  });
  await prepareKernel();
  await prepareBridge(run, bridge, `${gateway}/${podCidr.split("/")[1]}`);
  await writeConflist(options, bridge);
  const zone = await openZone(options.clusterDomain, caches);
  const dns = await startDns({
    address: gateway,
    port: dnsPort,
    zone,
    upstream: options.resolvers,
    clock,
    log,
  });
  const policies = startNetworkPolicies({ ...options, table: policyTableOf(instance), nft });
  const endRoutes = startRoutes({ nodeName, nodes: caches.of(nodes), run, log });
  await rules.ready;
  return {
    gateway,
    async stop() {
      endRoutes();
      await policies.stop();
      await rules.stop();
      await dns.stop();
    },
  };
}

function dnsPorts(dnsIp: string, gateway: string): ServicePort[] {
  const own = { ip: gateway, port: dnsPort };
  return (["udp", "tcp"] as const).map((protocol) => ({
    name: `kube-system/kube-dns:dns-${protocol}`,
    protocol,
    inside: [{ ip: dnsIp, port: dnsPort }],
    outside: [],
    nodePort: 0,
    insideEndpoints: [own],
    outsideEndpoints: [],
    keepsSource: false,
    affinitySeconds: 0,
  }));
}

/** Takes everything away that `startNodeNetwork` made, the guards last. */
export async function removeNodeNetwork(
  instance: string,
  run: Program = runProgram,
): Promise<void> {
  const gone = (error: unknown): string => {
    if (/does not exist|Cannot find device|No such/i.test(String(error))) return "";
    throw error;
  };
  await run("ip", ["link", "del", bridgeOf(instance)]).catch(gone);
  const text = noTableText(policyTableOf(instance)) + noTableText(tableOf(instance));
  await run("nft", ["-f", "-"], text).catch(gone);
}

/** Forwarding between pods and the world, and rules that also see what only crosses the bridge. */
async function prepareKernel(): Promise<void> {
  await writeFile("/proc/sys/net/ipv4/ip_forward", "1");
  try {
    await writeFile("/proc/sys/net/bridge/bridge-nf-call-iptables", "1");
  } catch (error) {
    // Kernels without the module see bridged packets anyway, or have no bridge at all.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function prepareBridge(run: Program, bridge: string, address: string): Promise<void> {
  const exists = (error: unknown): string => {
    if (/exists/i.test(String(error))) return "";
    throw error;
  };
  await run("ip", ["link", "add", bridge, "type", "bridge"]).catch(exists);
  // Else it is the lowest of its ports' and changes with them: pods would lose their gateway for half a minute.
  await run("ip", ["link", "set", bridge, "address", hardwareAddressOf(address)]);
  await run("ip", ["addr", "replace", address, "dev", bridge]);
  await run("ip", ["link", "set", bridge, "up"]);
}

/** Locally administered, and another one for each gateway: `0a:58:0a:f4:00:01` for `10.244.0.1/24`. */
function hardwareAddressOf(address: string): string {
  const parts = address.split("/")[0]!.split(".");
  return ["0a", "58", ...parts.map((part) => Number(part).toString(16).padStart(2, "0"))].join(":");
}

async function writeConflist(options: NodeNetworkOptions, bridge: string): Promise<void> {
  const { podCidr, leaseFolder, cniConfigs } = options;
  await mkdir(leaseFolder, { recursive: true });
  await mkdir(cniConfigs, { recursive: true });
  const file = join(cniConfigs, "10-coxswain.conflist");
  const text = conflist({ bridge, podCidr, leaseFolder, mtu });
  const before = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (before !== text) await writeFile(file, text);
}
