// The stores that are compared: the embedded one, SQLite (WAL, synchronous=FULL), and etcd over gRPC.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { type EmbeddedStoreOptions, openEmbeddedStore } from "../../src/store/embedded.ts";
import { connectMembers } from "../../src/store/etcd/members.ts";
import { openNodeDisk } from "../../src/store/node-disk.ts";
import type { Store } from "../../src/store/store.ts";
import { end, startEtcd } from "./peer.ts";
import { cpuMsOf } from "./process.ts";

export type StoreTarget = {
  /** Resolves when it is durable. */
  put(key: string, value: Buffer): Promise<void>;
  close(): Promise<void>;
  /** CPU of the processes beside this one, ms. */
  readonly elsewhereMs?: () => number;
};

export type OpenTarget = (folder: string) => Promise<StoreTarget>;

export async function openStore(
  at: string,
  options: Partial<EmbeddedStoreOptions> & Pick<EmbeddedStoreOptions, "stamp">,
): Promise<Store> {
  return openEmbeddedStore({
    disk: await openNodeDisk(at),
    clock: systemClock,
    random: systemRandom,
    program: "0.1.0",
    turnEnd: (run) => void setImmediate(run),
    fatal: (error) => {
      throw error;
    },
    ...options,
  });
}

/** `stampAt`: where the revision goes in each value. */
export const embeddedTarget =
  (stampAt: number): OpenTarget =>
  async (at) => {
    const store = await openStore(at, { stamp: () => stampAt });
    return {
      async put(key, value) {
        await store.put(key, value, "any");
      },
      close: () => store.close(),
    };
  };

/** All puts that wait share a transaction, as they share a sync in the log. */
export const sqliteTarget: OpenTarget = async (at) => {
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
};

/** The client is a part of the way to etcd as much as its server: both count. */
export const etcdTarget =
  (binaries: string): OpenTarget =>
  async (at) => {
    const etcd = await startEtcd(binaries, join(at, "etcd"));
    const members = await connectMembers({ endpoints: [etcd.url], tls: {}, clock: systemClock });
    const put = async (key: string, value: Buffer): Promise<void> => {
      const success = [{ requestPut: { key: Buffer.from(key), value } }];
      await members.call("txn", { compare: [], success, failure: [] });
    };
    // It takes a moment to elect itself.
    await put("ready", Buffer.from(""));
    return {
      put,
      elsewhereMs: () => cpuMsOf(etcd.process.pid!),
      async close() {
        members.close();
        await end(etcd.process);
      },
    };
  };
