import assert from "node:assert/strict";
import { test } from "node:test";
import { Chronicle, randomWrite, smallStore } from "../../test/store/lab.ts";
import { mustPut, text } from "../../test/store/values.ts";
import type { DiskErrorCode } from "../lib/disk.ts";
import { seededRandom } from "../lib/random.ts";
import { VirtualClock } from "../lib/virtual-clock.ts";
import { openEmbeddedStore } from "./embedded.ts";
import { SimDisk, type SimDiskOptions } from "./sim-disk.ts";
import type { Store, StoreError } from "./store.ts";

type Opened = { store: Store; disk: SimDisk; clock: VirtualClock; died: StoreError[] };

async function open(disk: SimDisk, clock = new VirtualClock()): Promise<Opened> {
  const died: StoreError[] = [];
  const fatal = (error: Error): void => void died.push(error as StoreError);
  return { store: await openEmbeddedStore(smallStore(disk, clock, fatal)), disk, clock, died };
}

/** Writes at random for a while and closes; gives what happened. */
async function filled(writes: number, seed = 1): Promise<{ disk: SimDisk; chronicle: Chronicle }> {
  const { store, disk, clock } = await open(new SimDisk());
  const chronicle = new Chronicle();
  const watch = store.watch({ prefix: "", afterRevision: 1 });
  const random = seededRandom(seed);
  for (let i = 0; i < writes; i++) {
    await Promise.all([randomWrite(store, random), randomWrite(store, random)]);
    const read = watch.read();
    assert.ok(read.ok);
    for (const event of read.events) chronicle.note(event);
    await clock.advance(20);
  }
  await store.close();
  return { disk, chronicle };
}

test("what was written is there after a restart, with its history", async () => {
  const { disk, chronicle } = await filled(20);
  const { store } = await open(disk.copy());
  chronicle.check(store);
  assert.equal(store.revision(), chronicle.last);
  assert.ok(store.sizes().historyEvents > 0);
  await store.close();
});

test("snapshots bound the log, and a restart from one gives the same", async () => {
  const { disk, chronicle } = await filled(600);
  assert.ok(
    disk.names.some((name) => name.startsWith("snapshot-")),
    `${disk.names}`,
  );
  assert.ok(disk.usedBytes < 120_000, `${disk.usedBytes} bytes`);
  const { store, clock } = await open(disk);
  chronicle.check(store);
  assert.equal(store.revision(), chronicle.last);
  await clock.advance(1);
  assert.equal(store.sizes().diskBytes, disk.usedBytes - disk.contents("manifest").length);
  await store.close();
  const again = await open(disk);
  chronicle.check(again.store);
  await again.store.close();
});

test("one process at a time", async () => {
  const { store, disk } = await open(new SimDisk());
  await assert.rejects(open(disk), { code: "locked" });
  await store.close();
  const { store: next } = await open(disk);
  await next.close();
});

test("writes that wait for the disk share a sync, and are not seen before it", async () => {
  let syncs = 0;
  const disk = new SimDisk({
    observe: (operation, name) => {
      if (operation === "datasync" && name === "log-000000000001") syncs++;
    },
  });
  const { store } = await open(disk);
  const first = mustPut(store, "/a", "1", 0);
  const rest = Array.from({ length: 10 }, (_, i) => mustPut(store, `/b${i}`, "1", 0));
  assert.equal(store.get("/a"), undefined);
  await Promise.all([first, ...rest]);
  assert.equal(syncs, 1);
  await store.close();
});

/** How each file of a store is damaged, and what the message must name. */
const damages: [string, (disk: SimDisk) => void, RegExp, string][] = [
  ["a missing manifest", remove("manifest"), /sim:\/manifest is missing/, "damaged"],
  ["an altered manifest", flip("manifest", 30), /manifest: damaged at offset 0/, "damaged"],
  ["a missing snapshot", remove("snapshot-"), /snapshot-\d+ is missing/, "damaged"],
  ["an altered snapshot", flip("snapshot-", 700), /snapshot-\d+: damaged at offset \d+/, "damaged"],
  ["a snapshot cut short", cut("snapshot-", 600), /snapshot-\d+: damaged at offset/, "damaged"],
  ["a missing segment", remove("log-"), /log-\d+ is missing/, "damaged"],
  ["a missing last segment", removeLast("log-"), /log-\d+ is missing/, "damaged"],
  ["a segment cut short", cut("log-", 2000), /log-\d+ has 2000 bytes instead of/, "damaged"],
  ["an altered segment header", flip("log-", 40), /log-\d+: damaged at offset 0/, "damaged"],
  ["an altered record", flip("log-", 900), /log-\d+: damaged at offset \d+/, "damaged"],
  [
    "a segment of a later format",
    format("log-"),
    /format 2, written by coxswain 9\.9\.9/,
    "format",
  ],
  ["a manifest of a later format", format("manifest"), /format 2, .* 9\.9\.9 or later/, "format"],
];

test("damage is refused with its place, and nothing is changed", async () => {
  const { disk } = await filled(300);
  for (const [name, damage, message, code] of damages) {
    const damaged = disk.copy();
    damage(damaged);
    const before = damaged.names;
    await assert.rejects(open(damaged), { name: "StoreError", code, message }, name);
    assert.deepEqual(damaged.names, before, name);
    await assert.rejects(open(damaged), { code }, `${name}, once more`);
  }
});

test("no flipped bit in the log is taken for a torn end", async () => {
  const { disk, chronicle } = await filled(30);
  const random = seededRandom(3);
  const [last] = disk.names.filter((name) => name.startsWith("log-")).slice(-1);
  const end = written(disk, last!);
  for (let i = 0; i < 400; i++) {
    const damaged = disk.copy();
    const at = 512 + Math.floor(random.float() * (end - 512));
    flip(last!, at, 1 << (i % 8))(damaged);
    await assert.rejects(open(damaged), { code: "damaged" }, `bit ${i % 8} of byte ${at}`);
  }
  const { store } = await open(disk);
  chronicle.check(store);
  await store.close();
});

test("a failed sync ends the store: nothing is acknowledged, nothing tried again", async () => {
  let failing = false;
  const options: SimDiskOptions = {
    fault: (operation) => (failing && operation === "datasync" ? "io" : undefined),
  };
  const { store, died } = await open(new SimDisk(options));
  await mustPut(store, "/a", "1", 0);
  failing = true;
  const watch = store.watch({ prefix: "", afterRevision: 2 });
  const tries = [mustPut(store, "/b", "1", 0), mustPut(store, "/c", "1", 0)];
  for (const each of tries) await assert.rejects(each, { code: "failed" });
  failing = false;
  await assert.rejects(mustPut(store, "/d", "1", 0), { code: "failed" });
  assert.deepEqual(
    died.map((error) => error.code),
    ["failed"],
  );
  assert.equal(store.get("/b"), undefined);
  assert.deepEqual(watch.read(), { ok: true, events: [] });
  await store.close();
});

test("a full disk refuses writes, takes deletions, and recovers by itself", async () => {
  const options: SimDiskOptions = { capacityBytes: 24_000 };
  const { store, disk, clock, died } = await open(new SimDisk(options));
  const body = "x".repeat(700);
  let count = 0;
  await assert.rejects(
    async () => {
      for (; count < 100; count++) await mustPut(store, `/${count}`, body, 0);
    },
    { code: "full", message: /disk .* is full/ },
  );
  assert.ok(count > 5, `${count} writes`);
  await assert.rejects(mustPut(store, "/more", body, 0), { code: "full" });
  assert.equal(store.count(""), count);
  for (let i = 0; i < 10; i++) assert.ok((await store.delete(`/${i}`, "any")).ok);
  await clock.advance(5000);
  await assert.rejects(mustPut(store, "/more", body, 0), { code: "full" });
  const restarted = await open(disk.copy(options));
  assert.equal(restarted.store.count(""), count - 10);
  await restarted.store.close();
  options.capacityBytes = 100_000;
  await clock.advance(2000);
  await mustPut(store, "/more", body, 0);
  assert.deepEqual(died, []);
  await store.close();
  const last = await open(disk.copy());
  assert.equal(last.store.count(""), count - 9);
  await last.store.close();
});

test("a disk that gets full in the middle of a write loses nothing", async () => {
  let refuse: DiskErrorCode | undefined;
  const fault = (operation: string): DiskErrorCode | undefined =>
    operation === "write" ? refuse : undefined;
  const { store, disk, clock } = await open(new SimDisk({ fault }));
  await mustPut(store, "/a", "1", 0);
  const put = mustPut(store, "/b", "1", 0);
  refuse = "full";
  await Promise.resolve();
  setImmediate(() => {
    refuse = undefined;
  });
  await put.catch((error) => assert.match(error.code, /full|failed/));
  await clock.advance(3000);
  await store.close();
  const again = await open(disk.copy());
  assert.equal(text(again.store.get("/a")), "1");
  await again.store.close();
});

test("a disk without space for a new store, and one that cannot be written, say so", async () => {
  await assert.rejects(open(new SimDisk({ capacityBytes: 3000 })), {
    code: "full",
    message: /make some space on that disk/,
  });
  const fault = (operation: string): DiskErrorCode | undefined =>
    ["create", "write"].includes(operation) ? "readonly" : undefined;
  await assert.rejects(open(new SimDisk({ fault })), {
    code: "failed",
    message: /readonly.*make the folder writable/,
  });
});

function remove(prefix: string) {
  return (disk: SimDisk): void => disk.overwrite(fileOf(disk, prefix), undefined);
}

function removeLast(prefix: string) {
  return (disk: SimDisk): void =>
    disk.overwrite(disk.names.findLast((name) => name.startsWith(prefix))!, undefined);
}

function cut(prefix: string, length: number) {
  return (disk: SimDisk): void => {
    const name = fileOf(disk, prefix);
    disk.overwrite(name, disk.contents(name).slice(0, length));
  };
}

function flip(prefix: string, at: number, bits = 4) {
  return (disk: SimDisk): void => {
    const name = fileOf(disk, prefix);
    const contents = disk.contents(name);
    contents[at]! ^= bits;
    disk.overwrite(name, contents);
  };
}

function format(prefix: string) {
  return (disk: SimDisk): void => {
    const name = fileOf(disk, prefix);
    const contents = Buffer.from(disk.contents(name));
    const kind = contents.toString("latin1", 0, contents.indexOf(" "));
    contents.write(`${kind} 2 9.9.9\n`);
    disk.overwrite(name, contents);
  };
}

function fileOf(disk: SimDisk, prefix: string): string {
  const name = disk.names.find((each) => each.startsWith(prefix));
  assert.ok(name, `${prefix} among ${disk.names}`);
  return name;
}

/** Where what was written to a file ends. */
function written(disk: SimDisk, name: string): number {
  return disk.contents(name).findLastIndex((byte) => byte !== 0) + 1;
}
