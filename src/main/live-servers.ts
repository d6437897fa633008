// Which servers of a shared store live, told by a Lease each (upstream's endpoint reconciler by leases), and the
// endpoints of the `kubernetes` Service made from it. A server that ends cleanly is gone at once, a dead one when its
// Lease was not renewed for its duration, by the clock of who looks.
import type { Caches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { undefinedIfNotFound } from "../client/refusal.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { leases } from "../schema/resources.ts";
import type { Lease } from "../schema/types/coordination-v1.ts";

export type Endpoint = { readonly address: string; readonly port: number };

type Options = {
  client: Client;
  caches: Caches;
  clock: Clock;
  log: Log;
  /** Different for each server. */
  identity: string;
  hostname: string;
  endpoint: Endpoint;
  /** Makes these the endpoints of the Service. */
  publish: (endpoints: readonly Endpoint[]) => Promise<void>;
};

/** Upstream's time to live of an API server's entry, and a third of it. */
const leaseSeconds = 15;
const renewMs = 5000;

export const namespace = "kube-system";
/** Upstream's label of API servers' Leases. */
export const serverLabel = "apiserver.kubernetes.io/identity";
const endpointAnnotation = "coxswain.dev/endpoint";

export type Live = { move(endpoint: Endpoint): Promise<void>; stop(): Promise<void> };

export async function startLiveServers(options: Options): Promise<Live> {
  const servers = new LiveServers(options);
  await servers.start();
  return servers;
}

class LiveServers {
  readonly #options: Options;
  readonly #name: string;
  #endpoint: Endpoint;
  /** When each Lease was last seen to change, by our clock. */
  readonly #seen = new Map<string, { version: string; atMs: number }>();
  #cancel: (() => void) | undefined;
  #unlisten: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
    this.#name = `apiserver-${options.identity}`;
    this.#endpoint = options.endpoint;
  }

  async start(): Promise<void> {
    const cache = this.#cache();
    await cache.synced;
    await this.#renew();
    this.#unlisten = cache.onChange(({ old, next }) => {
      // A renewal changes nothing for others.
      if (old && next && endpointOf(old) === endpointOf(next)) this.#see(next);
      else void this.#soon();
    });
    await this.#soon();
    this.#arm();
  }

  /** Pods reach this server elsewhere from now on. */
  async move(endpoint: Endpoint): Promise<void> {
    this.#endpoint = endpoint;
    await this.#soon(() => this.#renew());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    this.#unlisten?.();
    await this.#work;
    const { client, log } = this.#options;
    try {
      await client.delete(leases, { namespace, name: this.#name });
      await this.#publish();
    } catch (error) {
      log.debug("this server's Lease could not be removed: it ends by itself", { error });
    }
  }

  #cache() {
    return this.#options.caches.of(leases, {
      namespace,
      labelSelector: `${serverLabel}=kube-apiserver`,
    });
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(renewMs, () => {
      void this.#soon(() => this.#renew()).then(() => this.#arm());
    });
  }

  /** One after the other, failures told: the next round comes anyway. */
  #soon(first?: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      try {
        await first?.();
        if (!this.#stopped) await this.#publish();
      } catch (error) {
        this.#options.log.warn("the list of live servers is not kept at present", { error });
      }
    });
    return this.#work;
  }

  async #renew(): Promise<void> {
    const { client, identity, hostname, clock } = this.#options;
    const ref = { namespace, name: this.#name };
    const told = `${this.#endpoint.address}:${this.#endpoint.port}`;
    const spec = {
      holderIdentity: `${this.#name}_${identity}`,
      leaseDurationSeconds: leaseSeconds,
      renewTime: new Date(clock.now()).toISOString().replace(/Z$/, "000Z"),
    };
    const old = await client.get(leases, ref).catch(undefinedIfNotFound);
    if (old && endpointOf(old) === told)
      return void (await client.update(leases, { ...old, spec }));
    const metadata = {
      ...ref,
      labels: { [serverLabel]: "kube-apiserver", "kubernetes.io/hostname": hostname },
      annotations: { [endpointAnnotation]: told },
    };
    if (old)
      await client.update(leases, { ...old, metadata: { ...old.metadata, ...metadata }, spec });
    else await client.create(leases, { metadata, spec } as Lease);
  }

  #see(lease: Lease): number {
    const { name = "", resourceVersion = "" } = lease.metadata;
    const nowMs = this.#options.clock.monotonic();
    const seen = this.#seen.get(name);
    if (seen?.version === resourceVersion) return nowMs - seen.atMs;
    this.#seen.set(name, { version: resourceVersion, atMs: nowMs });
    return 0;
  }

  async #publish(): Promise<void> {
    const { client, publish } = this.#options;
    const live = new Map<string, Endpoint>();
    const add = (e: Endpoint): void => void live.set(`${e.address}:${e.port}`, e);
    if (!this.#stopped) add(this.#endpoint);
    for (const lease of this.#cache().list(namespace)) {
      const { name = "", resourceVersion } = lease.metadata;
      if (name === this.#name) continue;
      const told = parseEndpoint(endpointOf(lease));
      const isLive = this.#see(lease) <= (lease.spec?.leaseDurationSeconds ?? leaseSeconds) * 1000;
      if (isLive && told) add(told);
      if (isLive) continue;
      this.#seen.delete(name);
      const options = resourceVersion === undefined ? {} : { resourceVersion };
      // Whoever renewed it meanwhile lives after all.
      await client.delete(leases, { namespace, name }, options).catch(() => {});
    }
    if (live.size > 0) await publish([...live.values()]);
  }
}

const endpointOf = ({ metadata }: Lease): string =>
  metadata.annotations?.[endpointAnnotation] ?? "";

function parseEndpoint(text: string): Endpoint | undefined {
  const cut = text.lastIndexOf(":");
  const port = Number(text.slice(cut + 1));
  return cut > 0 && port > 0 ? { address: text.slice(0, cut), port } : undefined;
}
