// `coxswain server` on a simulated disk: it crashes at any moment and starts again from what the disk has kept.

import assert from "node:assert/strict";
import { type Random, randomInteger, seededRandom } from "../../../src/lib/random.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import type { ControlPlane } from "../../../src/main/control-plane.ts";
import { stampOffset } from "../../../src/server/codec.ts";
import { openEmbeddedStore } from "../../../src/store/embedded.ts";
import { SimDisk } from "../../../src/store/sim-disk.ts";
import { type Store, StoreError, type Written } from "../../../src/store/store.ts";
import { beginLife, type Life } from "./life.ts";
import type { Endpoint, Network } from "./network.ts";
import { makePlane, type ServerProcess } from "./plane.ts";

export type ServerOptions = { clock: VirtualClock; network: Network; seed: number };

export class Server implements ServerProcess {
  disk: SimDisk;
  plane: ControlPlane | undefined;
  store: Store | undefined;
  /** How often it has died. */
  crashes = 0;
  readonly #options: ServerOptions;
  #life: Life;
  #endpoint: Endpoint | undefined;
  /** Operations of the disk until the next crash; undefined: none is planned. */
  #fuse: number | undefined;
  /** Share of writes, in percent, of which the store says that they may have been done or not. */
  unansweredPercent = 0;
  /** A bit of a file is another one than was written, until somebody puts the right one back. */
  #flipped: { name: string; right: Uint8Array } | undefined;
  /** How often such a bit was found when the store was opened. */
  flipsFound = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.disk = new SimDisk(this.#diskOptions());
    this.#life = beginLife(options.clock, options.seed);
  }

  get isUp(): boolean {
    return this.#endpoint !== undefined;
  }

  /** Resolves when it serves, or dies on the way. */
  async start(): Promise<void> {
    const { clock, seed, network } = this.#options;
    const life = beginLife(clock, seed * 1000 + this.crashes);
    this.#life = life;
    const dead = life.death.then(() => undefined);
    const store = await Promise.race([this.#open(life), dead]);
    if (!store || life.isDead) return;
    this.store = store;
    // It was where nothing is read: whatever is found from now on was written by this store.
    this.#flipped = undefined;
    const plane = makePlane({ life, store: this.#unsure(store, life) });
    this.plane = plane;
    const started = plane.start().then(
      () => true,
      () => false,
    );
    const isStarted = await Promise.race([started, dead]);
    // A server that cannot start ends, and its supervisor begins anew.
    if (isStarted === false) this.crash();
    if (isStarted !== true || life.isDead) return;
    this.#endpoint = { api: plane.server.api, death: life.death };
    network.endpoints.add(this.#endpoint);
  }

  /** Ends the process at this very moment. */
  crash(): void {
    if (this.#life.isDead) return;
    const { network, seed } = this.#options;
    this.crashes++;
    this.#fuse = undefined;
    this.#life.die();
    if (this.#endpoint) network.endpoints.delete(this.#endpoint);
    this.#endpoint = undefined;
    this.plane = undefined;
    this.store = undefined;
    this.disk.halt();
    const random = seededRandom(seed * 7919 + this.crashes);
    this.disk = this.disk.crashed(random, this.#diskOptions());
  }

  /** Crashes, and while it is down a bit changes in one of the store's files, where something was written. */
  crashAndFlip(random: Random): void {
    this.crash();
    if (this.#flipped) return;
    const { disk } = this;
    const names = disk.names.filter((name) => /^(log|snapshot|manifest)/.test(name));
    const name = names[randomInteger(random, names.length)];
    if (name === undefined) return;
    const right = disk.contents(name);
    const end = right.findLastIndex((byte) => byte !== 0) + 1;
    if (end === 0) return;
    const wrong = right.slice();
    wrong[randomInteger(random, end)]! ^= 1 << randomInteger(random, 8);
    disk.overwrite(name, wrong);
    this.#flipped = { name, right };
  }

  /** A damaged file is named; who runs the cluster puts it back from a copy. */
  #mend(error: StoreError): void {
    assert.ok(this.#flipped, `${error.message}, but nothing was altered`);
    const { name, right } = this.#flipped;
    assert.ok(error.message.includes(`sim:/${name}`), `${error.message}, but it is ${name}`);
    this.disk.overwrite(name, right);
    this.#flipped = undefined;
    this.flipsFound++;
    this.crash();
  }

  /** The store as it is for a server on etcd: some writes are not answered, done or not. */
  #unsure(store: Store, life: Life): Store {
    const lose = (): boolean =>
      this.unansweredPercent > 0 && randomInteger(life.random, 100) < this.unansweredPercent;
    const unanswered = (): StoreError => new StoreError("unavailable", "no answer in time");
    const unsure =
      <Args extends unknown[]>(write: (...args: Args) => Promise<Written>) =>
      async (...args: Args): Promise<Written> => {
        if (lose()) throw unanswered();
        const written = await write(...args);
        if (lose()) throw unanswered();
        return written;
      };
    return {
      put: unsure(store.put.bind(store)),
      delete: unsure(store.delete.bind(store)),
      get: store.get.bind(store),
      range: store.range.bind(store),
      count: store.count.bind(store),
      isStale: store.isStale.bind(store),
      history: store.history.bind(store),
      watch: store.watch.bind(store),
      revision: store.revision.bind(store),
      latest: store.latest.bind(store),
      compactedRevision: store.compactedRevision.bind(store),
      compact: store.compact.bind(store),
      pin: store.pin.bind(store),
      sizes: store.sizes.bind(store),
      close: store.close.bind(store),
    };
  }

  /** Crashes amid some operation of the disk, soon. */
  crashInWrite(operations: number): void {
    this.#fuse = operations;
  }

  /** The next sync of the disk fails. */
  failSync = false;

  async #open(life: Life): Promise<Store | undefined> {
    try {
      return await openEmbeddedStore({
        disk: this.disk,
        clock: life.clock,
        random: life.random,
        program: "0.1.0",
        fatal: () => this.crash(),
        stamp: stampOffset,
        segments: { min: 64 * 1024, max: 256 * 1024, reserve: 16 * 1024 },
        snapshots: { freedBytesMin: 64 * 1024 },
        retention: { ageMs: 60_000, events: 2_000, bytes: 4 * 1024 * 1024 },
      });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      // Whatever was done to the disk just now ends this attempt; damage that nobody has done is for the test to see.
      if (error.code === "full" || error.code === "failed") this.crash();
      else this.#mend(error);
      return undefined;
    }
  }

  #diskOptions(): ConstructorParameters<typeof SimDisk>[0] {
    const { clock, seed } = this.#options;
    const random = seededRandom(seed * 31 + this.crashes);
    return {
      delay: (operation) => {
        if (this.#fuse !== undefined && this.#fuse-- <= 0) this.crash();
        const ms = operation === "datasync" ? 1 + randomInteger(random, 4) : 0;
        return ms === 0 ? Promise.resolve() : pause(clock, ms);
      },
      fault: (operation) => {
        if (operation !== "datasync" || !this.failSync) return undefined;
        this.failSync = false;
        return "io";
      },
    };
  }
}

const pause = (clock: VirtualClock, ms: number): Promise<void> =>
  new Promise((done) => clock.after(ms, done));
