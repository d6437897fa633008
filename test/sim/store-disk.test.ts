import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { openNodeDisk } from "../../src/store/node-disk.ts";
import type { Store, StoreOptions } from "../../src/store/store.ts";
import { storeConformance } from "../store/conformance.ts";
import { mustPut, text } from "../store/values.ts";

const folder = mkdtempSync(join(tmpdir(), "coxswain-store-"));
after(() => rmSync(folder, { recursive: true }));

let opened = 0;
const fresh = (): string => join(folder, `${opened++}`);

async function open(at: string, options: StoreOptions = {}): Promise<Store> {
  return openEmbeddedStore({
    disk: await openNodeDisk(at),
    clock: systemClock,
    random: systemRandom,
    program: "0.1.0",
    fatal(error) {
      throw error;
    },
    segments: { min: 16 * 1024, max: 64 * 1024, reserve: 8192 },
    ...options,
  });
}

storeConformance("embedded on a real disk", (options) => open(fresh(), options));

test("a data directory in use names its holder, and is free again after close", async () => {
  const at = fresh();
  const store = await open(at);
  await mustPut(store, "/a", "1", 0);
  const message = new RegExp(`in use by process ${process.pid}`);
  await assert.rejects(open(at), { code: "locked", message });
  await store.close();
  const again = await open(at);
  assert.equal(text(again.get("/a")), "1");
  await again.close();
  assert.ok(!readdirSync(at).some((name) => name.startsWith("lock")));
});

/** What a process that is gone may leave behind as its lock. */
const staleLocks: [string, string][] = [
  ["of a process that has ended", JSON.stringify({ pid: 2 ** 22 + 1, started: "" })],
  [
    "of an earlier process with this one's number",
    JSON.stringify({ pid: process.pid, started: "boot/1" }),
  ],
  ["emptied by a crash of the machine", ""],
];

test("a lock that nobody holds is taken over", async () => {
  for (const [name, lock] of staleLocks) {
    const at = fresh();
    await (await open(at)).close();
    writeFileSync(join(at, "lock-0"), lock);
    const store = await open(at);
    const [own, ...others] = readdirSync(at).filter((each) => each.startsWith("lock"));
    assert.equal(JSON.parse(readFileSync(join(at, own!), "utf8")).pid, process.pid, name);
    assert.deepEqual(others, []);
    await store.close();
  }
});

test("only one of many that open at the same time gets the directory", async () => {
  const at = fresh();
  await (await open(at)).close();
  writeFileSync(join(at, "lock-0"), staleLocks[0]![1]);
  const tries = await Promise.allSettled(Array.from({ length: 4 }, () => open(at)));
  const got = tries.filter((each) => each.status === "fulfilled");
  // All may step back before each other to the last, but never do two get it.
  assert.ok(got.length <= 1, `${got.length} have it`);
  for (const { value } of got) await value.close();
  await (await open(at)).close();
});

test("a folder that cannot be used says which one", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  await assert.rejects(open(join(file, "below")), { message: /make folder .*file/ });
});
