// One run of a whole cluster under faults, from a seed: the same seed gives the same run, event by event.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Client } from "../../../src/client/client.ts";
import { inProcessClient } from "../../../src/client/in-process.ts";
import { sleep } from "../../../src/lib/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../../src/lib/random.ts";
import { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import { administrator } from "../../../src/main/control-plane.ts";
import { namespaces } from "../../../src/schema/resources.ts";
import { StatusError } from "../../../src/schema/status-error.ts";
import { checkObserver, checkRunning, whyNotAtRest, whyNotConverged } from "./checks.ts";
import type { Stage } from "./faults.ts";
import { Ledger, ledgerNamespace } from "./ledger.ts";
import { Machine } from "./machine.ts";
import { Network } from "./network.ts";
import { Observer } from "./observer.ts";
import type { ServerProcess } from "./plane.ts";
import { ownSite, type Site, sharedSite } from "./sites.ts";
import { Workloads, workNamespace } from "./workloads.ts";

export type RunOptions = {
  seed: number;
  /** How long things go wrong; after that it must come to rest. */
  troubledMs?: number;
  /** Servers on one etcd; left out: one with a disk of its own. */
  servers?: number;
  /** Told what happens, as `17.2 s  the server is killed`. */
  tell?: (line: string) => void;
};

export type Run = {
  /** Of all that was told, of all requests and of the last state: equal for equal seeds. */
  fingerprint: string;
  virtualMs: number;
  crashes: number;
  events: number;
  /** Bits that had changed on the disk, and were found. */
  flipsFound: number;
};

const machineCount = 3;
const ledgerCount = 6;
const troubledMsDefault = 180_000;
/** At the end of the trouble. */
const unsureMs = 20_000;
/** Backoffs and evictions of nodes take their time. */
const restMsMax = 1_500_000;

export const simulate = (options: RunOptions): Promise<Run> => new Simulation(options).run();

class Simulation {
  readonly #options: RunOptions;
  readonly #clock = new VirtualClock({ settle: turn });
  readonly #hash = createHash("sha256");
  readonly #random: Random;
  readonly #network: Network;
  readonly #site: Site;
  readonly #machines: readonly Machine[];
  readonly #observer: Observer;
  readonly #ledgers: readonly Ledger[];
  readonly #workloads: Workloads;
  /** Aborted when nobody asks for anything any more. */
  readonly #over = new AbortController();
  /** The first that did not hold. */
  #failure: unknown;
  readonly #starting = new Set<ServerProcess>();
  #isCalm = false;

  constructor(options: RunOptions) {
    const { seed } = options;
    const clock = this.#clock;
    this.#options = options;
    this.#random = seededRandom(seed);
    const network = new Network(clock, seed);
    network.onRequest = (line) => void this.#hash.update(line);
    this.#network = network;
    const parts = { clock, network, seed, fail: this.#fail };
    this.#site = options.servers ? sharedSite(parts, options.servers) : ownSite(parts);
    this.#machines = Array.from(
      { length: machineCount },
      (_, index) => new Machine({ clock, network, seed, index }),
    );
    this.#observer = new Observer({ client: this.#client("observer"), clock, fail: this.#fail });
    this.#ledgers = Array.from(
      { length: ledgerCount },
      (_, i) => new Ledger(`l${i}`, this.#client("ledger"), seededRandom(seed * 17 + i)),
    );
    this.#workloads = new Workloads(this.#client("people"), seededRandom(seed * 23));
  }

  async run(): Promise<Run> {
    this.#supervise();
    for (const machine of this.#machines) machine.startAgent();
    const begun = this.#prepare();
    await this.#pass(5_000);
    await begun;
    const watching = this.#observer.run(this.#over.signal);
    await this.#trouble();
    await this.#untilRest();
    await this.#finish();
    await watching;
    return {
      fingerprint: this.#hash.digest("hex"),
      virtualMs: this.#clock.monotonic(),
      crashes: this.#crashes,
      events: this.#observer.events,
      flipsFound: this.#site.flipsFound(),
    };
  }

  async #prepare(): Promise<void> {
    const client = this.#client("people");
    for (const name of [ledgerNamespace, workNamespace])
      await this.#persist(() =>
        client.create(namespaces, { metadata: { name }, spec: {} }).catch(ignoreExists),
      );
    await this.#workloads.makeServices(this.#persist);
  }

  async #trouble(): Promise<void> {
    const { troubledMs = troubledMsDefault } = this.#options;
    const busy = [
      ...this.#ledgers.map((ledger) => this.#every(2_000, () => this.#useLedger(ledger))),
      this.#every(5_000, () => this.#workloads.step(this.#persist)),
      this.#every(14_000, async () => this.#strike()),
    ];
    await this.#pass(troubledMs);
    // A crash lets everybody look at everything again, which hides what was forgotten: the last failures come without.
    this.#isCalm = true;
    this.#tell("half of all writes fail, and nothing else");
    this.#site.loseAnswers(30);
    await this.#pass(unsureMs);
    this.#over.abort();
    this.#tell("everything is healed");
    this.#site.heal(this.#stage);
    let isDone = false;
    void Promise.all(busy).then(() => {
      isDone = true;
    });
    while (!isDone) await this.#pass(1_000);
  }

  #strike(): void {
    if (this.#isCalm) return;
    this.#tell(this.#site.strike(this.#stage));
  }

  /** Of several servers another one may be asked each time: what one has acknowledged, the next one must know. */
  async #useLedger(ledger: Ledger): Promise<void> {
    if (this.#site.servers.length > 1) await ledger.check();
    await ledger.step();
  }

  async #untilRest(): Promise<void> {
    const clock = this.#clock;
    const end = clock.monotonic() + restMsMax;
    const wishes = [...this.#workloads.wishes.values()];
    for (;;) {
      const client = this.#up?.plane?.clientFor(administrator);
      const why = client
        ? ((await this.#now(whyNotConverged(client, wishes))) ??
          (await this.#now(whyNotAtRest(client, this.#machines))))
        : "the server is down";
      if (why === undefined) return;
      assert.ok(clock.monotonic() < end, `not at rest ${restMsMax / 1000} s later: ${why}`);
      await this.#pass(5_000);
    }
  }

  async #finish(): Promise<void> {
    const server = this.#up!;
    const client = server.plane!.clientFor(administrator);
    await this.#now(Promise.all(this.#ledgers.map((ledger) => ledger.check())));
    const again = new AbortController();
    const resumed = this.#observer.run(again.signal);
    await this.#pass(2_000);
    await this.#now(checkObserver(client, this.#observer));
    again.abort();
    await this.#pass(1_000);
    await resumed;
    this.#tell(`revision ${server.store?.revision()}`);
    for (const each of this.#site.servers) each.crash();
    for (const machine of this.#machines) machine.reboot();
  }

  /** Any that serves. */
  get #up(): ServerProcess | undefined {
    return this.#site.servers.find(({ isUp }) => isUp);
  }

  get #crashes(): number {
    return this.#site.servers.reduce((sum, { crashes }) => sum + crashes, 0);
  }

  get #stage(): Stage {
    return {
      clock: this.#clock,
      random: this.#random,
      network: this.#network,
      machines: this.#machines,
    };
  }

  #client(who: string): Client {
    return inProcessClient(this.#network.lineOf(who), administrator, who);
  }

  #tell(text: string): void {
    const line = `${(this.#clock.monotonic() / 1000).toFixed(3)} s  ${text}`;
    this.#hash.update(`${line}\n`);
    this.#options.tell?.(line);
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= error;
  };

  /** Asks again until it is done, or refused for good. */
  readonly #persist = async (work: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (error instanceof StatusError && error.code < 500 && error.code !== 429)
          return this.#fail(error);
        await sleep(this.#clock, 1_000);
      }
    }
  };

  async #every(msMax: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await sleep(this.#clock, 1 + randomInteger(this.#random, msMax));
      if (signal.aborted) return;
      await work().catch((error: unknown) => {
        if (error instanceof assert.AssertionError) this.#fail(error);
      });
    }
  }

  /** Lets time pass in steps, with a look at what must always hold; the server is started whenever it is down. */
  async #pass(ms: number): Promise<void> {
    const clock = this.#clock;
    const end = clock.monotonic() + ms;
    while (clock.monotonic() < end && this.#failure === undefined) {
      await clock.advance(Math.min(stepMs, end - clock.monotonic()));
      await checkRunning(this.#machines).catch(this.#fail);
      this.#supervise();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #supervise(): void {
    for (const server of this.#site.servers) {
      if (server.isUp || this.#starting.has(server)) continue;
      this.#starting.add(server);
      this.#tell(`the server starts, crash ${server.crashes}`);
      void server
        .start()
        .catch(this.#fail)
        .finally(() => this.#starting.delete(server));
    }
  }

  /** The result of something that needs the clock to go on. */
  async #now<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = work.finally(() => {
      isOver = true;
    });
    settled.catch(() => {});
    while (!isOver) await this.#clock.advance(10);
    return settled;
  }
}

const stepMs = 250;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

function ignoreExists(error: unknown): void {
  if (!(error instanceof StatusError) || error.code !== 409) throw error;
}
