// One run of a whole cluster under faults, from a seed: the same seed gives the same run, event by event.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Client } from "../../../src/client/client.ts";
import { inProcessClient } from "../../../src/client/in-process.ts";
import { sleep } from "../../../src/lib/clock.ts";
import { randomInteger, seededRandom } from "../../../src/lib/random.ts";
import { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import { administrator } from "../../../src/main/control-plane.ts";
import { namespaces } from "../../../src/schema/resources.ts";
import { StatusError } from "../../../src/schema/status-error.ts";
import { checkObserver, checkRunning, whyNotAtRest, whyNotConverged } from "./checks.ts";
import { faults, heal, type Stage } from "./faults.ts";
import { Ledger, ledgerNamespace } from "./ledger.ts";
import { Machine } from "./machine.ts";
import { Network } from "./network.ts";
import { Observer } from "./observer.ts";
import { Server } from "./server.ts";
import { Workloads, workNamespace } from "./workloads.ts";

export type RunOptions = {
  seed: number;
  /** How long things go wrong; after that it must come to rest. */
  troubledMs?: number;
  /** Told what happens, as `17.2 s  the server is killed`. */
  tell?: (line: string) => void;
};

export type Run = {
  /** Of all that was told and of the last state: equal for equal seeds. */
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

export async function simulate(options: RunOptions): Promise<Run> {
  const { seed, troubledMs = troubledMsDefault } = options;
  const clock = new VirtualClock({ settle: turn });
  const random = seededRandom(seed);
  const hash = createHash("sha256");
  const tell = (text: string): void => {
    const line = `${(clock.monotonic() / 1000).toFixed(3)} s  ${text}`;
    hash.update(`${line}\n`);
    options.tell?.(line);
  };
  const network = new Network(clock, seed);
  const server = new Server({ clock, network, seed });
  const machines = Array.from(
    { length: machineCount },
    (_, index) => new Machine({ clock, network, seed, index }),
  );
  const stage: Stage = { clock, random, server, network, machines };
  const clientOf = (who: string): Client =>
    inProcessClient(network.lineOf(who), administrator, who);
  const over = new AbortController();
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
  };
  const observer = new Observer({ client: clientOf("observer"), clock, fail });
  const ledgers = Array.from(
    { length: ledgerCount },
    (_, i) => new Ledger(`l${i}`, clientOf("ledger"), seededRandom(seed * 17 + i)),
  );
  const workloads = new Workloads(clientOf("people"), seededRandom(seed * 23));

  const persist = async (work: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (error instanceof StatusError && error.code < 500 && error.code !== 429)
          return fail(error);
        await sleep(clock, 1_000);
      }
    }
  };
  const every = async (msMax: number, work: () => Promise<void>): Promise<void> => {
    while (!over.signal.aborted) {
      await sleep(clock, 1 + randomInteger(random, msMax));
      if (over.signal.aborted) return;
      await work().catch((error: unknown) => {
        if (error instanceof assert.AssertionError) fail(error);
      });
    }
  };

  /** Lets time pass in steps, with a look at what must always hold; the server is started whenever it is down. */
  const pass = async (ms: number): Promise<void> => {
    const end = clock.monotonic() + ms;
    while (clock.monotonic() < end && failure === undefined) {
      await clock.advance(Math.min(stepMs, end - clock.monotonic()));
      await checkRunning(machines).catch(fail);
      supervise();
    }
    if (failure !== undefined) throw failure;
  };
  let isStarting = false;
  const supervise = (): void => {
    if (server.isUp || isStarting) return;
    isStarting = true;
    tell(`the server starts, crash ${server.crashes}`);
    void server
      .start()
      .catch(fail)
      .finally(() => {
        isStarting = false;
      });
  };

  supervise();
  for (const machine of machines) machine.startAgent();
  const begun = prepare();
  async function prepare(): Promise<void> {
    const client = clientOf("people");
    for (const name of [ledgerNamespace, workNamespace])
      await persist(() =>
        client.create(namespaces, { metadata: { name }, spec: {} }).catch(ignoreExists),
      );
    await workloads.makeServices(persist);
  }
  await pass(5_000);
  await begun;
  const watching = observer.run(over.signal);
  let isCalm = false;
  const busy = [
    ...ledgers.map((ledger) => every(2_000, () => ledger.step())),
    every(5_000, () => workloads.step(persist)),
    every(14_000, async () => {
      if (isCalm) return;
      const fault = faults[randomInteger(random, faults.length)]!;
      tell(fault.name);
      fault.strike(stage);
    }),
  ];
  await pass(troubledMs);
  // A crash lets everybody look at everything again, which hides what was forgotten: the last failures come without.
  isCalm = true;
  tell("half of all writes fail, and nothing else");
  server.unansweredPercent = 30;
  await pass(unsureMs);
  over.abort();
  tell("everything is healed");
  heal(stage);
  let isDone = false;
  void Promise.all(busy).then(() => {
    isDone = true;
  });
  while (!isDone) await pass(1_000);
  await untilRest();
  await finish();
  await watching;
  return {
    fingerprint: hash.digest("hex"),
    virtualMs: clock.monotonic(),
    crashes: server.crashes,
    events: observer.events,
    flipsFound: server.flipsFound,
  };

  async function untilRest(): Promise<void> {
    const end = clock.monotonic() + restMsMax;
    const wishes = [...workloads.wishes.values()];
    for (;;) {
      const client = server.plane?.clientFor(administrator);
      const why = client
        ? ((await now(whyNotConverged(client, wishes))) ??
          (await now(whyNotAtRest(client, machines))))
        : "the server is down";
      if (why === undefined) return;
      assert.ok(clock.monotonic() < end, `not at rest ${restMsMax / 1000} s later: ${why}`);
      await pass(5_000);
    }
  }

  async function finish(): Promise<void> {
    const client = server.plane!.clientFor(administrator);
    const checks = Promise.all(ledgers.map((ledger) => ledger.check()));
    await now(checks);
    const again = new AbortController();
    const resumed = observer.run(again.signal);
    await pass(2_000);
    await now(checkObserver(client, observer));
    again.abort();
    await pass(1_000);
    await resumed;
    tell(`revision ${server.store?.revision()}`);
    server.crash();
    for (const machine of machines) machine.reboot();
  }

  /** The result of something that needs the clock to go on. */
  async function now<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = work.finally(() => {
      isOver = true;
    });
    settled.catch(() => {});
    while (!isOver) await clock.advance(10);
    return settled;
  }
}

const stepMs = 250;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

function ignoreExists(error: unknown): void {
  if (!(error instanceof StatusError) || error.code !== 409) throw error;
}
