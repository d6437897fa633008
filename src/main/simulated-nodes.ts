// Nodes without containers, in this process: the same agents over a runtime in memory.
import type { Caches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import type { Agent, PodSource } from "../node/agent-options.ts";
import { makeHeartbeat } from "../node/heartbeat.ts";
import { watchedObjects } from "../node/objects.ts";
import { simulatedHost } from "../node/simulated/host.ts";
import { LogStore } from "../node/simulated/logs.ts";
import { simulatedRuntime } from "../node/simulated/runtime.ts";
import type { Api } from "../schema/api-request.ts";
import { pods } from "../schema/resources.ts";
import type { Pod } from "../schema/types/core-v1.ts";
import { type NodeWorld, startNodeAgent } from "./start-agent.ts";

/** The caches are over the whole cluster: one watch of pods serves all nodes. */
export type SimulatedNodesOptions = NodeWorld & {
  count: number;
  clientFor: (nodeName: string) => Client;
};

export type Fleet = {
  /** The kubelet API of each node. */
  readonly apis: ReadonlyMap<string, Api>;
  stop(): Promise<void>;
};

/** Agents that register at the same time. */
const startsMax = 50;
const byNode = "nodeName";

/**
 * Simulated pods have addresses that no real network has (100.64.0.0/10): the cluster's own network holds only some
 * hundred nodes.
 */
const subnetOf = (index: number): string => `100.${64 + ((index >> 8) & 63)}.${index & 255}.0/24`;

export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<Fleet> {
  const { caches, clock, clientFor } = options;
  const apis = new Map<string, Api>();
  const agents: Agent[] = [];
  if (options.count === 0) return { apis, stop: async () => {} };
  const perNode = sharePods(caches);
  const shared = { heartbeat: makeHeartbeat(clock), objects: watchedObjects(caches) };
  const start = async (index: number): Promise<void> => {
    const name = `simulated-${index}`;
    const logs = new LogStore();
    const podCidr = subnetOf(index);
    const agent = await startNodeAgent(options, {
      nodeName: name,
      client: clientFor(name),
      pods: perNode(name),
      runtime: simulatedRuntime({
        clock,
        logs,
        idPrefix: `n${index}`,
        podCidr: () => podCidr,
      }),
      host: simulatedHost({ name, ip: `172.16.${(index >> 8) & 255}.${index & 255}` }, logs),
      scheme: "simulated",
      settings: { podCidr, relistMs: 0 },
      ...shared,
    });
    apis.set(name, agent.api);
    agents.push(agent);
  };
  for (let from = 0; from < options.count; from += startsMax) {
    const batch = Math.min(startsMax, options.count - from);
    await Promise.all(Array.from({ length: batch }, (_, i) => start(from + i)));
  }
  return {
    apis,
    async stop() {
      await Promise.all(agents.map((agent) => agent.stop()));
    },
  };
}

/** One cache of all pods, seen by each agent as a cache of its own. */
function sharePods(caches: Caches): (nodeName: string) => PodSource {
  const all = caches.of(pods, {
    indexes: { [byNode]: ({ spec }) => (spec.nodeName ? [spec.nodeName] : []) },
  });
  type Listener = Parameters<PodSource["onChange"]>[0];
  const listeners = new Map<string, Set<Listener>>();
  all.onChange((change) => {
    const name = (change.next ?? change.old)?.spec.nodeName;
    for (const listener of listeners.get(name ?? "") ?? []) listener(change);
  });
  return (nodeName) => ({
    get: (ref) => {
      const found = all.get(ref);
      return found?.spec.nodeName === nodeName ? found : undefined;
    },
    list: () => all.by(byNode, nodeName),
    onChange(listener) {
      const known = listeners.get(nodeName) ?? new Set<Listener>();
      listeners.set(nodeName, known.add(listener));
      for (const next of all.by(byNode, nodeName))
        listener({ key: keyOfPod(next), old: undefined, next });
      return () => known.delete(listener);
    },
    synced: all.synced,
  });
}

const keyOfPod = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;
