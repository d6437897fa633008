// One of several processes leads: the one whose name stands in a Lease and who renews it. The others take over
// when they have seen no renewal for the lease's duration, by their own clocks (upstream's rules and times).

import type { Client, Ref } from "../client/client.ts";
import { undefinedIfNotFound } from "../client/refusal.ts";
import { type Clock, pause } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import { leases } from "../schema/resources.ts";
import type { Lease, LeaseSpec } from "../schema/types/coordination-v1.ts";

export type LeaderOptions = {
  client: Client;
  clock: Clock;
  random: Random;
  log: Log;
  /** `kube-system/kube-controller-manager` upstream. */
  lease: Ref;
  /** Different for each candidate: upstream takes `<host>_<uuid>`. */
  identity: string;
  /**
   * Leads until `signal` is aborted; nothing may be written after it has resolved. When its reason is a `LeaseLost`,
   * another one may lead seconds later: what waits for an answer must not be waited for.
   */
  lead: (signal: AbortSignal) => Promise<void>;
  /**
   * Calls `run` whenever the Lease was seen to be given up, until the returned function is called: the next one
   * leads at once then, and not after its wait.
   */
  onReleased?: (run: () => void) => () => void;
  times?: Partial<typeof upstreamTimes>;
};

/** Another one holds the lease, or it could not be renewed in time. */
export class LeaseLost extends Error {
  constructor() {
    super("the lease to lead was lost");
  }
}

const upstreamTimes = { leaseSeconds: 15, renewSeconds: 10, retrySeconds: 2 };

/** Upstream's spread of the wait between attempts to become leader. */
const jitter = 1.2;

/** Stands for election until it is stopped, also again after leadership was lost. */
export function startLeader(options: LeaderOptions): {
  readonly isLeader: boolean;
  stop(): Promise<void>;
} {
  const candidate = new Candidate(options);
  const stopping = new AbortController();
  const done = candidate.run(stopping.signal);
  return {
    get isLeader() {
      return candidate.isLeader;
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** "unknown": the server did not answer, not in time, or refused a write because of another one. */
type Held = "ours" | "another's" | "unknown";

class Candidate {
  isLeader = false;
  readonly #options: LeaderOptions;
  readonly #times: typeof upstreamTimes;
  /** What was last seen in the Lease, and when by our clock. */
  #seen = "";
  #seenMs = 0;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#times = { ...upstreamTimes, ...options.times };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { random, log, lease } = this.#options;
    while (!signal.aborted) {
      if ((await this.#tryHold()) === "ours") {
        log.info("leads", { lease });
        await this.#leadWhileHeld(signal);
      } else {
        const waitMs = this.#times.retrySeconds * 1000 * (1 + jitter * random.float());
        await this.#waitForTurn(waitMs, signal);
      }
    }
  }

  async #waitForTurn(waitMs: number, signal: AbortSignal): Promise<void> {
    const turn = new AbortController();
    const end = (): void => turn.abort();
    const ignore = this.#options.onReleased?.(end);
    signal.addEventListener("abort", end, { once: true });
    if (!signal.aborted) await pause(this.#options.clock, waitMs, turn.signal);
    signal.removeEventListener("abort", end);
    ignore?.();
  }

  async #leadWhileHeld(signal: AbortSignal): Promise<void> {
    const { clock, lead, lease, log } = this.#options;
    const { renewSeconds, retrySeconds } = this.#times;
    const leading = new AbortController();
    const stop = (): void => leading.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    this.isLeader = true;
    const ended = lead(leading.signal).catch((error) => {
      log.error("what the leader runs has failed", { error });
      leading.abort(error);
    });
    let renewedMs = clock.monotonic();
    while (!leading.signal.aborted) {
      await pause(clock, retrySeconds * 1000, leading.signal);
      if (leading.signal.aborted) break;
      const askedMs = clock.monotonic();
      const held = await this.#inTime(this.#tryHold(), renewedMs + renewSeconds * 1000 - askedMs);
      if (held === "ours") renewedMs = askedMs;
      const isLate = clock.monotonic() - renewedMs >= renewSeconds * 1000;
      if (held === "another's" || isLate) leading.abort(new LeaseLost());
    }
    signal.removeEventListener("abort", stop);
    await ended;
    this.isLeader = false;
    log.info("no longer leads", { lease });
    await this.#release();
  }

  /** The answer; "unknown" when it takes longer than `waitMs`. */
  async #inTime(answer: Promise<Held>, waitMs: number): Promise<Held> {
    const { promise, resolve } = Promise.withResolvers<Held>();
    const cancel = this.#options.clock.after(waitMs, () => resolve("unknown"));
    try {
      return await Promise.race([answer, promise]);
    } finally {
      cancel();
    }
  }

  /** Takes or renews the Lease. */
  async #tryHold(): Promise<Held> {
    const { client, lease, log } = this.#options;
    try {
      const old = await client.get(leases, lease).catch(undefinedIfNotFound);
      if (!old) {
        const spec = this.#spec(undefined);
        await client.create(leases, { metadata: { ...lease }, spec } as Lease);
        return "ours";
      }
      if (!this.#mayTake(old)) return "another's";
      this.#see(await client.update(leases, { ...old, spec: this.#spec(old.spec) }));
      return "ours";
    } catch (error) {
      log.debug("cannot take or renew the lease", { lease, error });
      return "unknown";
    }
  }

  #mayTake(old: Lease): boolean {
    this.#see(old);
    const holder = old.spec?.holderIdentity;
    if (!holder || holder === this.#options.identity) return true;
    const seconds = old.spec?.leaseDurationSeconds ?? this.#times.leaseSeconds;
    return this.#options.clock.monotonic() - this.#seenMs > seconds * 1000;
  }

  #see(lease: Lease): void {
    const version = lease.metadata.resourceVersion ?? "";
    if (version === this.#seen) return;
    this.#seen = version;
    this.#seenMs = this.#options.clock.monotonic();
  }

  #spec(old: LeaseSpec | undefined): LeaseSpec {
    const { clock, identity } = this.#options;
    const now = microTime(clock.now());
    const isOurs = old?.holderIdentity === identity;
    const transitions = old?.leaseTransitions ?? 0;
    return {
      ...old,
      holderIdentity: identity,
      leaseDurationSeconds: this.#times.leaseSeconds,
      acquireTime: (isOurs && old?.acquireTime) || now,
      renewTime: now,
      leaseTransitions: old && !isOurs ? transitions + 1 : transitions,
    };
  }

  /** Lets another candidate take over at once. */
  async #release(): Promise<void> {
    const { client, lease, identity, clock, log } = this.#options;
    try {
      const old = await client.get(leases, lease);
      if (old.spec?.holderIdentity !== identity) return;
      const now = microTime(clock.now());
      const spec = { ...old.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now };
      await client.update(leases, { ...old, spec: { ...spec, acquireTime: now } });
    } catch (error) {
      log.debug("cannot release the lease", { lease, error });
    }
  }
}

const microTime = (ms: number): string => new Date(ms).toISOString().replace(/Z$/, "000Z");
