import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry, Store, StoreEvent, StoreOptions, Watch } from "../../src/store/store.ts";
import { bytes, mustPut, shape, stampHole, text } from "./values.ts";

/** Opens an empty store of one backend. The suite closes it. */
export type OpenStore = (options: StoreOptions) => Promise<Store>;

type Scenario = { name: string; stamp?: boolean; run: (store: Store) => Promise<void> };

/** What the contract promises, told of one backend. Each scenario gets an empty store. */
export function storeConformance(backend: string, open: OpenStore): void {
  for (const { name, stamp, run } of scenarios) {
    test(`${backend}: ${name}`, async () => {
      const store = await open(stamp ? { stamp: stampHole } : {});
      try {
        await run(store);
      } finally {
        await store.close();
      }
    });
  }
}

const scenarios: Scenario[] = [
  { name: "an empty store is at revision 1 and has nothing", run: emptyStore },
  { name: "each write gets the next revision and the versions count up", run: revisions },
  { name: "a write happens only when the newest version is the expected one", run: conditions },
  { name: "writes of one key that are under way at the same time are put in order", run: racing },
  { name: "of many creations of one key at the same time one succeeds", run: oneWinner },
  { name: "a range is in the order of the keys' bytes", run: byteOrder },
  { name: "pages of a range join to the whole, also of the past", run: paging },
  { name: "a read of the past shows what was there then", run: past },
  { name: "a compacted or a coming revision is refused by name", run: unreadable },
  { name: "a watch gives the events of its prefix in order, each once", run: watching },
  { name: "a watch from the past begins right after its revision", run: watchPast },
  { name: "a watch of one key does not see its neighbours", run: watchExact },
  { name: "a watch that stays behind the compaction ends, others go on", run: watchCompacted },
  { name: "a write is readable and announced when it resolves", run: announced },
  { name: "a watch wakes once, and says up to where it has read", run: wakes },
  { name: "an aborted wait ends, a closed watch says so", run: endings },
  { name: "the revision is filled in, and of a deletion its own", stamp: true, run: stamped },
  { name: "the same version is the same entry", stamp: true, run: identity },
  { name: "values outlive their key and its compaction", stamp: true, run: heldValues },
  { name: "values of all sizes are kept as they were given", run: allSizes },
  { name: "keys and values outside the bounds are refused", run: outOfBounds },
  { name: "a closed store refuses everything", run: closed },
];

async function emptyStore(store: Store): Promise<void> {
  assert.equal(store.revision(), 1);
  assert.equal(await store.latest(), 1);
  assert.equal(store.get("/a"), undefined);
  assert.deepEqual(store.range(""), { ok: true, revision: 1, entries: [], remaining: 0 });
  assert.equal(store.count(""), 0);
  assert.deepEqual(store.history("/a"), []);
  assert.deepEqual(await store.delete("/a", "any"), {
    ok: false,
    why: "absent",
    current: undefined,
  });
  assert.equal(store.revision(), 1);
}

async function revisions(store: Store): Promise<void> {
  const first = await mustPut(store, "/a", "1", 0);
  const second = await mustPut(store, "/b", "1", 0);
  const third = await mustPut(store, "/a", "2", first);
  assert.deepEqual([first, second, third], [2, 3, 4]);
  assert.deepEqual(shape(store.get("/a")), "/a=2 created 2 modified 4 version 2");
  const deleted = await store.delete("/a", third);
  assert.ok(deleted.ok && deleted.revision === 5 && deleted.entry.deleted);
  assert.equal(text(deleted.entry), "2");
  assert.equal(store.get("/a"), undefined);
  await mustPut(store, "/a", "3", 0);
  assert.deepEqual(shape(store.get("/a")), "/a=3 created 6 modified 6 version 1");
  assert.deepEqual(
    store.history("/a").map((entry) => `${entry.modRevision}${entry.deleted ? " deleted" : ""}`),
    ["6", "5 deleted", "4", "2"],
  );
}

async function conditions(store: Store): Promise<void> {
  const revision = await mustPut(store, "/a", "1", 0);
  const rows: [string, "put" | "delete", string, number | "any", string][] = [
    ["create what exists", "put", "/a", 0, "exists"],
    ["update an older version", "put", "/a", revision - 1, "stale"],
    ["update a version to come", "put", "/a", revision + 1, "stale"],
    ["update what is not there", "put", "/b", revision, "absent"],
    ["delete an older version", "delete", "/a", revision - 1, "stale"],
    ["delete what is not there", "delete", "/b", revision, "absent"],
    ["delete whatever, where nothing is", "delete", "/b", "any", "absent"],
  ];
  for (const [name, verb, key, expected, why] of rows) {
    const written =
      verb === "put"
        ? await store.put(key, bytes("x"), expected)
        : await store.delete(key, expected);
    assert.ok(!written.ok, name);
    assert.equal(written.why, why, name);
    assert.equal(written.current, store.get(key), name);
  }
  assert.equal(store.revision(), revision);
  await mustPut(store, "/a", "2", "any");
  await mustPut(store, "/c", "1", "any");
  assert.ok((await store.delete("/a", "any")).ok);
}

async function racing(store: Store): Promise<void> {
  const written = await Promise.all([
    store.put("/a", bytes("1"), 0),
    store.put("/a", bytes("2"), "any"),
    store.delete("/a", "any"),
    store.put("/a", bytes("3"), 0),
    store.put("/a", bytes("4"), 0),
  ]);
  assert.deepEqual(
    written.map((each) => (each.ok ? each.revision : each.why)),
    [2, 3, 4, 5, "exists"],
  );
  assert.equal(text(store.get("/a")), "3");
  assert.equal(store.get("/a")?.version, 1);
}

async function oneWinner(store: Store): Promise<void> {
  const tries = Array.from({ length: 50 }, (_, i) => store.put("/a", bytes(`${i}`), 0));
  const written = await Promise.all(tries);
  assert.equal(written.filter((each) => each.ok).length, 1);
  const won = written.findIndex((each) => each.ok);
  for (const each of written) if (!each.ok) assert.equal(each.current, store.get("/a"));
  assert.equal(text(store.get("/a")), `${won}`);
}

async function byteOrder(store: Store): Promise<void> {
  // U+FF5E is before U+1F600 in UTF-8, and behind it in UTF-16.
  const keys = [
    "/",
    "/a",
    "/a-b",
    "/a/",
    "/a/b",
    "/ab",
    "/é",
    "/\uff5e",
    "/\u{1f600}",
    "/\u{1f600}a",
  ];
  for (const key of [...keys].reverse()) await mustPut(store, key, key, 0);
  assert.deepEqual(keysOf(store, ""), keys);
  assert.deepEqual(keysOf(store, "/a"), ["/a", "/a-b", "/a/", "/a/b", "/ab"]);
  assert.deepEqual(keysOf(store, "/a/"), ["/a/", "/a/b"]);
  assert.deepEqual(keysOf(store, { from: "/a-b", to: "/ab" }), ["/a-b", "/a/", "/a/b"]);
  assert.deepEqual(keysOf(store, { from: "/b", to: "/a" }), []);
  assert.equal(store.count("/\u{1f600}"), 2);
}

async function paging(store: Store): Promise<void> {
  const keys = Array.from({ length: 23 }, (_, i) => `/p/${String(i).padStart(2, "0")}`);
  await Promise.all([...keys, "/o", "/q"].map((key) => mustPut(store, key, key, 0)));
  const revision = store.revision();
  for (const key of keys.slice(0, 9)) await store.delete(key, "any");
  await mustPut(store, "/p/new", "", 0);
  for (const [at, wanted] of [
    [revision, keys],
    [store.revision(), [...keys.slice(9), "/p/new"]],
  ] as const) {
    const got: string[] = [];
    for (;;) {
      const page = store.range("/p/", { revision: at, limit: 5, after: got.at(-1) });
      assert.ok(page.ok && page.revision === at);
      got.push(...page.entries.map((entry) => entry.key));
      assert.equal(page.remaining, wanted.length - got.length);
      if (page.remaining === 0) break;
    }
    assert.deepEqual(got, wanted);
  }
}

async function past(store: Store): Promise<void> {
  const states: string[] = ["", ""];
  for (let i = 0; i < 40; i++) {
    const key = `/${i % 5}`;
    if (i % 7 === 3) await store.delete(key, "any");
    else await mustPut(store, key, `${i}`, "any");
    states[store.revision()] = all(store);
  }
  for (let revision = 1; revision <= store.revision(); revision++)
    assert.equal(all(store, revision), states[revision], `at ${revision}`);
  await store.compact(20);
  for (let revision = 20; revision <= store.revision(); revision++)
    assert.equal(all(store, revision), states[revision], `at ${revision} after compaction`);
}

async function unreadable(store: Store): Promise<void> {
  for (let i = 0; i < 9; i++) await mustPut(store, "/a", `${i}`, "any");
  await store.compact(5);
  await store.compact(3);
  assert.equal(store.compactedRevision(), 5);
  assert.ok(store.range("", { revision: 5 }).ok);
  const compacted = store.range("", { revision: 4 });
  assert.deepEqual(compacted, { ok: false, why: "compacted", compactedRevision: 5 });
  const future = store.range("", { revision: 11 });
  assert.deepEqual(future, { ok: false, why: "future", revision: 10 });
  const watch = store.watch({ prefix: "", afterRevision: 4 });
  assert.deepEqual(watch.read(), { ok: false, why: "compacted", compactedRevision: 5 });
  await store.compact(1_000_000);
  assert.equal(store.compactedRevision(), 10);
  assert.equal(text(store.get("/a")), "8");
  assert.equal(store.history("/a").length, 1);
}

async function watching(store: Store): Promise<void> {
  const folder = store.watch({ prefix: "/a/", afterRevision: 1 });
  const everything = store.watch({ prefix: "", afterRevision: 1 });
  const plain = store.watch({ prefix: "/a", afterRevision: 1 });
  const first = await mustPut(store, "/a/1", "x", 0);
  await mustPut(store, "/a/2", "y", 0);
  await mustPut(store, "/b/1", "z", 0);
  await mustPut(store, "/a/1", "xx", first);
  await store.delete("/a/2", "any");
  await mustPut(store, "/ab", "w", 0);
  const inFolder = [
    "put /a/1@2 x before -",
    "put /a/2@3 y before -",
    "put /a/1@5 xx before x",
    "delete /a/2@6 y before y",
  ];
  assert.deepEqual(drain(folder).map(told), inFolder);
  assert.deepEqual(drain(plain).map(told), [...inFolder, "put /ab@7 w before -"]);
  assert.deepEqual(
    drain(everything).map((event) => event.revision),
    [2, 3, 4, 5, 6, 7],
  );
  assert.deepEqual(drain(folder), []);
}

async function watchPast(store: Store): Promise<void> {
  for (let i = 0; i < 10; i++) await mustPut(store, `/a/${i % 3}`, `${i}`, "any");
  // The first opens a prefix late, the second reaches further back than the first.
  const late = store.watch({ prefix: "/a/", afterRevision: 9 });
  const early = store.watch({ prefix: "/a/", afterRevision: 4 });
  const future = store.watch({ prefix: "/a/", afterRevision: 12 });
  for (let i = 10; i < 13; i++) await mustPut(store, `/a/${i % 3}`, `${i}`, "any");
  const seen = (watch: Watch): number[] => drain(watch, 2).map((event) => event.revision);
  assert.deepEqual(seen(late), [10, 11, 12, 13, 14]);
  assert.deepEqual(seen(early), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  assert.deepEqual(seen(future), [13, 14]);
}

async function watchExact(store: Store): Promise<void> {
  const watch = store.watch({ prefix: "/a", exact: true, afterRevision: 1 });
  for (const key of ["/a/b", "/a", "/", "/ab", "/a"]) await mustPut(store, key, "", "any");
  assert.deepEqual(
    drain(watch).map((event) => event.revision),
    [3, 6],
  );
}

async function watchCompacted(store: Store): Promise<void> {
  const slow = store.watch({ prefix: "/a/", afterRevision: 1 });
  const quick = store.watch({ prefix: "/a/", afterRevision: 1 });
  const other = store.watch({ prefix: "/b/", afterRevision: 1 });
  for (let i = 0; i < 200; i++) await mustPut(store, `/a/${i % 3}`, `${i}`, "any");
  assert.equal(drain(quick).length, 200);
  await store.compact(store.revision() - 100);
  const compactedRevision = store.revision() - 100;
  assert.deepEqual(slow.read(), { ok: false, why: "compacted", compactedRevision });
  await mustPut(store, "/a/x", "", 0);
  await mustPut(store, "/b/x", "", 0);
  assert.equal(drain(quick).length, 1);
  assert.equal(drain(other).length, 1);
}

async function announced(store: Store): Promise<void> {
  const watch = store.watch({ prefix: "", afterRevision: 1 });
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const revision = await mustPut(store, `/${i}`, `${i}`, 0);
      assert.equal(text(store.get(`/${i}`)), `${i}`);
      assert.ok(store.revision() >= revision);
      drain(watch);
      assert.ok(watch.revision >= revision);
    }),
  );
}

async function wakes(store: Store): Promise<void> {
  let woken = 0;
  const watch = store.watch({ prefix: "/a/", afterRevision: 1, wake: () => woken++ });
  await mustPut(store, "/b/1", "", 0);
  assert.deepEqual([woken, drain(watch).length, watch.revision], [0, 0, 2]);
  await mustPut(store, "/a/1", "", 0);
  await mustPut(store, "/a/2", "", 0);
  assert.deepEqual([woken, watch.revision], [1, 2]);
  const one = watch.read(1);
  assert.ok(one.ok && one.events.length === 1);
  assert.equal(watch.revision, 3);
  await mustPut(store, "/a/3", "", 0);
  assert.equal(woken, 1);
  assert.deepEqual([drain(watch).length, watch.revision], [2, 5]);
  const next = watch.next();
  await mustPut(store, "/a/4", "", 0);
  const read = await next;
  assert.ok(read.ok && read.events.length === 1);
  assert.equal(woken, 2);
}

async function endings(store: Store): Promise<void> {
  const watch = store.watch({ prefix: "/a/", afterRevision: 1 });
  const abort = new AbortController();
  const aborted = watch.next({ signal: abort.signal });
  const reason = new Error("enough");
  abort.abort(reason);
  await assert.rejects(aborted, reason);
  const waiting = watch.next();
  watch.close();
  assert.deepEqual(await waiting, { ok: false, why: "closed" });
  assert.deepEqual(watch.read(), { ok: false, why: "closed" });
  const other = store.watch({ prefix: "/a/", afterRevision: 1 }).next();
  await store.close();
  assert.deepEqual(await other, { ok: false, why: "closed" });
}

async function stamped(store: Store): Promise<void> {
  const hole = (name: string): string => `{"rv":"","name":"${name}"}`;
  const watch = store.watch({ prefix: "", afterRevision: 1 });
  const first = await mustPut(store, "/a", hole("x"), 0);
  assert.equal(text(store.get("/a")), '{"rv":"2","name":"x"}');
  for (let i = 0; i < 8; i++) await mustPut(store, "/b", hole("y"), "any");
  assert.equal(text(store.get("/b")), '{"rv":"10","name":"y"}');
  const deleted = await store.delete("/a", first);
  assert.ok(deleted.ok);
  assert.equal(text(deleted.entry), '{"rv":"11","name":"x"}');
  await mustPut(store, "/c", "no hole", 0);
  assert.equal(text(store.get("/c")), "no hole");
  await store.compact(store.revision());
  const gone = drain(watch);
  assert.equal(gone.length, 0);
  assert.equal(text(deleted.entry), '{"rv":"11","name":"x"}');
}

async function identity(store: Store): Promise<void> {
  const watch = store.watch({ prefix: "", afterRevision: 1 });
  const written = await store.put("/a", bytes('{"rv":""}'), 0);
  assert.ok(written.ok);
  const listed = store.range("");
  assert.ok(listed.ok);
  const [event] = drain(watch);
  assert.equal(written.entry, store.get("/a"));
  assert.equal(written.entry, listed.entries[0]);
  assert.equal(written.entry, event?.entry);
  const again = await store.put("/a", bytes('{"rv":""}'), written.revision);
  const [second] = drain(watch);
  assert.ok(again.ok);
  assert.equal(second?.previous, written.entry);
  assert.notEqual(again.entry, written.entry);
}

async function heldValues(store: Store): Promise<void> {
  const held: [Entry, Uint8Array, string][] = [];
  const size = 20_000;
  for (let i = 0; i < 300; i++) {
    const body = `{"rv":"","v":"${String(i).repeat(size).slice(0, size)}"}`;
    const revision = await mustPut(store, `/${i % 50}`, body, "any");
    const entry = store.get(`/${i % 50}`)!;
    if (i % 10 === 0) held.push([entry, entry.value, body.replace('""', `"${revision}"`)]);
  }
  for (let i = 0; i < 45; i++) await store.delete(`/${i}`, "any");
  await store.compact(store.revision());
  for (const [entry, value, wanted] of held) {
    assert.equal(text(entry), wanted);
    assert.equal(Buffer.from(value).toString(), wanted);
  }
  assert.ok(text(store.get("/49"))?.startsWith('{"rv":"301","v":"299'));
  const { liveBytes, heldBytes, keys, historyEvents } = store.sizes();
  assert.deepEqual([keys, historyEvents], [5, 0]);
  assert.equal(heldBytes, liveBytes);
}

async function allSizes(store: Store): Promise<void> {
  for (const size of [0, 1, 200_000, 70_000, 262_144, 262_145, 1_000_000, 0, 150_000]) {
    const value = new Uint8Array(size).fill(size % 251);
    const written = await store.put(`/${size}`, value, "any");
    assert.ok(written.ok);
    assert.deepEqual(Buffer.from(store.get(`/${size}`)!.value), Buffer.from(value));
  }
}

async function outOfBounds(store: Store): Promise<void> {
  const rows: [string, string, number, string][] = [
    ["an empty key", "", 0, "bad-key"],
    ["half a character", "/\ud800", 0, "bad-key"],
    ["a long key", `/${"k".repeat(2048)}`, 0, "too-large"],
    ["a large value", "/a", 8 * 1024 * 1024 + 1, "too-large"],
  ];
  for (const [name, key, size, code] of rows)
    await assert.rejects(
      store.put(key, new Uint8Array(size), 0),
      { name: "StoreError", code },
      name,
    );
  await mustPut(store, `/${"k".repeat(2047)}`, "", 0);
  assert.ok((await store.put("/large", new Uint8Array(8 * 1024 * 1024), 0)).ok);
  assert.equal(store.get("/large")?.value.length, 8 * 1024 * 1024);
}

async function closed(store: Store): Promise<void> {
  const last = store.put("/a", bytes("1"), 0);
  await Promise.all([last, store.close()]);
  assert.ok((await last).ok);
  await assert.rejects(store.put("/a", bytes("2"), "any"), { code: "closed" });
  await assert.rejects(store.delete("/a", "any"), { code: "closed" });
  assert.throws(() => store.watch({ prefix: "", afterRevision: 1 }), { code: "closed" });
  await store.close();
}

function drain(watch: Watch, max?: number): StoreEvent[] {
  const events: StoreEvent[] = [];
  for (;;) {
    const read = watch.read(max);
    if (!read.ok || read.events.length === 0) return events;
    events.push(...read.events);
  }
}

function told({ type, key, revision, entry, previous }: StoreEvent): string {
  return `${type} ${key}@${revision} ${text(entry)} before ${text(previous) ?? "-"}`;
}

function keysOf(store: Store, span: string | { from: string; to: string }): string[] {
  const range = store.range(span);
  assert.ok(range.ok);
  assert.equal(store.count(span), range.entries.length);
  return range.entries.map((entry) => entry.key);
}

function all(store: Store, revision?: number): string {
  const range = store.range("", { revision });
  assert.ok(range.ok);
  return range.entries.map((entry) => `${shape(entry)}`).join("; ");
}
