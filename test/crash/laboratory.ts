import assert from "node:assert/strict";
import { randomInteger, seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { type LogRecord, readRecord } from "../../src/store/record.ts";
import { SimDisk, type SimDiskOptions } from "../../src/store/sim-disk.ts";
import type { Store, StoreError } from "../../src/store/store.ts";
import { type OpenEmbedded, randomWrite, smallStore } from "../store/lab.ts";
import { bytes, mustPut, text } from "../store/values.ts";
import { checkLive } from "./live.ts";
import { checkCrashStates } from "./states.ts";

/** One experiment with a seed; throws when the store does what it must not. */
export type Experiment = (open: OpenEmbedded, seed: number) => Promise<void>;

export const experiments: Readonly<Record<string, Experiment>> = {
  live: (open, seed) => checkLive(open, seed, 40),
  crash: async (open, seed) => {
    await checkCrashStates({ open, seed, bursts: 40, variants: 1 });
  },
  flips: checkFlips,
  full: checkFull,
  "failed sync": checkFailedSync,
  "many keys": checkManyKeys,
  tampering: checkTampering,
};

/** A flipped bit is refused as damage, or was where nothing is stored. */
async function checkFlips(open: OpenEmbedded, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const disk = new SimDisk();
  const store = await open(smallStore(disk, new VirtualClock(), unexpected));
  for (let i = 0; i < 30; i++) await randomWrite(store, random);
  const told = stateOf(store);
  await store.close();
  for (let i = 0; i < 60; i++) {
    const damaged = disk.copy();
    const names = damaged.names.filter((name) => /^(log|snapshot|manifest)/.test(name));
    const name = names[randomInteger(random, names.length)]!;
    const contents = damaged.contents(name);
    const end = contents.findLastIndex((byte) => byte !== 0) + 1;
    const at = randomInteger(random, end);
    contents[at]! ^= 1 << randomInteger(random, 8);
    damaged.overwrite(name, contents);
    const opened = await open(smallStore(damaged, new VirtualClock(), unexpected)).catch(
      (error: StoreError) => assert.match(error.code, /^(damaged|format)$/, `${error}`),
    );
    if (!opened) continue;
    assert.equal(stateOf(opened), told, `bit of byte ${at} of ${name}`);
    await opened.close();
  }
}

/** A disk that is full at times: nothing acknowledged is lost, deletions go on, it recovers. */
async function checkFull(open: OpenEmbedded, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  let refuse = false;
  const options: SimDiskOptions = {
    capacityBytes: 22_000 + randomInteger(random, 6000),
    // Some file systems find out in the write itself, even where there was space.
    fault(operation, name) {
      if (!refuse || operation !== "write" || !name.startsWith("log")) return undefined;
      refuse = false;
      return "full";
    },
  };
  const disk = new SimDisk(options);
  const store = await open(smallStore(disk, clock, unexpected));
  const model = new Map<string, string>();
  let refusals = 0;
  const write = async (i: number): Promise<void> => {
    const key = `/k${i % 25}`;
    const value = `${i} ${"x".repeat(700)}`;
    try {
      if ((await store.put(key, bytes(value), "any")).ok) model.set(key, value);
    } catch (error) {
      assert.equal((error as StoreError).code, "full", `${error}`);
      refusals++;
    }
  };
  for (let i = 0; i < 60; i += 2) {
    await Promise.all([write(i), write(i + 1)]);
    await clock.advance(20);
  }
  assert.ok(refusals > 0, "the disk never got full");
  const [gone] = model.keys();
  assert.ok((await store.delete(gone!, "any")).ok, "a deletion was refused");
  model.delete(gone!);
  checkModel(store, model);
  options.capacityBytes = 1_000_000;
  await clock.advance(5000);
  await mustPut(store, "/after", "1", 0);
  refuse = true;
  const refused = await store.put("/refused", bytes("1"), 0).catch(() => undefined);
  refuse = false;
  assert.equal(refused, undefined, "a refused write was acknowledged");
  disk.halt();
  const again = await open(smallStore(disk.copy(), new VirtualClock(), unexpected));
  assert.equal(again.get("/refused"), undefined, "a refused write came back");
  checkModel(again, model.set("/after", "1"));
  await mustPut(again, "/after", "2", "any");
  await again.close();
}

/** A failed sync ends the store, and what was not acknowledged is not shown. */
async function checkFailedSync(open: OpenEmbedded, seed: number): Promise<void> {
  const random = seededRandom(seed);
  let left = Number.POSITIVE_INFINITY;
  const disk = new SimDisk({
    fault: (operation, name) =>
      operation === "datasync" && name.startsWith("log") && left-- === 0 ? "io" : undefined,
  });
  let died = 0;
  const fatal = (): void => void died++;
  const store = await open(smallStore(disk, new VirtualClock(), fatal));
  left = randomInteger(random, 5);
  let failures = 0;
  for (let i = 0; i < 8; i++) {
    const shown = store.revision();
    await mustPut(store, "/a", `${i}`, "any").catch((error: StoreError) => {
      assert.equal(error.code, "failed", `${error}`);
      assert.equal(store.revision(), shown);
      failures++;
    });
  }
  assert.ok(failures > 0 && died === 1, `${failures} writes failed, ended ${died} times`);
}

/** More keys than are visited in one go, through a snapshot and a restart. */
async function checkManyKeys(open: OpenEmbedded, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const disk = new SimDisk();
  const clock = new VirtualClock();
  const store = await open(smallStore(disk, clock, unexpected));
  const model = new Map<string, string>();
  for (let i = 0; i < 1200; i++) {
    const key = `/k${randomInteger(random, 300)}`;
    // Long enough that chunks of memory fill up and are emptied again.
    const value = `${i} ${"x".repeat(400)}`;
    await mustPut(store, key, value, "any");
    model.set(key, value);
    if (i % 50 === 0) await clock.advance(100);
  }
  checkModel(store, model);
  await store.close();
  assert.ok(disk.names.some((name) => name.startsWith("snapshot-")));
  const again = await open(smallStore(disk, clock, unexpected));
  checkModel(again, model);
  await again.close();
}

/** Bytes that went elsewhere: a wiped sector, a lost, repeated or older record. All are refused. */
async function checkTampering(open: OpenEmbedded, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const disk = await logOf(open, "x");
  const name = disk.names.findLast((each) => each.startsWith("log-"))!;
  const contents = Buffer.from(disk.contents(name));
  const records: LogRecord[] = [];
  for (let at = 512; ; at = records.at(-1)!.end) {
    const record = readRecord(contents, at);
    if ("bad" in record) break;
    records.push(record);
  }
  // Behind the victim a whole record must be left: wiped to its end a log looks torn.
  const victim = randomInteger(random, records.length - 4);
  const { start, end } = records[victim]!;
  const other = Buffer.from((await logOf(open, "y")).contents(name));
  const next = records[victim + 1]!;
  const tail = Buffer.alloc(1024);
  const tampered: Record<string, Buffer> = {
    "a wiped sector": Buffer.from(contents).fill(
      0,
      start - (start % 512) + 512,
      start - (start % 512) + 1024,
    ),
    "a record of another history": Buffer.from(contents).fill(
      other.subarray(start, end),
      start,
      end,
    ),
    "a lost record": Buffer.concat([contents.subarray(0, start), contents.subarray(end), tail]),
    "a repeated record": Buffer.concat([contents.subarray(0, end), contents.subarray(start)]),
    "an older record": Buffer.from(contents).fill(
      contents.subarray(start, end),
      next.start,
      next.end,
    ),
  };
  for (const [how, bytes] of Object.entries(tampered)) {
    const copy = disk.copy();
    copy.overwrite(name, bytes.subarray(0, contents.length));
    const opened = open(smallStore(copy, new VirtualClock(), unexpected));
    await assert.rejects(opened, { code: "damaged" }, `${how} was accepted`);
  }
}

async function logOf(open: OpenEmbedded, letter: string): Promise<SimDisk> {
  const disk = new SimDisk();
  const store = await open(smallStore(disk, new VirtualClock(), unexpected));
  for (let i = 0; i < 9; i++) await mustPut(store, `/k${i % 3}`, letter.repeat(300), "any");
  await store.close();
  return disk;
}

function checkModel(store: Store, model: ReadonlyMap<string, string>): void {
  for (const [key, value] of model) assert.equal(text(store.get(key)), value, key);
  assert.equal(store.count(""), model.size);
}

function stateOf(store: Store): string {
  const range = store.range("");
  assert.ok(range.ok);
  return range.entries.map((entry) => `${entry.key}@${entry.modRevision}=${text(entry)}`).join();
}

function unexpected(error: Error): void {
  throw error;
}
