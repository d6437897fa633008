// The control plane in one process: the server on a store, and everything that is a client of it. With sockets and a
// disk it is `coxswain server`, without them a cluster inside a test.
import { type Caches, makeCaches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { inProcessClient } from "../client/in-process.ts";
import { startRecorder } from "../control/events.ts";
import { startControllers } from "../controllers/all.ts";
import type { Settings } from "../controllers/parts.ts";
import type { Clock } from "../lib/clock.ts";
import { type Log, logWith } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import type { Identity } from "../schema/api-request.ts";
import { builtinKinds } from "../schema/kinds/index.ts";
import { bootstrap, publishServer } from "../server/bootstrap.ts";
import { type EdgeOptions, makeEdge } from "../server/edge.ts";
import { makeServer, type Server, type ServerOptions } from "../server/server.ts";
import type { Build } from "../server/version.ts";
import type { Store } from "../store/store.ts";
import { nthAddress } from "./addresses.ts";
import { version } from "./version.ts";

export type ControlPlaneOptions = {
  store: Store;
  clock: Clock;
  random: Random;
  log: Log;
  edge: EdgeOptions;
  serviceCidr: string;
  podCidr: string;
  /** Where pods reach the server; asked once it listens. */
  endpoint: () => { address: string; port: number };
  /** PEM of the authority, published to every namespace. */
  authority: string;
  connectNode: ServerOptions["connectNode"];
  /** Signs certificates that the API has approved; absent: nobody does. */
  certify?: Settings["certify"];
  /** False: only the API server. */
  controllers?: boolean;
};

export type ControlPlane = {
  readonly server: Server;
  readonly caches: Caches;
  clientFor(identity: Identity, userAgent?: string): Client;
  /** Pods reach the server elsewhere from now on. */
  publish(endpoint: { address: string; port: number }): Promise<void>;
  /** Makes what every cluster has from the start, then lets controllers and scheduler work. */
  start(): Promise<void>;
  /** Requests under way may end for so long. The store stays open. */
  stop(graceMs: number): Promise<void>;
};

const authenticated = "system:authenticated";

export const administrator: Identity = {
  user: "kubernetes-admin",
  groups: ["system:masters", authenticated],
};

export const component = (user: string): Identity => ({ user, groups: [authenticated] });

export const serviceAccount = (name: string): Identity => ({
  user: `system:serviceaccount:kube-system:${name}`,
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", authenticated],
});

export const nodeIdentity = (name: string): Identity => ({
  user: `system:node:${name}`,
  groups: ["system:nodes", authenticated],
});

export function makeControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { store, clock, random, log } = options;
  const server = makeServer({
    store,
    kinds: builtinKinds,
    clock,
    random,
    log,
    build,
    connectNode: options.connectNode,
    edge: (core) => makeEdge(core, { ...options.edge, serviceCidr: options.serviceCidr, log }),
  });
  const clientFor = (identity: Identity, userAgent?: string) =>
    inProcessClient(server.api, identity, userAgent);
  const caches = makeCaches({
    client: clientFor(component("system:kube-controller-manager"), "kube-controller-manager"),
    clock,
    random,
    log,
  });
  const stops: (() => Promise<void>)[] = [];
  const serviceAddress = nthAddress(options.serviceCidr, 1);
  return {
    server,
    caches,
    clientFor,
    publish: (endpoint) => publishServer(server.core, { endpoint, serviceAddress }),
    async start() {
      const made = bootstrap(server.core, {
        ...options.edge,
        endpoint: options.endpoint(),
        serviceCidr: options.serviceCidr,
        serviceAddress,
        log,
      });
      server.awaitHook("rbac/bootstrap-roles", made);
      const endBootstrap = await made;
      await server.synced;
      stops.push(async () => endBootstrap());
      if (options.controllers === false) return;
      stops.push(startWorkers(options, { caches, clientFor }));
    },
    async stop(graceMs) {
      for (const stop of stops.reverse()) await stop();
      await caches.stop();
      await server.stop(graceMs);
    },
  };
}

const build: Build = { commit: version, date: "2026-11-23T00:00:00Z", platform: "linux/amd64" };

type Clients = Pick<ControlPlane, "caches" | "clientFor">;

/** Controllers and scheduler; the answer ends them. */
function startWorkers(
  options: ControlPlaneOptions,
  { caches, clientFor }: Clients,
): () => Promise<void> {
  const { clock, random, log } = options;
  const controllers = startControllers({
    caches,
    clock,
    random,
    log,
    settings: {
      caCertificate: options.authority,
      clusterCidrs: [options.podCidr],
      ...(options.certify ? { certify: options.certify } : {}),
    },
    clientFor: (account) =>
      clientFor(
        account.startsWith("system:") ? component(account) : serviceAccount(account),
        `kube-controller-manager/${account}`,
      ),
  });
  const name = "default-scheduler";
  const client = clientFor(component("system:kube-scheduler"), "kube-scheduler");
  const schedulerLog = logWith(log, { part: "scheduler" });
  const recorder = startRecorder({ client, clock, random, log: schedulerLog, component: name });
  const scheduler = startScheduler({
    client,
    caches,
    clock,
    random,
    log: schedulerLog,
    name,
    record: recorder.record,
  });
  return async () => {
    await scheduler.stop();
    await recorder.stop();
    await controllers.stop();
  };
}
