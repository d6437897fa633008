// The control plane in one process: the server on a store, and everything that is a client of it. With sockets and a
// disk it is `coxswain server`, without them a cluster inside a test.
import { type Caches, makeCaches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { inProcessClient } from "../client/in-process.ts";
import { startRecorder } from "../control/events.ts";
import { startControllers } from "../controllers/all.ts";
import type { Clock } from "../lib/clock.ts";
import { type Log, logWith } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import type { Api, Identity } from "../schema/api-request.ts";
import { bootstrap } from "../server/bootstrap.ts";
import type { Core } from "../server/context.ts";
import { type EdgeOptions, makeEdge } from "../server/edge.ts";
import { makeServer, type ServerOptions } from "../server/server.ts";
import type { Store } from "../store/store.ts";
import { nthAddress } from "./addresses.ts";

export type ControlPlaneOptions = {
  store: Store;
  clock: Clock;
  random: Random;
  log: Log;
  edge: EdgeOptions;
  serviceCidr: string;
  podCidr: string;
  clusterDomain: string;
  /** Where pods reach the server. */
  endpoint: () => { address: string; port: number };
  connectNode: NonNullable<ServerOptions["connectNode"]>;
  /** PEM of the authority, published to every namespace. */
  authority: string;
  /** Signs certificates that the API has approved; absent: nobody does. */
  certify?: Certify;
  /** False: only the API server. */
  controllers?: boolean;
};

/** PEM of a certificate for the request; `usages` as in the CertificateSigningRequest. */
export type Certify = (request: Uint8Array, usages: readonly string[], seconds: number) => string;

export type ControlPlane = {
  readonly api: Api;
  readonly caches: Caches;
  clientFor(identity: Identity, userAgent?: string): Client;
  /** Makes what every cluster has from the start, then lets controllers and scheduler work. */
  start(): Promise<void>;
  stop(): Promise<void>;
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
  let core: Core | undefined;
  const server = makeServer({
    store,
    clock,
    random,
    connectNode: options.connectNode,
    edge: (made) => {
      core = made;
      return makeEdge(made, options.edge);
    },
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
  return {
    api: server.api,
    caches,
    clientFor,
    async start() {
      if (core === undefined) throw new Error("the server has no edge");
      const endBootstrap = await bootstrap(core, {
        ...options.edge,
        endpoint: options.endpoint(),
        serviceCidr: options.serviceCidr,
        serviceAddress: nthAddress(options.serviceCidr, 1),
        log,
      });
      stops.push(async () => endBootstrap());
      if (options.controllers === false) return;
      stops.push(startWorkers(options, { caches, clientFor }));
    },
    async stop() {
      for (const stop of stops.reverse()) await stop();
      await caches.stop();
      await server.stop();
    },
  };
}

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
    settings: { caCertificate: options.authority, clusterCidrs: [options.podCidr] },
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
