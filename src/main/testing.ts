// A cluster inside a test's own process: no sockets, no disk, and with a virtual clock no waiting.
import { type Cache, type CacheOptions, makeCaches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "../lib/clock.ts";
import { sleep } from "../lib/clock.ts";
import { type Log, silent } from "../lib/log.ts";
import { type Random, seededRandom } from "../lib/random.ts";
import { systemClock } from "../lib/system.ts";
import { VirtualClock } from "../lib/virtual-clock.ts";
import type { Api, Identity } from "../schema/api-request.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import { nodes } from "../schema/resources.ts";
import { stampOffset } from "../server/codec.ts";
import type { Listener } from "../server/listen.ts";
import { openMemoryStore } from "../store/memory.ts";
import {
  administrator,
  type ControlPlane,
  type ControlPlaneOptions,
  makeControlPlane,
  nodeIdentity,
} from "./control-plane.ts";
import { kubeconfigText, makeKubeconfig } from "./kubeconfig.ts";
import { makeNodeApis, type NodeApis } from "./node-apis.ts";
import { serveDefaults } from "./options.ts";
import { type ClusterPki, memoryVault, openAdmin, openPki } from "./pki/cluster-pki.ts";
import { startSimulatedNodes } from "./simulated-nodes.ts";

export type TestClusterOptions = {
  /** "virtual": time stands still but for `clock.advance` and `until`. Default "real". */
  clock?: "virtual" | "real";
  simulatedNodes?: number;
  /** Seed of everything that is left to chance; default 1. */
  seed?: number;
  /** False: the API server alone, no controllers and no scheduler. */
  controllers?: boolean;
  log?: Log;
};

export type TestCluster = {
  /** Speaks as an administrator. */
  readonly client: Client;
  clientFor(identity: Identity): Client;
  readonly api: Api;
  /** A cache that is filled before it is returned. */
  cache<T extends ApiObject>(resource: Resource<T>, options?: CacheOptions<T>): Promise<Cache<T>>;
  readonly clock: Clock & { advance(ms: number): Promise<void> };
  readonly random: Random;
  /** Resolves when `holds` does; under a virtual clock time runs meanwhile. Throws after `limitMs` of the cluster's time. */
  until(holds: () => boolean | Promise<boolean>, limitMs?: number): Promise<void>;
  /** Opens a port on loopback; the text of a kubeconfig for outside clients. */
  kubeconfig(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Where virtual time begins. */
const epochMs = Date.UTC(2026, 0, 1);
/** Work in process waits for nothing but the clock: after one turn of the event loop all of it has come to rest. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const untilMsDefault = 60_000;
const stepMs = 50;

/**
 * A control plane of its own in this process: no files, and no socket before `kubeconfig` is asked for. Resolves
 * when it is ready, with its simulated nodes under way. Clusters of one test file do not see each other.
 */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const random = seededRandom(options.seed ?? 1);
  const virtual =
    options.clock === "virtual" ? new VirtualClock({ now: epochMs, settle: turn }) : undefined;
  const clock: TestCluster["clock"] =
    virtual ?? Object.assign({ advance: (ms: number) => sleep(systemClock, ms) }, systemClock);
  const log = options.log ?? silent;
  const store = openMemoryStore({ clock, stamp: stampOffset });
  const vault = memoryVault();
  const pki = openPki(vault, {
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    nowMs: clock.now(),
    random,
  });
  let listener: Listener | undefined;
  const world = { store, clock, random, log, controllers: options.controllers ?? true };
  const { plane, apis } = planeOf(pki, () => listener?.port ?? serveDefaults.port, world);
  await plane.start();
  const fleet = await startSimulatedNodes({
    ...serveDefaults,
    count: options.simulatedNodes ?? 0,
    clientFor: (name) => plane.clientFor(nodeIdentity(name)),
    caches: plane.caches,
    clock,
    random,
    log,
  });
  for (const [name, api] of fleet.apis) apis.set(name, api);
  const client = plane.clientFor(administrator, "test");
  const caches = makeCaches({ client, clock, random, log });
  return {
    client,
    clientFor: (identity) => plane.clientFor(identity),
    api: plane.server.api,
    async cache(resource, chosen) {
      const cache = caches.of(resource, chosen);
      await cache.synced;
      return cache;
    },
    clock,
    random,
    async until(holds, limitMs = untilMsDefault) {
      const end = clock.now() + limitMs;
      while (!(await holds())) {
        if (clock.now() >= end) throw new Error(`not within ${limitMs} ms: ${holds}`);
        await clock.advance(virtual ? stepMs : 5);
      }
    },
    async kubeconfig() {
      const { certificate: cert, key } = pki.serving;
      const { certificate: authority } = pki.authority;
      const tls = { key, cert, clientCa: authority };
      listener ??= await plane.server.listen({ host: "127.0.0.1", port: 0, tls });
      const server = `https://127.0.0.1:${listener.port}`;
      const admin = await openAdmin(vault, pki.authority, { nowMs: clock.now(), random });
      return kubeconfigText(makeKubeconfig({ name: "test", server, authority, client: admin }));
    },
    async [Symbol.asyncDispose]() {
      await caches.stop();
      await fleet.stop();
      await plane.stop(0);
      await store.close();
    },
  };
}

type World = Pick<ControlPlaneOptions, "store" | "clock" | "random" | "log" | "controllers">;

/** As `coxswain server` makes it, but for files and sockets. */
function planeOf(
  pki: ClusterPki,
  port: () => number,
  world: World,
): { plane: ControlPlane; apis: NodeApis } {
  const authority = pki.authority.certificate;
  const plane = makeControlPlane({
    ...serveDefaults,
    ...world,
    authority,
    edge: {
      clientAuthorities: authority,
      serviceAccounts: {
        keys: pki.tokenKeys,
        issuer: `https://kubernetes.default.svc.${serveDefaults.clusterDomain}`,
      },
      address: () => `127.0.0.1:${port()}`,
    },
    // Of documentation: endpoints may not be loopback addresses, and nothing in the process asks this one.
    endpoint: () => ({ address: "192.0.2.1", port: serveDefaults.port }),
    connectNode: (name) => apis.connect(name),
  });
  const apis = makeNodeApis(() => plane.caches.of(nodes), { authority });
  return { plane, apis };
}
