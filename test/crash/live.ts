import assert from "node:assert/strict";
import { type Random, randomInteger, seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { SimDisk } from "../../src/store/sim-disk.ts";
import type { Store, Watch } from "../../src/store/store.ts";
import { Chronicle, type OpenEmbedded, randomWrite, smallStore, type Tried } from "../store/lab.ts";
import { shape } from "../store/values.ts";

/** A watch, and what it should have seen. */
type Watched = { watch: Watch; prefix: string; after: number; seen: number[] };

/**
 * Runs a store under concurrent random writes, reads of the past, pages, watches and restarts, and
 * compares every answer with the order that the store itself announced. Throws at the first that
 * does not fit.
 */
export async function checkLive(open: OpenEmbedded, seed: number, bursts: number): Promise<void> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const chronicle = new Chronicle();
  const disk = new SimDisk({ delay: () => jitter(random) });
  const unexpected = (error: Error): void => {
    throw error;
  };
  for (let life = 0; life < 3; life++) {
    const store = await open(smallStore(disk, clock, unexpected));
    const all = store.watch({ prefix: "", afterRevision: chronicle.last });
    const watches: Watched[] = [];
    for (let burst = 0; burst < bursts; burst++) {
      const tried = await writeBurst(store, random, watches);
      const read = all.read();
      assert.ok(read.ok, "the watch of everything fell behind");
      for (const event of read.events) chronicle.note(event);
      assert.equal(store.revision(), chronicle.last);
      for (const each of tried) checkAnswer(each, chronicle);
      checkRead(store, chronicle, random);
      if (randomInteger(random, 3) === 0) drain(watches, chronicle, random);
      await clock.advance(randomInteger(random, 60));
    }
    drain(watches, chronicle, random, true);
    await checkMemory(store, clock);
    await store.close();
  }
}

async function writeBurst(store: Store, random: Random, watches: Watched[]): Promise<Tried[]> {
  return Promise.all(
    Array.from({ length: 1 + randomInteger(random, 6) }, async () => {
      await jitter(random);
      if (randomInteger(random, 6) === 0) watches.push(openWatch(store, random));
      const tried = await randomWrite(store, random);
      const { written } = tried;
      if (written.ok) assert.ok(store.revision() >= written.revision, "answered before readable");
      return tried;
    }),
  );
}

/** Whether one order of all writes explains the answer: the order of their revisions. */
function checkAnswer({ key, verb, expected, from, to, written }: Tried, chronicle: Chronicle) {
  if (written.ok) {
    const { revision } = written;
    assert.ok(revision > from && revision <= to, `revision ${revision} outside ${from}..${to}`);
    const before = revisionIn(chronicle.at(revision - 1, key));
    if (expected !== "any") assert.equal(before, expected, `condition of ${revision}`);
    if (verb === "delete") assert.notEqual(before, 0, `deletion of nothing at ${revision}`);
    return;
  }
  const current = shape(written.current);
  for (let revision = from; revision <= to; revision++) {
    if (chronicle.at(revision, key) !== current) continue;
    const is = revisionIn(current);
    const why = is === 0 ? "absent" : expected === 0 ? "exists" : "stale";
    assert.equal(written.why, why);
    if (expected !== "any") assert.notEqual(is, expected || (verb === "put" ? 0 : -1));
    return;
  }
  assert.fail(`${verb} ${key} was refused because of "${current}", never so in ${from}..${to}`);
}

function checkRead(store: Store, chronicle: Chronicle, random: Random): void {
  const oldest = Math.max(store.compactedRevision(), 1);
  const revision = oldest + randomInteger(random, store.revision() - oldest + 1);
  const prefix = ["", "/k0/", "/k1/", "/k1"][randomInteger(random, 4)]!;
  const limit = randomInteger(random, 5);
  const wanted = chronicle.state(revision, prefix);
  const told: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = store.range(prefix, { revision, limit, after });
    assert.ok(page.ok);
    told.push(...page.entries.map((entry) => shape(entry)));
    assert.equal(page.remaining, wanted.length - told.length, "remaining");
    after = page.entries.at(-1)?.key;
    if (page.remaining === 0) break;
  }
  assert.deepEqual(told, wanted, `${prefix} at ${revision}`);
  assert.equal(store.count(prefix), chronicle.state(store.revision(), prefix).length);
  if (oldest > 1) assert.equal(store.range("", { revision: oldest - 1 }).ok, false);
}

/** Once the past is forgotten, only the newest values are held. */
async function checkMemory(store: Store, clock: VirtualClock): Promise<void> {
  const compacted = store.compact(store.revision());
  await clock.advance(1000);
  await compacted;
  const range = store.range("");
  assert.ok(range.ok);
  const bytes = range.entries.reduce((sum, entry) => sum + entry.value.length, 0);
  const { keys, liveBytes, heldBytes, historyEvents } = store.sizes();
  const wanted = { keys: range.entries.length, liveBytes: bytes, heldBytes: bytes };
  assert.deepEqual({ keys, liveBytes, heldBytes }, wanted);
  assert.equal(historyEvents, 0);
}

function openWatch(store: Store, random: Random): Watched {
  const prefix = ["", "/k0/", "/k1/", "/k"][randomInteger(random, 4)]!;
  const oldest = Math.max(store.compactedRevision(), 1);
  const after = oldest + randomInteger(random, store.revision() - oldest + 1);
  return { watch: store.watch({ prefix, afterRevision: after }), prefix, after, seen: [] };
}

/** Reads on: in order, each once, none left out; ends of what was compacted may only be told. */
function drain(watches: Watched[], chronicle: Chronicle, random: Random, all = false): void {
  for (const watched of watches.splice(0)) {
    const { watch, prefix, after, seen } = watched;
    const read = watch.read(all ? undefined : 1 + randomInteger(random, 20));
    if (!read.ok) {
      assert.equal(read.why, "compacted");
      assert.ok(read.compactedRevision > (seen.at(-1) ?? after), "cut off without need");
      continue;
    }
    for (const event of read.events) chronicle.checkEvent(event);
    seen.push(...read.events.map((event) => event.revision));
    assert.deepEqual(seen, chronicle.revisions(prefix, after, watch.revision), `watch ${prefix}`);
    if (randomInteger(random, 8) === 0) watch.close();
    else watches.push(watched);
  }
}

const revisionIn = (told: string): number => Number(/ modified (\d+) /.exec(told)?.[1] ?? 0);

async function jitter(random: Random): Promise<void> {
  for (let turns = randomInteger(random, 12); turns > 0; turns--) await undefined;
}
