// One of several `coxswain server` on one etcd: it keeps nothing of its own.
import assert from "node:assert/strict";
import type { Ref } from "../../../src/client/client.ts";
import { type Log, silent } from "../../../src/lib/log.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import type { ControlPlane } from "../../../src/main/control-plane.ts";
import { stampOffset } from "../../../src/server/codec.ts";
import { openEtcdStore } from "../../../src/store/etcd/etcd-store.ts";
import type { Store } from "../../../src/store/store.ts";
import type { EtcdMembers } from "./etcd-members.ts";
import { beginLife, type Life } from "./life.ts";
import type { Endpoint, Network } from "./network.ts";
import { makePlane, type ServerProcess } from "./plane.ts";

/** Who leads at present, by the name of the Lease. */
export type Leaders = Map<string, SharedServer>;

export type SharedOptions = {
  clock: VirtualClock;
  network: Network;
  members: EtcdMembers;
  leaders: Leaders;
  /** Told when two lead at a time. */
  fail: (error: unknown) => void;
  seed: number;
  index: number;
};

export class SharedServer implements ServerProcess {
  plane: ControlPlane | undefined;
  store: Store | undefined;
  crashes = 0;
  readonly #options: SharedOptions;
  #life: Life;
  #endpoint: Endpoint | undefined;

  constructor(options: SharedOptions) {
    this.#options = options;
    this.#life = beginLife(options.clock, options.seed);
  }

  get isUp(): boolean {
    return this.#endpoint !== undefined;
  }

  async start(): Promise<void> {
    const { clock, seed, network, members, index } = this.#options;
    const life = beginLife(clock, seed * 1000 + this.crashes * 10 + index);
    this.#life = life;
    const dead = life.death.then(() => undefined);
    const store = await Promise.race([this.#open(life, members), dead]);
    if (!store || life.isDead) return;
    this.store = store;
    const hostname = `server-${index}`;
    const plane = makePlane({
      life,
      store,
      address: `192.0.2.${index + 1}`,
      log: this.#listening(life),
      shared: { hostname, identity: `${index}-${this.crashes}` },
    });
    this.plane = plane;
    const started = plane.start().then(
      () => true,
      () => false,
    );
    const isStarted = await Promise.race([started, dead]);
    if (isStarted === false) this.crash();
    if (isStarted !== true || life.isDead) return;
    this.#endpoint = { api: plane.server.api, death: life.death };
    network.endpoints.add(this.#endpoint);
  }

  crash(): void {
    if (this.#life.isDead) return;
    const { network, leaders } = this.#options;
    this.crashes++;
    this.#life.die();
    if (this.#endpoint) network.endpoints.delete(this.#endpoint);
    this.#endpoint = undefined;
    this.plane = undefined;
    this.store = undefined;
    for (const [lease, leader] of leaders) if (leader === this) leaders.delete(lease);
  }

  /** Without an answer from etcd a server ends; its supervisor begins anew. */
  async #open(life: Life, members: EtcdMembers): Promise<Store | undefined> {
    try {
      return await openEtcdStore({
        members: members.connect(life),
        clock: life.clock,
        log: silent,
        stamp: stampOffset,
        compactionMs: 20_000,
        fatal: (error) => this.#options.fail(error),
      });
    } catch {
      if (this.#life === life) this.crash();
      return undefined;
    }
  }

  /** Hears from the log who begins and ends to lead. */
  #listening(life: Life): Log {
    const { leaders, fail } = this.#options;
    const hear: Log["info"] = (message, fields) => {
      if (life.isDead || !/leads$/.test(message)) return;
      const { name } = (fields as { lease: Ref }).lease;
      if (message !== "leads") return void leaders.delete(name);
      try {
        assert.ok(!leaders.has(name), `two servers lead ${name} at a time`);
      } catch (error) {
        fail(error);
      }
      leaders.set(name, this);
    };
    return { ...silent, info: hear };
  }
}
