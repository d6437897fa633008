// What the embedded store costs on this disk, beside SQLite (WAL, synchronous=FULL) in the same run.
// Usage: node test/bench/store.ts [--dir FOLDER] [--seconds 3] [--objects 100000] [--bytes 3000]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { type EmbeddedStoreOptions, openEmbeddedStore } from "../../src/store/embedded.ts";
import { openNodeDisk } from "../../src/store/node-disk.ts";
import type { Store } from "../../src/store/store.ts";

const { values: flags } = parseArgs({
  options: {
    dir: { type: "string", default: tmpdir() },
    seconds: { type: "string", default: "3" },
    objects: { type: "string", default: "100000" },
    bytes: { type: "string", default: "3000" },
    /** In a child: opens this folder and tells time and memory. */
    reopen: { type: "string" },
  },
});
const seconds = Number(flags.seconds);
const objects = Number(flags.objects);
const valueBytes = Number(flags.bytes);

const stampAt = bodyOf(0).indexOf('""') + 1;
if (flags.reopen) {
  await reopen(flags.reopen);
  process.exit();
}

const folder = mkdtempSync(join(flags.dir, "coxswain-bench-"));
try {
  for (const writers of [1, 64, 256]) {
    await load("embedded", writers, embeddedTarget);
    await load("sqlite", writers, sqliteTarget);
  }
  await stalls();
  await memoryAndReopen();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

type Target = { put(key: string, value: Buffer): Promise<void>; close(): Promise<void> };

/** Writers that each wait for their last put: puts a second, CPU for each, and how long they took. */
async function load(name: string, writers: number, open: (folder: string) => Promise<Target>) {
  const target = await open(join(folder, `${name}-${writers}`));
  const until = systemClock.monotonic() + seconds * 1000;
  const tookMs: number[] = [];
  const cpu = process.cpuUsage();
  const began = systemClock.monotonic();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let i = 0; systemClock.monotonic() < until; i++) {
        const at = systemClock.monotonic();
        await target.put(keyOf(writer * 1000 + (i % 1000)), bodyOf(i));
        tookMs.push(systemClock.monotonic() - at);
      }
    }),
  );
  const wall = systemClock.monotonic() - began;
  report(`${name}, ${writers} writers`, tookMs, wall, process.cpuUsage(cpu));
  await target.close();
}

async function embeddedTarget(at: string): Promise<Target> {
  const store = await open(at);
  return {
    async put(key, value) {
      await store.put(key, value, "any");
    },
    close: () => store.close(),
  };
}

/** All puts that wait share a transaction, as they share a sync in the log. */
async function sqliteTarget(at: string): Promise<Target> {
  const db = new DatabaseSync(`${at}.db`);
  db.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE kv (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID",
  );
  const insert = db.prepare(
    "INSERT INTO kv VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
  );
  let waiting: { key: string; value: Buffer; done: () => void }[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    db.exec("BEGIN");
    for (const { key, value } of batch) insert.run(key, value);
    db.exec("COMMIT");
    for (const { done } of batch) done();
  };
  return {
    put(key, value) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ key, value, done: resolve });
      if (waiting.length === 1) setImmediate(flush);
      return promise;
    },
    close: async () => db.close(),
  };
}

/** How much slower writes get while snapshots and compaction go on, with all that is there. */
async function stalls(): Promise<void> {
  const rows = [
    ["quiet", {}],
    [
      "compacting, snapshots",
      { retention: { events: 5000 }, snapshots: { freedBytesMin: 1024 * 1024 } },
    ],
  ] as const;
  for (const [name, options] of rows) {
    const store = await open(join(folder, `stalls-${name.slice(0, 5)}`), options);
    const until = systemClock.monotonic() + 2 * seconds * 1000;
    const tookMs: number[] = [];
    const cpu = process.cpuUsage();
    const began = systemClock.monotonic();
    await Promise.all(
      Array.from({ length: 64 }, async (_, writer) => {
        for (let i = 0; systemClock.monotonic() < until; i++) {
          const at = systemClock.monotonic();
          await store.put(keyOf(writer * 100 + (i % 100)), bodyOf(i), "any");
          tookMs.push(systemClock.monotonic() - at);
        }
      }),
    );
    report(`64 writers, ${name}`, tookMs, systemClock.monotonic() - began, process.cpuUsage(cpu));
    await store.close();
  }
}

/** Fills a store and opens it again in a new process, where memory is its own. */
async function memoryAndReopen(): Promise<void> {
  const at = join(folder, "reopen");
  const store = await open(at);
  for (let i = 0; i < objects; i += 1000)
    await Promise.all(
      Array.from({ length: 1000 }, (_, j) => store.put(keyOf(i + j), bodyOf(i + j), 0)),
    );
  print("on disk", `${(store.sizes().diskBytes / 1e6).toFixed(0)} MB`);
  await store.close();
  const args = ["--expose-gc", fileURLToPath(import.meta.url), "--reopen", at];
  spawnSync(process.execPath, args, { stdio: "inherit" });
}

async function reopen(at: string): Promise<void> {
  const before = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const began = systemClock.monotonic();
  const store = await open(at);
  const took = systemClock.monotonic() - began;
  const { user, system } = process.cpuUsage(cpu);
  const count = store.count("");
  const cpuMs = Math.round((user + system) / 1000);
  print(`reopen ${count} objects`, `${took.toFixed(0)} ms, ${cpuMs} ms CPU`);
  global.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  print(
    "memory per object",
    `${Math.round((rss - before) / count)} bytes RSS, ${Math.round(heapUsed / count)} heap, ` +
      `${Math.round(external / count)} outside`,
  );
  print("memory in all", `${(rss / 1e6).toFixed(0)} MB RSS`);
  await store.close();
}

async function open(at: string, options: Partial<EmbeddedStoreOptions> = {}): Promise<Store> {
  return openEmbeddedStore({
    disk: await openNodeDisk(at),
    clock: systemClock,
    random: systemRandom,
    program: "0.1.0",
    stamp: () => stampAt,
    turnEnd: (run) => void setImmediate(run),
    fatal: (error) => {
      throw error;
    },
    ...options,
  });
}

function keyOf(i: number): string {
  return `/registry/core/pods/namespace-${i % 50}/deployment-7c9fd6b5-${i}`;
}

function bodyOf(i: number): Buffer {
  const head = `{"kind":"Pod","metadata":{"resourceVersion":"","name":"pod-${i}","pad":"`;
  return Buffer.from(head.padEnd(valueBytes - 3, "x").concat('"}}'));
}

function report(name: string, tookMs: number[], wallMs: number, cpu: NodeJS.CpuUsage): void {
  tookMs.sort((a, b) => a - b);
  const at = (share: number): string => (tookMs[Math.floor(tookMs.length * share)] ?? 0).toFixed(2);
  const each = (cpu.user + cpu.system) / tookMs.length;
  print(
    name,
    `${Math.round((tookMs.length / wallMs) * 1000)} puts/s, ${each.toFixed(1)} µs CPU each, ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, max ${(tookMs.at(-1) ?? 0).toFixed(2)} ms`,
  );
}

function print(name: string, figure: string): void {
  console.log(`${name.padEnd(36)} ${figure}`);
}
