// Histories of concurrent clients, judged by Porcupine, a checker that nobody here wrote.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { silent } from "../../src/lib/log.ts";
import { type Random, randomInteger, seededRandom } from "../../src/lib/random.ts";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { openEtcdStore } from "../../src/store/etcd/etcd-store.ts";
import { connectMembers } from "../../src/store/etcd/members.ts";
import { openNodeDisk } from "../../src/store/node-disk.ts";
import { SimDisk } from "../../src/store/sim-disk.ts";
import type { Store } from "../../src/store/store.ts";
import { findEtcd, startEtcd, whyNoEtcd } from "../store/etcd-cluster.ts";
import { smallStore } from "../store/lab.ts";
import { type Call, History } from "./linearizability/history.ts";

const folder = mkdtempSync(join(tmpdir(), "cox-linear-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const checker = buildChecker();
const skip = checker === undefined && "needs Go and a way to its modules, to build Porcupine";

function buildChecker(): string | undefined {
  const program = join(folder, "checker");
  const cwd = join(import.meta.dirname, "linearizability/checker");
  try {
    execFileSync("go", ["build", "-o", program, "."], { cwd, stdio: "ignore" });
    return program;
  } catch {
    // The test says that it is missing.
    return undefined;
  }
}

/** What the checker says of the histories; throws when it refuses one. */
function judge(histories: readonly (readonly Call[])[]): string {
  const input = histories.map((calls) => JSON.stringify(calls)).join("\n");
  const { status, stdout, stderr } = spawnSync(checker!, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

const clients = 6;
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** A store on a disk that takes its time, whose process dies again and again amid the calls. */
async function crashingHistory(seed: number): Promise<Call[]> {
  const random = seededRandom(seed);
  const history = new History();
  const delay = async (): Promise<void> => {
    for (let left = randomInteger(random, 4); left > 0; left--) await turn();
  };
  let disk = new SimDisk({ delay });
  for (let life = 0; life < 4; life++) {
    const store = await openEmbeddedStore(smallStore(disk, new VirtualClock(), () => {}));
    let isDead = false;
    const pause = (): Promise<void> => (isDead ? new Promise(() => {}) : delay());
    const runs = Array.from({ length: clients }, () => history.run(store, random, 8, pause));
    const turns = 20 + randomInteger(random, 60);
    for (let i = 0; i < turns; i++) await turn();
    isDead = true;
    disk.halt();
    void Promise.allSettled(runs);
    disk = disk.crashed(random, { delay });
  }
  return history.calls;
}

test("the embedded store is linearizable over crashes", { skip }, async () => {
  const histories: Call[][] = [];
  for (let seed = 1; seed <= 60; seed++) histories.push(await crashingHistory(seed));
  assert.match(judge(histories), /^60 histories, 0 refused/);
  assert.ok(histories.flat().some((call) => call.result === "unknown"));
  assert.ok(histories.flat().some(({ byWatch, read }) => byWatch && read.length > 0));
  assert.ok(histories.flat().filter((call) => call.result === "ok").length > 3_000);
});

test("so is it on a real disk", { skip }, async () => {
  const data = join(folder, "data");
  mkdirSync(data);
  const store = await openEmbeddedStore({
    disk: await openNodeDisk(data),
    clock: systemClock,
    random: systemRandom,
    program: "0.1.0",
    fatal(error) {
      throw error;
    },
  });
  const histories = await historiesOf([store], seededRandom(1), 10);
  await store.close();
  assert.match(judge(histories), /^10 histories, 0 refused/);
});

/** Histories one after the other, each of clients that are spread over `stores`. */
async function historiesOf(stores: readonly Store[], random: Random, count: number) {
  const histories: Call[][] = [];
  for (let i = 0; i < count; i++) {
    const history = new History();
    await Promise.all(
      Array.from({ length: clients }, (_, c) =>
        history.run(stores[c % stores.length]!, random, 12, turn),
      ),
    );
    histories.push(history.calls);
    for (const key of ["a", "b", "c"]) await stores[0]!.delete(`/linear/${key}`, "any");
    await Promise.all(stores.map((store) => store.latest()));
  }
  return histories;
}

const etcd = findEtcd();

test("so are two servers on a real etcd that loses a member", {
  skip: skip || (etcd === undefined && whyNoEtcd),
}, async () => {
  await using cluster = await startEtcd(etcd!);
  const stores = await Promise.all([1, 2].map(() => openOn(cluster)));
  const before = await historiesOf(stores, seededRandom(2), 4);
  await cluster.members[0]!.kill();
  const during = await historiesOf(stores, seededRandom(3), 4);
  for (const store of stores) await store.close();
  assert.match(judge([...before, ...during]), /^8 histories, 0 refused/);
});

async function openOn({ endpoints, tls }: Awaited<ReturnType<typeof startEtcd>>): Promise<Store> {
  return openEtcdStore({
    members: await connectMembers({ endpoints, tls, clock: systemClock }),
    clock: systemClock,
    log: silent,
    fatal(error) {
      throw error;
    },
  });
}

test("the checker refuses what no map would have answered", { skip }, async () => {
  const calls = await crashingHistory(1);
  const read = calls.find((call) => call.op === "get" && call.result === "ok")!;
  read.read = ["v999999"];
  assert.throws(() => judge([calls]), /have no order that explains them/);
});
