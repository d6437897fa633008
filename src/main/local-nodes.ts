// The nodes of this process: a real one where the machine can run containers, simulated ones otherwise or as asked.

import type { Log } from "../lib/log.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { type ControlPlane, nodeIdentity } from "./control-plane.ts";
import type { DataDir } from "./data-dir.ts";
import { whyNoRealNode } from "./doctor.ts";
import type { NodeApis } from "./node-apis.ts";
import type { Progress, ServeOptions } from "./options.ts";
import type { ClusterPki } from "./pki/cluster-pki.ts";
import { kubeletPort, startRealNode } from "./real-node.ts";
import { Refusal } from "./refusal.ts";
import { startSimulatedNodes } from "./simulated-nodes.ts";

export type LocalNodesOptions = {
  plane: ControlPlane;
  pki: ClusterPki;
  apis: NodeApis;
  options: ServeOptions;
  dir: DataDir;
  /** Port of the API server, also opened at the pods' gateway. */
  port: number;
  log: Log;
  report: Progress;
};

export type LocalNodes = {
  /** Name of the real node, when there is one. */
  node?: string;
  simulatedNodes: number;
  stop(): Promise<void>;
};

/** Resolves when a pod could run. */
export async function startLocalNodes(local: LocalNodesOptions): Promise<LocalNodes> {
  const { options, report } = local;
  const missing = options.node === "none" ? "" : whyNoRealNode();
  if (options.node === "real" && missing !== "")
    throw new Refusal(5, `no real node can run here: ${missing}`);
  const isReal = options.node !== "none" && missing === "";
  if (missing !== "")
    report(`no real node can run here: ${missing}. Pods run on a simulated node instead`);
  const count = missing !== "" && options.simulatedNodes === 0 ? 1 : options.simulatedNodes;
  const fleet = await simulated(local, count);
  const real = isReal
    ? await realNode(local).catch((error) => refuseNode(error, options))
    : undefined;
  return {
    ...(real ? { node: options.nodeName } : {}),
    simulatedNodes: count,
    async stop() {
      await real?.stop();
      await fleet.stop();
    },
  };
}

/** Two clusters with containers on one machine need networks of their own. */
function refuseNode(error: Error, { podCidr, serviceCidr }: ServeOptions): never {
  const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
  const why = isTaken
    ? `another cluster on this machine uses the networks ${podCidr} and ${serviceCidr}; ` +
      "stop it, or choose others with --pod-cidr, --service-cidr and --dns-ip"
    : error.message;
  throw new Refusal(5, `the node cannot start: ${why}`, { cause: error });
}

async function simulated({ plane, apis, options, log }: LocalNodesOptions, count: number) {
  const fleet = await startSimulatedNodes({
    ...options,
    count,
    clientFor: (name) => plane.clientFor(nodeIdentity(name), "kubelet"),
    caches: plane.caches,
    clock: systemClock,
    random: systemRandom,
    log,
  });
  for (const [name, api] of fleet.apis) apis.set(name, api);
  return fleet;
}

async function realNode({ plane, pki, apis, options, dir, port, log, report }: LocalNodesOptions) {
  const node = await startRealNode({
    ...options,
    dir: dir.node,
    client: plane.clientFor(nodeIdentity(options.nodeName), "kubelet"),
    caches: plane.caches,
    port: kubeletPort,
    clock: systemClock,
    random: systemRandom,
    log,
    report,
  });
  apis.set(options.nodeName, node.api);
  if (options.bind.startsWith("127.")) {
    // Pods cannot reach the machine's loopback address, so the server also listens where they can.
    const { certificate: cert, key } = pki.serving;
    const tls = { cert, key, clientCa: pki.authority.certificate };
    await plane.server.listen({ host: node.gateway, port, tls });
    await plane.publish({ address: node.gateway, port });
  }
  await node.ready;
  return node;
}
