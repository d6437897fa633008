// Bad days of a real etcd: members that go, stop or lag, a compaction behind a watcher, no space, wrong certificates.
import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { silent } from "../../src/lib/log.ts";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { issue, makeAuthority } from "../../src/main/pki/keys.ts";
import { checkEtcd } from "../../src/store/etcd/claim.ts";
import { openEtcdStore } from "../../src/store/etcd/etcd-store.ts";
import { connectMembers, type EtcdTls } from "../../src/store/etcd/members.ts";
import type { Store, StoreEvent } from "../../src/store/store.ts";
import { type EtcdCluster, findEtcd, startEtcd, whyNoEtcd } from "../store/etcd-cluster.ts";
import { bytes, mustPut, text } from "../store/values.ts";

const program = findEtcd();
const marker = "/marker";

type Opening = { endpoints?: readonly string[]; tls?: EtcdTls; compactionMs?: number };

async function open(cluster: EtcdCluster, opening: Opening = {}): Promise<Store> {
  const { endpoints, tls } = { ...cluster, ...opening };
  return openEtcdStore({
    members: await connectMembers({ endpoints, tls, clock: systemClock }),
    clock: systemClock,
    log: silent,
    fatal(error) {
      throw error;
    },
    ...(opening.compactionMs === undefined ? {} : { compactionMs: opening.compactionMs }),
  });
}

/** Asks again until `holds`, for half a minute at most. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type Load = {
  /** Values of the acknowledged writes by key. */
  acknowledged: Map<string, number>;
  stop(): Promise<void>;
};

/** Writers that go on through refusals; each counts up its own key. */
function writers(store: Store, count: number): Load {
  const acknowledged = new Map<string, number>();
  let stopped = false;
  const write = async (key: string): Promise<void> => {
    for (let n = 1; !stopped; ) {
      try {
        const expected = store.get(key)?.modRevision ?? 0;
        const written = await store.put(key, bytes(`${n}`), expected);
        if (written.ok) acknowledged.set(key, n++);
        // A write whose answer was lost may have happened: it is not repeated.
        else if (written.why !== "absent" && Number(text(written.current)) >= n) n++;
      } catch (error) {
        assert.equal((error as { code?: string }).code, "unavailable", `${error}`);
      }
    }
  };
  const all = Array.from({ length: count }, (_, i) => write(`/load/${i}`));
  return {
    acknowledged,
    async stop() {
      stopped = true;
      await Promise.all(all);
    },
  };
}

/** Reads a watch all along and checks what it gives. */
function follow(store: Store): { events: StoreEvent[]; stop(): void } {
  const events: StoreEvent[] = [];
  const watch = store.watch({ prefix: "/load/", afterRevision: store.revision() });
  void (async () => {
    for (;;) {
      const read = await watch.next();
      if (!read.ok) return;
      events.push(...read.events);
    }
  })();
  return { events, stop: () => watch.close() };
}

function checkEvents(events: readonly StoreEvent[]): void {
  const last = new Map<string, number>();
  let revision = 0;
  for (const event of events) {
    assert.ok(event.revision > revision, "in the order of revisions, none twice");
    revision = event.revision;
    const value = Number(text(event.entry));
    const before = last.get(event.key) ?? 0;
    assert.equal(value, before + 1, `no version of ${event.key} is missing`);
    assert.equal(event.previous === undefined ? 0 : Number(text(event.previous)), before);
    last.set(event.key, value);
  }
}

if (program === undefined) test("bad days of etcd", (t) => t.skip(whyNoEtcd));
else
  describe("bad days of etcd", () => {
    let cluster: EtcdCluster;
    before(async () => {
      cluster = await startEtcd(program);
    });
    after(() => cluster[Symbol.asyncDispose]());

    test("each member is killed and comes back under load: nothing is lost, the watch has no gap", async () => {
      const store = await open(cluster);
      const other = await open(cluster, { endpoints: [...cluster.endpoints].reverse() });
      const load = writers(store, 8);
      const seen = [follow(store), follow(other)];
      try {
        for (const member of cluster.members) {
          const count = (): number => [...load.acknowledged.values()].reduce((a, b) => a + b, 0);
          await member.kill();
          const at = count();
          await until("writes go on without the member", () => count() > at + 50);
          member.start();
          const later = count();
          await until("writes go on with it", () => count() > later + 50);
        }
      } finally {
        await load.stop();
      }
      const fresh = await open(cluster);
      for (const reader of [store, other, fresh]) {
        await reader.latest();
        for (const [key, value] of load.acknowledged)
          assert.ok(Number(text(reader.get(key))) >= value, `${key} has its last value`);
      }
      const last = fresh.revision();
      for (const { events, stop } of seen) {
        await until("the watch has read to the end", () => events.at(-1)?.revision === last);
        checkEvents(events);
        stop();
      }
      await Promise.all([store.close(), other.close(), fresh.close()]);
    });

    test("a member that says nothing any more is left, whoever it is", async () => {
      const store = await open(cluster);
      try {
        for (const member of cluster.members) {
          await member.freeze();
          try {
            await until("a write is done", async () => {
              try {
                await mustPut(store, "/frozen", member.endpoint, "any");
                return true;
              } catch (error) {
                assert.equal((error as { code?: string }).code, "unavailable");
                return false;
              }
            });
            assert.equal(text(store.get("/frozen")), member.endpoint);
          } finally {
            member.thaw();
          }
        }
      } finally {
        await store.close();
      }
    });

    test("without a majority writes are refused as retriable, reads of the past go on, and it recovers", async () => {
      const store = await open(cluster);
      const revision = await mustPut(store, "/majority", "1", "any");
      const [first, second] = cluster.members;
      await Promise.all([first!.kill(), second!.kill()]);
      try {
        await assert.rejects(store.put("/majority", bytes("2"), revision), {
          code: "unavailable",
          message: /no etcd member has answered: https:/,
        });
        await assert.rejects(store.latest(), { code: "unavailable" });
        assert.ok(Number(text(store.get("/majority"))) >= 1);
      } finally {
        first!.start();
        second!.start();
      }
      await until("it recovers", async () => {
        const done = await store.latest().catch(() => 0);
        return done > 0;
      });
      await mustPut(store, "/majority", "3", "any");
      await store.close();
    });

    test("a server that was cut off while etcd was compacted reads the present state", async () => {
      const store = await open(cluster);
      const gates = await Promise.all(cluster.endpoints.map((endpoint) => gate(endpoint)));
      const cut = await open(cluster, { endpoints: gates.map((each) => each.endpoint) });
      for (const key of ["/cut/stays", "/cut/goes", "/cut/again"])
        await mustPut(store, key, "1", "any");
      await cut.latest();
      const watch = cut.watch({ prefix: "/cut/", afterRevision: cut.revision() });
      for (const each of gates) each.shut();
      await store.delete("/cut/goes", "any");
      await store.delete("/cut/again", "any");
      await mustPut(store, "/cut/again", "2", 0);
      await mustPut(store, "/cut/new", "1", 0);
      await mustPut(store, "/cut/stays", "2", "any");
      await mustPut(store, "/cut/stays", "3", "any");
      await store.compact(store.revision());
      const before = cut.revision();
      for (const each of gates) each.open();
      await until("it is there again", async () => {
        const revision = await cut.latest().catch(() => 0);
        return revision > 0 && cut.revision() >= store.revision();
      });
      assert.ok(before < store.revision());
      const shown = (of: Store): unknown[] => {
        const range = of.range("/cut/");
        assert.ok(range.ok);
        return range.entries.map((e) => [
          e.key,
          text(e),
          e.createRevision,
          e.modRevision,
          e.version,
        ]);
      };
      assert.deepEqual(shown(cut), shown(store));
      const read = watch.read();
      if (read.ok) {
        // Some versions were never seen, but what was seen ends in the present state.
        const told = new Map(
          read.events.map((e) => [e.key, e.type === "put" ? text(e.entry) : ""]),
        );
        assert.deepEqual([...told].sort(), [
          ["/cut/again", "2"],
          ["/cut/goes", ""],
          ["/cut/new", "1"],
          ["/cut/stays", "3"],
        ]);
      } else assert.equal(read.why, "compacted");
      const late = cut.watch({ prefix: "/cut/", afterRevision: before });
      assert.equal((late.read() as { why?: string }).why, "compacted");
      await Promise.all([store.close(), cut.close()]);
      for (const each of gates) each.close();
    });

    test("the servers agree on compaction, and all of them forget the same", async () => {
      const stores = await Promise.all([1, 2, 3].map(() => open(cluster, { compactionMs: 400 })));
      const [first] = stores;
      const begun = first!.revision();
      for (let i = 0; i < 20; i++) await mustPut(first!, "/agreed", `${i}`, "any");
      await until("all have forgotten", () => stores.every((s) => s.compactedRevision() > begun));
      const forgotten = stores.map((store) => store.compactedRevision());
      const past = first!.range("", { revision: Math.min(...forgotten) - 1 });
      assert.equal((past as { why?: string }).why, "compacted");
      const later = await open(cluster);
      assert.ok(later.compactedRevision() >= begun, "one that comes later reaches as far back");
      assert.ok(later.compactedRevision() < later.revision());
      await Promise.all([...stores, later].map((store) => store.close()));
    });

    test("an etcd with other data is refused and left as it is; with the marker it is taken", async () => {
      const members = await connectMembers({ ...cluster, clock: systemClock });
      const { answer } = await members.call("range", { key: bytes("x") });
      await assert.rejects(checkEtcd(members, marker), {
        code: "foreign",
        message:
          /etcd at https:.* holds data of something else \(\d+ keys, one is "\/.*give this cluster/,
      });
      const { answer: again } = await members.call("range", { key: bytes("x") });
      assert.equal(again.header.revision, answer.header.revision);
      const store = await open(cluster);
      await mustPut(store, marker, "", "any");
      await checkEtcd(members, marker);
      await store.close();
      members.close();
    });

    test("wrong certificates are named, with the member and the flag", async () => {
      const context = { nowMs: systemClock.now(), random: systemRandom };
      const strange = makeAuthority("strange", context);
      const client = issue(
        strange,
        { subject: { commonName: "x", organizations: [] }, usages: ["clientAuth"] },
        context,
      );
      const rows: [string, EtcdTls, RegExp][] = [
        [
          "of another authority",
          { ...cluster.tls, certificate: client.certificate, key: client.key },
          /it does not accept this server's \(--store-cert, --store-key\)/,
        ],
        ["none", { ca: cluster.tls.ca! }, /does not accept this server's/],
        [
          "the member's is of another authority",
          { ...cluster.tls, ca: strange.certificate },
          /its own is not accepted \(--store-ca\)/,
        ],
      ];
      for (const [name, tls, message] of rows) {
        const members = await connectMembers({ ...cluster, tls, clock: systemClock });
        await assert.rejects(
          checkEtcd(members, marker),
          (error: Error) => {
            assert.match(error.message, /certificates of etcd at https:\/\/127/, name);
            assert.match(error.message, message, name);
            return true;
          },
          name,
        );
        members.close();
      }
    });
  });

if (program !== undefined)
  test("etcd without space: reads go on, writes are refused by name, and it recovers by itself", async () => {
    const flags = ["--quota-backend-bytes", String(4 * 1024 * 1024)];
    await using cluster = await startEtcd(program, { members: 1, flags });
    await using store = disposing(await open(cluster));
    const large = new Uint8Array(256 * 1024).fill(7);
    const keys = Array.from({ length: 100 }, (_, i) => `/large/${i}`);
    const written: string[] = [];
    const fill = async (): Promise<void> => {
      for (const key of keys) {
        const done = await store.put(key, large, "any");
        assert.ok(done.ok);
        written.push(key);
      }
    };
    await assert.rejects(fill(), {
      code: "full",
      message: /etcd at https:.* is out of space \(alarm NOSPACE\): reads go on/,
    });
    await store.latest();
    for (const key of written) assert.equal(store.get(key)?.value.length, large.length);
    const last = store.revision();
    await makeRoom(store, written);
    await until("writes work again", async () => {
      await disarm(cluster);
      const done = await store.put("/after", bytes("1"), "any").catch(() => undefined);
      return done?.ok === true;
    });
    assert.ok(store.revision() > last);
  });

const disposing = (store: Store): Store & AsyncDisposable =>
  Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });

/** What an administrator does: delete and compact; then `disarm`. */
async function makeRoom(store: Store, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const gone = await store.delete(key, "any").catch((error) => error as { code: string });
    assert.ok("ok" in gone || gone.code === "full");
  }
  await store.compact(store.revision());
}

/** Gives the room back to the disk and takes back the alarm. */
async function disarm(cluster: EtcdCluster): Promise<void> {
  const { default: grpc } = await import("@grpc/grpc-js");
  const { ca, certificate, key } = cluster.tls;
  const credentials = grpc.credentials.createSsl(
    Buffer.from(ca!),
    Buffer.from(key!),
    Buffer.from(certificate!),
  );
  const client = new grpc.Client(new URL(cluster.endpoints[0]!).host, credentials, {
    "grpc.ssl_target_name_override": "localhost",
  });
  const raw = (path: string, request: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        `/etcdserverpb.Maintenance/${path}`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        request,
        (error: unknown, answer?: Buffer) => (error ? reject(error) : resolve(answer!)),
      ),
    );
  await raw("Defragment", Buffer.alloc(0));
  const alarms = await raw("Alarm", Buffer.alloc(0));
  // The first entry behind the header: { 1: member (a varint), 2: NOSPACE }.
  const entry = alarms.subarray(2 + (alarms[1] ?? 0));
  const member = entry.subarray(3, 2 + (entry[1] ?? 0) - 2);
  const off = [Buffer.from([0x08, 2, 0x10]), member, Buffer.from([0x18, 1])];
  if (entry.length > 0) await raw("Alarm", Buffer.concat(off));
  client.close();
}

type Gate = { endpoint: string; shut(): void; open(): void; close(): void };

/** A way to a member that can be cut. */
async function gate(endpoint: string): Promise<Gate> {
  const { port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((inward) => {
    if (!isOpen) {
      inward.destroy();
      return;
    }
    const outward = connect(Number(port), "127.0.0.1");
    for (const socket of [inward, outward]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    inward.pipe(outward).pipe(inward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const own = (server.address() as { port: number }).port;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    endpoint: `https://127.0.0.1:${own}`,
    shut() {
      isOpen = false;
      drop();
    },
    open() {
      isOpen = true;
    },
    close() {
      server.close();
      drop();
    },
  };
}
