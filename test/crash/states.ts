import assert from "node:assert/strict";
import { type Random, randomInteger, seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { SimDisk } from "../../src/store/sim-disk.ts";
import type { Store } from "../../src/store/store.ts";
import {
  Chronicle,
  historyEvents,
  type OpenEmbedded,
  randomWrite,
  smallStore,
} from "../store/lab.ts";
import { mustPut, text } from "../store/values.ts";

export type CrashRun = {
  open: OpenEmbedded;
  /** Decides the writes, their timing, and what each crash leaves. */
  seed: number;
  /** Bursts of writes. */
  bursts: number;
  /** Crashes that are tried after each operation of the disk. */
  variants: number;
};

/** What a crash left, and what had been promised by then. */
type CrashState = { disk: SimDisk; promised: number; compacted: number; after: string };

/**
 * Writes at random to a store, and after each operation of its disk puts aside what a crash at that
 * moment could leave. Then opens each of these states: no promised write may be lost, and all that is
 * there must be what was written. Returns the number of states. Throws at the first that is wrong.
 */
export async function checkCrashStates(run: CrashRun): Promise<number> {
  const random = seededRandom(run.seed);
  const { states, chronicle } = await collectStates(run, random);
  for (const state of states) {
    try {
      await checkState(run.open, state, chronicle, random);
    } catch (cause) {
      const { after, promised } = state;
      const told = `seed ${run.seed}: crash after ${after}, revision ${promised} promised`;
      throw new Error(`${told}: ${(cause as Error).message}`, { cause });
    }
  }
  return states.length;
}

async function collectStates(
  { open, bursts, variants }: CrashRun,
  random: Random,
): Promise<{ states: CrashState[]; chronicle: Chronicle }> {
  const states: CrashState[] = [];
  const chronicle = new Chronicle();
  const clock = new VirtualClock();
  let store: Store | undefined;
  const disk = new SimDisk({
    delay: () => jitter(random),
    observe(operation, name) {
      const promised = Math.max(store?.revision() ?? 1, acknowledged);
      const compacted = store?.compactedRevision() ?? 0;
      const after = `${operation} ${name}`;
      for (let i = 0; i < variants; i++)
        states.push({ disk: disk.crashed(random), promised, compacted, after });
      if (randomInteger(random, 8) === 0)
        states.push({ disk: disk.copy(), promised, compacted, after });
    },
  });
  let acknowledged = 1;
  store = await open(smallStore(disk, clock, unexpected));
  const watch = store.watch({ prefix: "", afterRevision: 1 });
  for (let burst = 0; burst < bursts; burst++) {
    const writes = Array.from({ length: 1 + randomInteger(random, 5) }, async () => {
      await jitter(random);
      const { written } = await randomWrite(store, random);
      if (written.ok) acknowledged = Math.max(acknowledged, written.revision);
    });
    await Promise.all(writes);
    const read = watch.read();
    assert.ok(read.ok);
    for (const event of read.events) chronicle.note(event);
    await clock.advance(randomInteger(random, 60));
  }
  await store.close();
  assert.equal(acknowledged, chronicle.last, "an acknowledged write was not announced");
  return { states, chronicle };
}

async function checkState(
  open: OpenEmbedded,
  state: CrashState,
  chronicle: Chronicle,
  random: Random,
): Promise<void> {
  let { disk } = state;
  // One in four crashes again while it starts.
  if (randomInteger(random, 4) === 0) disk = await crashAtStart(open, disk, random);
  const store = await open(smallStore(disk, new VirtualClock(), unexpected));
  assert.ok(store.revision() >= state.promised, `only revision ${store.revision()} is there`);
  const compacted = Math.max(state.compacted, store.revision() - historyEvents);
  assert.ok(store.compactedRevision() <= compacted, "history was lost");
  chronicle.check(store);
  await writeOn(store, disk, open);
}

/** The store must take writes as before, and have them when it is opened again. */
async function writeOn(store: Store, disk: SimDisk, open: OpenEmbedded): Promise<void> {
  const before = store.revision();
  const keys = store.count("");
  assert.equal(await mustPut(store, "/new", "1", 0), before + 1);
  await mustPut(store, "/new", "2", before + 1);
  disk.halt();
  const again = await open(smallStore(disk.crashedClean(), new VirtualClock(), unexpected));
  assert.equal(again.revision(), before + 2, "revision after writing on");
  assert.equal(text(again.get("/new")), "2");
  assert.equal(again.count(""), keys + 1);
  await again.close();
}

/** Opens the store, stops after some operation of the disk, and gives what a crash there left. */
async function crashAtStart(open: OpenEmbedded, disk: SimDisk, random: Random): Promise<SimDisk> {
  const crash = Promise.withResolvers<SimDisk>();
  let left = randomInteger(random, 12);
  const starting = disk.copy({
    observe() {
      if (left-- !== 0) return;
      crash.resolve(starting.crashed(random));
      starting.halt();
    },
  });
  const opened = open(smallStore(starting, new VirtualClock(), unexpected)).then(async (store) => {
    await store.close();
    return starting.crashed(random);
  });
  return Promise.race([crash.promise, opened]);
}

async function jitter(random: Random): Promise<void> {
  for (let turns = randomInteger(random, 12); turns > 0; turns--) await undefined;
}

function unexpected(error: Error): void {
  throw error;
}
