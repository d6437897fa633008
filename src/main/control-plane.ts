// The control plane in one process: the server on a store, and everything that is a client of it. With sockets and a
// disk it is `coxswain server`, without them a cluster inside a test.
import { createHash } from "node:crypto";
import { apiUntil } from "../client/api-until.ts";
import { type Caches, makeCaches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { inProcessClient } from "../client/in-process.ts";
import { startRecorder } from "../control/events.ts";
import { LeaseLost, startLeader } from "../control/leader.ts";
import { startControllers } from "../controllers/all.ts";
import type { Settings } from "../controllers/parts.ts";
import type { Clock } from "../lib/clock.ts";
import { type Log, logWith } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import type { Api, Identity } from "../schema/api-request.ts";
import { builtinKinds } from "../schema/kinds/index.ts";
import { leases } from "../schema/resources.ts";
import type { Lease } from "../schema/types/coordination-v1.ts";
import { signKept } from "../server/auth/account-token.ts";
import { tokenKey } from "../server/auth/token-keys.ts";
import { bootstrap, publishServer } from "../server/bootstrap.ts";
import { serverIdentity } from "../server/call.ts";
import { fixed, latest } from "../server/config/current.ts";
import type { Core, Page } from "../server/context.ts";
import { type EdgeOptions, makeEdge } from "../server/edge.ts";
import { makeServer, type Server, type ServerOptions } from "../server/server.ts";
import type { Build } from "../server/version.ts";
import type { Store } from "../store/store.ts";
import { nthAddress } from "./addresses.ts";
import { keepIdentityLease } from "./identity-lease.ts";
import { type Live, startLiveServers } from "./live-servers.ts";
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
  noteWrite?: ServerOptions["noteWrite"];
  turnEnd?: NonNullable<ServerOptions["turnEnd"]>;
  /** Signs certificates that the API has approved; absent: nobody does. */
  certify?: Settings["certify"];
  /** False: only the API server. */
  controllers?: boolean;
  /** Further paths that the server answers. */
  pages?: (core: Core) => readonly Page[];
  /** Other servers use the store too: controllers and scheduler work in one of them at a time. */
  shared?: { identity: string; hostname: string };
  /** This server alone uses the store, and a Lease says that it lives. */
  alone?: { identity: string; hostname: string };
};

export type ControlPlane = {
  readonly server: Server;
  readonly caches: Caches;
  clientFor(identity: Identity, userAgent?: string): Client;
  /** Pods reach the server elsewhere from now on. */
  publish(endpoint: { address: string; port: number }): Promise<void>;
  /** Where pods reach the server now. */
  endpoint(): { address: string; port: number };
  /** Makes what every cluster has from the start; `/readyz` says ok when it is there. */
  prepare(): Promise<void>;
  /** Lets controllers and scheduler work, on what is prepared. */
  work(): void;
  /** Both, one after the other. */
  start(): Promise<void>;
  /** Requests under way may end for so long. The store stays open. */
  stop(graceMs: number): Promise<void>;
};

const authenticated = "system:authenticated";

export const administrator: Identity = {
  user: "kubernetes-admin",
  groups: ["system:masters", authenticated],
};

const component = (user: string): Identity => ({ user, groups: [authenticated] });

const serviceAccount = (name: string): Identity => ({
  user: `system:serviceaccount:kube-system:${name}`,
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", authenticated],
});

export const nodeIdentity = (name: string): Identity => ({
  user: `system:node:${name}`,
  groups: ["system:nodes", authenticated],
});

export function makeControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { clock, random, log } = options;
  const server = serverOf(options);
  const clientFor = (identity: Identity, userAgent?: string) =>
    inProcessClient(server.api, identity, userAgent);
  const caches = makeCaches({
    client: clientFor(component("system:kube-controller-manager"), "kube-controller-manager"),
    clock,
    random,
    log,
  });
  const stops: (() => Promise<void>)[] = [];
  let live: Live | undefined;
  let published: { address: string; port: number } | undefined;
  const serviceAddress = nthAddress(options.serviceCidr, 1);
  return {
    server,
    caches,
    clientFor,
    publish(endpoint) {
      published = endpoint;
      return live ? live.move(endpoint) : publishServer(server.core, { endpoint, serviceAddress });
    },
    endpoint: () => published ?? options.endpoint(),
    async prepare() {
      const made = bootstrap(server.core, {
        ...options.edge,
        endpoint: options.endpoint(),
        manyServers: options.shared !== undefined,
        serviceCidr: options.serviceCidr,
        serviceAddress,
        log,
      });
      for (const hook of bootstrapHooks) server.awaitHook(hook, made);
      const endBootstrap = await made;
      await server.synced;
      stops.push(async () => endBootstrap());
      if (options.shared) {
        const endpoint = options.endpoint();
        live = await startLiveServers({
          ...options.shared,
          client: clientFor(serverIdentity, "kube-apiserver"),
          caches,
          clock,
          log,
          endpoint,
          publish: (endpoints) =>
            publishServer(server.core, { endpoint, endpoints, serviceAddress }),
        });
        stops.push(live.stop.bind(live));
      } else if (options.alone) {
        const client = clientFor(serverIdentity, "kube-apiserver");
        stops.push(await keepIdentityLease({ ...options.alone, client, clock, log }));
      }
    },
    work() {
      if (options.controllers === false) return;
      stops.push(startWorkers(options, { caches, clientFor, core: server.core, api: server.api }));
    },
    async start() {
      await this.prepare();
      this.work();
    },
    async stop(graceMs) {
      for (const stop of stops.reverse()) await stop();
      await caches.stop();
      await server.stop(graceMs);
    },
  };
}

/** Everything behind one function: store, kinds, edge, and the paths that are this program's own. */
function serverOf(options: ControlPlaneOptions): Server {
  const { store, clock, random, log } = options;
  return makeServer({
    store,
    kinds: builtinKinds,
    clock,
    random,
    log,
    build,
    ...(options.turnEnd && { turnEnd: options.turnEnd }),
    connectNode: options.connectNode,
    ...(options.noteWrite ? { noteWrite: options.noteWrite } : {}),
    flags: () => ({
      "allow-privileged": "true",
      "authorization-mode": "[Node,RBAC]",
      "service-account-issuer": `[${options.edge.serviceAccounts.issuer}]`,
      "service-cluster-ip-range": options.serviceCidr,
    }),
    edge: (core) => {
      const edge = makeEdge(core, { ...options.edge, serviceCidr: options.serviceCidr, log });
      return { ...edge, pages: [...edge.pages, ...(options.pages?.(core) ?? [])] };
    },
  });
}

/** Upstream's names of what `bootstrap` makes, in the order in which upstream shows them. */
const bootstrapHooks = [
  "start-system-namespaces-controller",
  "start-cluster-authentication-info-controller",
  "start-legacy-token-tracking-controller",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "kube-apiserver-autoregistration",
];

const build: Build = { commit: version, date: "2026-11-23T00:00:00Z", platform: "linux/amd64" };

type WorkerParts = Pick<ControlPlane, "caches" | "clientFor"> & { core: Core; api: Api };

/** Controllers and scheduler, each in the server that leads; the answer ends them. */
function startWorkers(options: ControlPlaneOptions, parts: WorkerParts): () => Promise<void> {
  const { shared } = options;
  if (!shared) {
    const ends = [startManager(options, parts), startPodScheduler(options, parts)];
    return async () => {
      for (const end of ends.reverse()) await end();
    };
  }
  const candidates = [
    { name: "kube-controller-manager", start: startManager },
    { name: "kube-scheduler", start: startPodScheduler },
  ].map(({ name, start }) =>
    startLeader({
      client: parts.clientFor(component(`system:${name}`), `${name}/leader-election`),
      clock: options.clock,
      random: options.random,
      log: logWith(options.log, { part: name }),
      lease: { namespace: "kube-system", name },
      identity: `${shared.hostname}_${shared.identity}`,
      onReleased: (run) => whenReleased(parts.core, name, run),
      async lead(signal) {
        const lost = new AbortController();
        const api = apiUntil(lost.signal, parts.api);
        const clientFor: WorkerParts["clientFor"] = (identity, userAgent) =>
          inProcessClient(api, identity, userAgent);
        const end = start(options, { ...parts, clientFor });
        await new Promise((resolve) => {
          if (signal.aborted) resolve(undefined);
          else signal.addEventListener("abort", resolve, { once: true });
        });
        if (signal.reason instanceof LeaseLost) lost.abort(signal.reason);
        await end();
      },
    }),
  );
  return async () => {
    await Promise.all(candidates.map((candidate) => candidate.stop()));
  };
}

function whenReleased(core: Core, lease: string, run: () => void): () => void {
  return core.view<Lease>(leases).onChange((namespace, name, object) => {
    if (namespace === "kube-system" && name === lease && !object?.spec?.holderIdentity) run();
  });
}

function startManager(
  options: ControlPlaneOptions,
  { caches, clientFor }: WorkerParts,
): () => Promise<void> {
  const { clock, random, log } = options;
  const controllers = startControllers({
    caches,
    clock,
    random,
    log,
    settings: {
      caCertificate: options.authority,
      caDigest: createHash("sha256").update(options.authority).digest("hex"),
      clusterCidrs: [options.podCidr],
      ...(options.certify ? { certify: options.certify } : {}),
      mintToken: tokenMint(options.edge.serviceAccounts.keys),
    },
    clientFor: (account) =>
      clientFor(
        account.startsWith("system:") ? component(account) : serviceAccount(account),
        `kube-controller-manager/${account}`,
      ),
  });
  return () => controllers.stop();
}

/** Signs with the key of now. */
function tokenMint(
  given: EdgeOptions["serviceAccounts"]["keys"],
): NonNullable<Settings["mintToken"]> {
  const keys = latest("value" in given ? given : fixed(given), (pems) => pems.map(tokenKey));
  return ({ metadata: account }, { metadata }) => {
    const key = keys().find((k) => k.privateKey !== undefined);
    if (key === undefined) throw new Error("there is no key to sign tokens with");
    const { name = "", uid = "" } = account;
    const { namespace = "", name: secret = "" } = metadata;
    return signKept({ namespace, secret, account: { name, uid } }, key);
  };
}

function startPodScheduler(
  options: ControlPlaneOptions,
  { caches, clientFor }: WorkerParts,
): () => Promise<void> {
  const { clock, random } = options;
  const name = "default-scheduler";
  const client = clientFor(component("system:kube-scheduler"), "kube-scheduler");
  const log = logWith(options.log, { part: "scheduler" });
  const recorder = startRecorder({ client, clock, random, log, component: name });
  const scheduler = startScheduler({
    client,
    caches,
    clock,
    random,
    log,
    name,
    record: recorder.record,
  });
  return async () => {
    await scheduler.stop();
    await recorder.stop();
  };
}
