// Real processes that are killed while they write: node test/crash/kill.ts [--kills 1000]
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Random, randomInteger } from "../../src/lib/random.ts";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { openNodeDisk } from "../../src/store/node-disk.ts";
import type { Store } from "../../src/store/store.ts";
import { mustPut, stampHole, text } from "../store/values.ts";

const writers = 16;

/** What the killed process had been told: the last number of each writer and its revision. */
type Acknowledged = Map<string, { count: number; revision: number }>;

/** Kills a writing process `kills` times on one data directory; nothing acknowledged may be lost. */
export async function killWriters(kills: number, random: Random): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-kill-"));
  const acknowledged: Acknowledged = new Map();
  let writes = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      writes += await writeUntilKilled(folder, 20 + randomInteger(random, 150), acknowledged);
      await check(folder, acknowledged, kill);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return writes;
}

/** Starts a writer and kills it `ms` after its first write; gives the number of writes. */
function writeUntilKilled(folder: string, ms: number, acknowledged: Acknowledged): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--write", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let rest = "";
  let writes = 0;
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (data: string) => {
    if (writes === 0) setTimeout(() => child.kill("SIGKILL"), ms);
    const lines = (rest + data).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const [key, count, revision] = line.split(" ");
      acknowledged.set(key!, { count: Number(count), revision: Number(revision) });
      writes++;
    }
  });
  return new Promise((resolve, reject) => {
    child.on("close", (_, signal) => {
      if (signal === "SIGKILL") resolve(writes);
      else reject(new Error("the writer ended by itself"));
    });
  });
}

async function check(folder: string, acknowledged: Acknowledged, kill: number): Promise<void> {
  const store = await open(folder);
  for (const [key, { count, revision }] of acknowledged) {
    const entry = store.get(key);
    const is = `after kill ${kill}: ${key} is ${text(entry)?.slice(0, 60)}`;
    assert.ok(entry && entry.modRevision >= revision, `${is}, revision ${revision} was promised`);
    const [, rv, n] = /^\{"rv":"(\d+)","n":(\d+),/.exec(text(entry)!) ?? [];
    assert.equal(Number(rv), entry.modRevision, is);
    // One more may have been under way; what was read once stays as well.
    assert.ok(Number(n) === count || Number(n) === count + 1, `${is}, ${count} was promised`);
    acknowledged.set(key, { count: Number(n), revision: entry.modRevision });
  }
  await store.close();
}

async function write(folder: string): Promise<never> {
  const store = await open(folder);
  const writer = async (key: string): Promise<never> => {
    const start = Number(/"n":(\d+)/.exec(text(store.get(key)) ?? "")?.[1] ?? 0);
    for (let n = start + 1; ; n++) {
      const pad = "x".repeat((n * 37) % 3000);
      const revision = await mustPut(store, key, `{"rv":"","n":${n},"pad":"${pad}"}`, "any");
      // At once and as a whole: what is in the pipe outlives this process.
      writeSync(1, `${key} ${n} ${revision}\n`);
    }
  };
  return Promise.race(Array.from({ length: writers }, (_, i) => writer(`/w${i}`)));
}

async function open(folder: string): Promise<Store> {
  return openEmbeddedStore({
    disk: await openNodeDisk(folder),
    clock: systemClock,
    random: systemRandom,
    program: "0.1.0",
    stamp: stampHole,
    fatal(error) {
      throw error;
    },
    // Small, so that kills fall into changes of segments, snapshots and compaction.
    segments: { min: 64 * 1024, max: 256 * 1024 },
    snapshots: { freedBytesMin: 64 * 1024 },
    retention: { events: 200 },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values: flags } = parseArgs({
    options: { kills: { type: "string", default: "1000" }, write: { type: "string" } },
  });
  if (flags.write) await write(flags.write);
  const writes = await killWriters(Number(flags.kills), systemRandom);
  console.log(`${flags.kills} kills, ${writes} acknowledged writes, none lost`);
}
