// What an agent is started with. Many agents may share one process: simulated nodes share caches and a heartbeat.
import type { Cache, Caches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { Api } from "../schema/api-request.ts";
import type { Pod, Taint } from "../schema/types/core-v1.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Host } from "./host.ts";
import type { ObjectSource } from "./objects.ts";
import type { Runtime } from "./runtime.ts";

/** The pods bound to one node. A cache with the field selector `spec.nodeName=NODE` is one. */
export type PodSource = Pick<Cache<Pod>, "get" | "list" | "onChange" | "synced">;

export type AgentOptions = {
  readonly nodeName: string;
  /** Speaks as `system:node:NAME`. */
  readonly client: Client;
  /** Over `client` or one with wider rights; services, nodes, config maps and secrets are read from here. */
  readonly caches: Caches;
  /** Absent: a cache of its own. */
  readonly pods?: PodSource;
  readonly runtime: Runtime;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings?: Partial<AgentSettings>;
  /** Shared by the nodes of one process. Absent: a timer of its own. */
  readonly heartbeat?: Heartbeat;
  /** Absent: what pods refer to is watched by name. */
  readonly objects?: ObjectSource;
};

export type AgentSettings = {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Addresses of the cluster's DNS; empty: pods get the machine's resolver. */
  readonly dnsServers: readonly string[];
  readonly clusterDomain: string;
  readonly podsMax: number;
  /** Pods that are started at the same time; more only add latency. */
  readonly startsMax: number;
  /** Port of the kubelet API in the Node object; 0: not shown. */
  readonly port: number;
  /** `metadata.name` of the Lease's namespace is fixed; these are upstream's 40 s and 10 s. */
  readonly leaseSeconds: number;
  readonly leaseRenewMs: number;
  /** An unchanged node status is written so often. */
  readonly statusReportMs: number;
  /** Fixed pod subnet, for a machine without a cluster that allocates one. */
  readonly podCidr?: string;
  /** Extra allocatable resources by name. */
  readonly capacity: Readonly<Record<string, string>>;
  /** Everything is compared with the runtime so often, beside events. 0: never. */
  readonly relistMs: number;
  /** `simulated://`, `coxswain://name`. */
  readonly providerId?: string;
};

export const agentDefaults: AgentSettings = Object.freeze({
  labels: {},
  taints: [],
  dnsServers: [],
  clusterDomain: "cluster.local",
  podsMax: 110,
  startsMax: 4,
  port: 10250,
  leaseSeconds: 40,
  leaseRenewMs: 10_000,
  statusReportMs: 300_000,
  capacity: {},
  relistMs: 10_000,
});

export type Agent = {
  /** The kubelet API, already authenticated: /pods, /containerLogs/…, /exec/…, /attach/…, /portForward/…, /stats/summary, /metrics, /healthz. */
  readonly api: Api;
  /** Resolves when the node is registered and the runtime's pods are known. */
  readonly ready: Promise<void>;
  /** Stops working; pods go on running. */
  stop(): Promise<void>;
  /** Stops every pod of this node without telling the API, so that they start again at the next `up`. */
  stopPods(graceSecondsMax: number): Promise<void>;
};
