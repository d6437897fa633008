// What the agents of real and of simulated nodes are started with alike.
import { startAgent } from "../node/agent.ts";
import type { Agent, AgentOptions, AgentSettings } from "../node/agent-options.ts";

/** What all nodes of a process have in common. */
export type NodeWorld = Pick<AgentOptions, "caches" | "clock" | "random" | "log"> & {
  readonly dnsIp: string;
  readonly clusterDomain: string;
};

type Own = Omit<AgentOptions, "caches" | "clock" | "random" | "log" | "settings"> & {
  /** Before the node's name in its provider id. */
  readonly scheme: "coxswain" | "simulated";
  readonly settings: Partial<AgentSettings>;
};

export function startNodeAgent(
  world: NodeWorld,
  { scheme, settings, ...own }: Own,
): Promise<Agent> {
  const { caches, clock, random, log, dnsIp, clusterDomain } = world;
  return startAgent({
    ...own,
    ...{ caches, clock, random, log },
    settings: {
      dnsServers: [dnsIp],
      clusterDomain,
      providerId: `${scheme}://${own.nodeName}`,
      ...settings,
    },
  });
}
