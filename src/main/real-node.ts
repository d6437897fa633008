// A node with containers on this machine: private containerd, agent, network.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Client } from "../client/client.ts";
import { type Clock, sleep } from "../lib/clock.ts";
import { type NodeNetwork, startNodeNetwork } from "../network/node-network.ts";
import { startContainerd } from "../node/containerd.ts";
import { importPause } from "../node/images.ts";
import { linuxHost } from "../node/linux/host.ts";
import { machineResolver } from "../node/linux/machine.ts";
import { pauseImage } from "../node/oci/pause.ts";
import type { Runtime } from "../node/runtime.ts";
import type { Api } from "../schema/api-request.ts";
import { nodes } from "../schema/resources.ts";
import type { Progress } from "./options.ts";
import { type NodeWorld, startNodeAgent } from "./start-agent.ts";

export type RealNodeOptions = NodeWorld & {
  /** Folder of the node. */
  dir: string;
  nodeName: string;
  nodeIp?: string;
  client: Client;
  registryMirrors: Readonly<Record<string, string>>;
  runtimeEndpoint?: string;
  podCidr: string;
  serviceCidr: string;
  /** Port of the kubelet API. */
  port: number;
  report: Progress;
};

export type RealNode = {
  readonly api: Api;
  /** The address under which pods reach this machine. */
  readonly gateway: string;
  /** Resolves when a pod could run. */
  readonly ready: Promise<void>;
  /** Stops pods, agent and containerd; all of it begins again at the next start. */
  stop(): Promise<void>;
};

/** Port of the agent's own API; in the server's process it is reached without it. */
export const kubeletPort = 10250;

/** Pods get so long to end when the cluster goes down. */
const stopSecondsMax = 10;

export const instanceOf = (dir: string): string =>
  createHash("sha256").update(dir).digest("hex").slice(0, 8);

export async function startRealNode(options: RealNodeOptions): Promise<RealNode> {
  const { dir, nodeName, client, caches, clock, log, report } = options;
  const containerd =
    options.runtimeEndpoint === undefined
      ? await startContainerd({
          dir,
          registryMirrors: options.registryMirrors,
          sandboxImage: pauseImage,
          clock,
          log,
        })
      : undefined;
  const { connectCri } = await import("../node/cri/runtime.ts");
  const endpoint = options.runtimeEndpoint ?? containerd?.endpoint ?? "";
  const runtime = await initialized(() => connectCri({ endpoint, clock, log }), clock);
  report(`container runtime answers at ${endpoint}`);
  if (containerd) await importPause(runtime, containerd.socket);
  const instance = instanceOf(dir);
  const { nodeIp } = options;
  const host = await linuxHost({
    dir,
    nodeName,
    ...(nodeIp === undefined ? {} : { nodeIp }),
    cgroupRoot: `/coxswain-${instance}/kubepods`,
  });
  const agent = await startNodeAgent(options, {
    ...{ nodeName, client, runtime, host },
    scheme: "coxswain",
    settings: { port: options.port },
  });
  report(`node ${nodeName} is registered`);
  const network = await networkOf(options, instance, containerd?.paths.cniConfigs).catch(
    async (error) => {
      await agent.stop();
      await containerd?.stop();
      throw error;
    },
  );
  const nodeCache = caches.of(nodes);
  const own = () => nodeCache.get({ name: nodeName });
  const isReady = () =>
    own()?.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
  return {
    api: agent.api,
    gateway: network.gateway,
    ready: agent.ready.then(() => nodeCache.until(isReady)),
    async stop() {
      await agent.stopPods(stopSecondsMax);
      await agent.stop();
      await network.stop();
      await containerd?.stop();
    },
  };
}

/** containerd opens its socket before its CRI part can answer; that takes tens of milliseconds. */
async function initialized(connect: () => Promise<Runtime>, clock: Clock): Promise<Runtime> {
  const end = clock.monotonic() + initializeMsMax;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      if (!/not initialized/.test(`${error}`) || clock.monotonic() > end) throw error;
      await sleep(clock, initializeLookMs);
    }
  }
}

const initializeMsMax = 20_000;
const initializeLookMs = 10;

/** The node's network, once the cluster has given the node its subnet. */
async function networkOf(
  options: RealNodeOptions,
  instance: string,
  cniConfigs = "/etc/cni/net.d",
): Promise<NodeNetwork> {
  const { caches, nodeName, clock, log, report } = options;
  const nodeCache = caches.of(nodes);
  const subnet = () => nodeCache.get({ name: nodeName })?.spec?.podCIDR;
  await nodeCache.until(() => subnet() !== undefined);
  const podCidr = subnet() ?? "";
  const network = await startNodeNetwork({
    instance,
    nodeName,
    caches,
    podCidr,
    clusterCidr: options.podCidr,
    serviceCidr: options.serviceCidr,
    clusterDomain: options.clusterDomain,
    dnsIp: options.dnsIp,
    cniConfigs,
    leaseFolder: join(options.dir, "net-data"),
    resolvers: (await machineResolver()).servers,
    clock,
    log,
  });
  report(`pods of ${nodeName} get addresses from ${podCidr}`);
  return network;
}
