// What a cluster is started with; the command line fills it in.

import type { ApiValues } from "./api-flags.ts";

export type NodeMode = "auto" | "real" | "none";

/** Ranges of addresses, and the address of the cluster's DNS in that of services. */
export type Networks = { podCidr: string; serviceCidr: string; dnsIp: string };

/** What is asked for; networks that are not are found, and kept for the next time. */
export type ServeAsk = Omit<ServeOptions, keyof Networks> & { networks: Partial<Networks> };

export type ServeOptions = Networks & {
  name: string;
  dataDir: string;
  bind: string;
  /** 0: a free one. */
  port: number;
  /** `file:` (below the data directory), `memory:`, or etcd endpoints. */
  store: string;
  /** Files for etcd: the client's certificate and key, and the authorities of its members. */
  storeCert?: string;
  storeKey?: string;
  storeCa?: string;
  /** File of the secret that opens the keys which the servers of one etcd share. */
  clusterSecret?: string;
  /** File of kind EncryptionConfiguration: how values are encrypted before they are stored. */
  encryptionConfig?: string;
  /** Cron expression; absent: no snapshots are made by schedule. */
  snapshotSchedule?: string;
  /** Scheduled snapshots that are kept. */
  snapshotKeep: number;
  node: NodeMode;
  nodeName: string;
  simulatedNodes: number;
  /** `unix:///…` of an existing CRI runtime. */
  runtimeEndpoint?: string;
  /** Registry host → URL of its mirror. */
  registryMirrors: Readonly<Record<string, string>>;
  clusterDomain: string;
  /** Flags of the API server that were given, by upstream's names. */
  api: ApiValues;
  /** Merge the context into the user's kubeconfig. */
  mergeKubeconfig: boolean;
  /** False: the API server alone, without controllers and scheduler. */
  controllers?: boolean;
};

export const serveDefaults = {
  name: "default",
  bind: "127.0.0.1",
  port: 6443,
  store: "file:",
  snapshotKeep: 7,
  node: "auto",
  simulatedNodes: 0,
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/12",
  dnsIp: "10.96.0.10",
  clusterDomain: "cluster.local",
} as const;

/** What a running cluster tells about itself; kept as `running.json` in its data directory. */
export type Running = {
  pid: number;
  /** Tells the process from a later one with its number; records of earlier versions lack it. */
  processStart?: string;
  /** `https://address:port`. */
  server: string;
  name: string;
  startedAt: string;
  /** Real node's name, when there is one. */
  node?: string;
  simulatedNodes: number;
};

/** How far a start has come. */
export type Progress = (text: string) => void;
