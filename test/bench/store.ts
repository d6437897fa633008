// What the embedded store costs on this disk, beside SQLite and, where its binary is given, etcd, in the same run.
// The writers' own work is done before: what is counted is the puts', in the store, its process and the kernel.
// Usage: node test/bench/store.ts [--dir FOLDER] [--seconds 3] [--peers FOLDER] [--only puts,stalls,reopen,million]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "../../src/lib/system.ts";
import {
  embeddedTarget,
  etcdTarget,
  type OpenTarget,
  openStore,
  sqliteTarget,
} from "./store-targets.ts";

const { values: flags } = parseArgs({
  options: {
    dir: { type: "string", default: tmpdir() },
    seconds: { type: "string", default: "3" },
    peers: { type: "string" },
    only: { type: "string", default: "puts,stalls,reopen,million" },
    /** In a child: opens this folder and tells time and memory. */
    reopen: { type: "string" },
  },
});
const seconds = Number(flags.seconds);
const stampAt = bodyOf(0, 3000).indexOf('""') + 1;

/**
 * Each writer goes through these, so that what it writes costs nothing to make. Not as many as a writer has keys: SQLite
 * does not write what is there already.
 */
const bodies = Array.from({ length: 997 }, (_, i) => bodyOf(i, 3000));

/** Time before the count begins, so that the code is compiled. */
const warmMs = 3000;

if (flags.reopen) {
  await reopen(flags.reopen);
  process.exit();
}

const folder = mkdtempSync(join(flags.dir, "coxswain-bench-"));
const parts: Readonly<Record<string, () => Promise<void>>> = {
  puts,
  stalls,
  reopen: () => fillAndReopen(100_000, 3000, "≤ 1500 ms, ≤ 4096 bytes of memory each"),
  million: () => fillAndReopen(1_000_000, 1000, "≤ 15000 ms, ≤ 3221 MB"),
};
try {
  for (const part of flags.only.split(",")) await parts[part]?.();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

type Rate = { readonly perSecond: number };

async function puts(): Promise<void> {
  for (const [writers, target] of [
    [1, "≥ 1.5 times etcd"],
    [64, "≤ 12 µs, ≥ 3 times etcd"],
    [256, "≤ 12 µs, ≥ 3 times etcd"],
  ] as const) {
    console.log(`${writers} writers, target ${target}`);
    const own = await load("embedded", writers, embeddedTarget(stampAt));
    compare(own, await load("SQLite", writers, sqliteTarget));
    if (flags.peers !== undefined)
      compare(own, await load("etcd", writers, etcdTarget(flags.peers)));
  }
}

function compare(own: Rate, theirs: Rate): void {
  const times = own.perSecond / theirs.perSecond;
  console.log(`${"".padEnd(36)} we make ${times.toFixed(1)} times that`);
}

/** Writers that each wait for their last put: puts a second, CPU for each, and how long they took. */
async function load(name: string, writers: number, open: OpenTarget): Promise<Rate> {
  const at = join(folder, `${name}-${writers}`);
  mkdirSync(at);
  const target = await open(at);
  const keys = Array.from({ length: writers * 1000 }, (_, i) => keyOf(i));
  const write = (run: Run, ms: number): Promise<unknown> => {
    const until = systemClock.monotonic() + ms;
    return Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let i = 0; systemClock.monotonic() < until; i++)
          await run.timed(() =>
            target.put(keys[writer * 1000 + (i % 1000)]!, bodies[i % bodies.length]!),
          );
      }),
    );
  };
  await write(startRun("warming up"), warmMs);
  const elsewhere = target.elsewhereMs?.() ?? 0;
  const run = startRun(`${name}, ${writers} writers`);
  await write(run, seconds * 1000);
  const rate = run.end((target.elsewhereMs?.() ?? 0) - elsewhere);
  await target.close();
  return rate;
}

/** How much slower writes get while snapshots and compaction go on, with all that is there. */
async function stalls(): Promise<void> {
  const rows = [
    ["quiet", {}],
    [
      "compaction, snapshots (≤ 10 ms more)",
      { retention: { events: 5000 }, snapshots: { freedBytesMin: 1024 * 1024 } },
    ],
  ] as const;
  for (const [name, options] of rows) {
    const stamp = (): number => stampAt;
    const store = await openStore(join(folder, `stalls-${name.slice(0, 5)}`), {
      stamp,
      ...options,
    });
    const run = startRun(`64 writers, ${name}`);
    const until = systemClock.monotonic() + 2 * seconds * 1000;
    await Promise.all(
      Array.from({ length: 64 }, async (_, writer) => {
        for (let i = 0; systemClock.monotonic() < until; i++) {
          const key = keyOf(writer * 100 + (i % 100));
          await run.timed(() => store.put(key, bodies[i % bodies.length]!, "any"));
        }
      }),
    );
    run.end(0);
    await store.close();
  }
}

/** Fills a store and opens it again in a new process, where memory is its own. */
async function fillAndReopen(objects: number, valueBytes: number, target: string): Promise<void> {
  const at = join(folder, `reopen-${objects}`);
  const store = await openStore(at, { stamp: () => stampAt });
  for (let i = 0; i < objects; i += 1000)
    await Promise.all(
      Array.from({ length: 1000 }, (_, j) => store.put(keyOf(i + j), bodyOf(i + j, valueBytes), 0)),
    );
  await store.close();
  console.log(`${objects} objects of ${valueBytes} bytes, target ${target}`);
  const args = ["--expose-gc", fileURLToPath(import.meta.url), "--reopen", at];
  spawnSync(process.execPath, args, { stdio: "inherit" });
  rmSync(at, { recursive: true });
}

async function reopen(at: string): Promise<void> {
  const before = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const began = systemClock.monotonic();
  const store = await openStore(at, { stamp: () => stampAt });
  const took = systemClock.monotonic() - began;
  const { user, system } = process.cpuUsage(cpu);
  const count = store.count("");
  const cpuMs = Math.round((user + system) / 1000);
  print(`reopen ${count} objects`, `${took.toFixed(0)} ms, ${cpuMs} ms CPU`);
  const opened = process.memoryUsage.rss();
  global.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  print(
    "memory per object",
    `${Math.round((rss - before) / count)} bytes RSS, ${Math.round(heapUsed / count)} heap, ` +
      `${Math.round(external / count)} outside`,
  );
  print("memory in all", `${(opened / 1e6).toFixed(0)} MB RSS, ${(rss / 1e6).toFixed(0)} at rest`);
  await store.close();
}

function keyOf(i: number): string {
  return `/registry/core/pods/namespace-${i % 50}/deployment-7c9fd6b5-${i}`;
}

function bodyOf(i: number, valueBytes: number): Buffer {
  const head = `{"kind":"Pod","metadata":{"resourceVersion":"","name":"pod-${i}","pad":"`;
  return Buffer.from(head.padEnd(valueBytes - 3, "x").concat('"}}'));
}

type Run = {
  timed(work: () => Promise<unknown>): Promise<void>;
  /** Prints what it came to; `elsewhereMs`: CPU of other processes that worked for it. */
  end(elsewhereMs: number): Rate;
};

function startRun(name: string): Run {
  const tookMs: number[] = [];
  const cpu = process.cpuUsage();
  const thread = process.threadCpuUsage();
  const began = systemClock.monotonic();
  return {
    async timed(work) {
      const at = systemClock.monotonic();
      await work();
      tookMs.push(systemClock.monotonic() - at);
    },
    end(elsewhereMs) {
      const wallMs = systemClock.monotonic() - began;
      const { user, system } = process.cpuUsage(cpu);
      const own = process.threadCpuUsage(thread);
      const each = (us: number): string => (us / tookMs.length).toFixed(1);
      const perSecond = (tookMs.length / wallMs) * 1000;
      tookMs.sort((a, b) => a - b);
      const at = (share: number): string =>
        (tookMs[Math.floor(tookMs.length * share)] ?? 0).toFixed(2);
      print(
        name,
        `${Math.round(perSecond)} puts/s, ${each(user + system + elsewhereMs * 1000)} µs CPU each ` +
          `(${each(own.user)} in this thread's own code, ${each(system)} in the kernel), p50 ${at(0.5)} ms, ` +
          `p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, max ${(tookMs.at(-1) ?? 0).toFixed(2)} ms`,
      );
      return { perSecond };
    },
  };
}

function print(name: string, figure: string): void {
  console.log(`${name.padEnd(36)} ${figure}`);
}
