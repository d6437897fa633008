import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../lib/log.ts";
import { VirtualClock } from "../lib/virtual-clock.ts";
import { openMemoryStore } from "../store/memory.ts";
import { Authors } from "./authors.ts";

const clock = (): VirtualClock => new VirtualClock();

async function write(store: ReturnType<typeof openMemoryStore>, key: string): Promise<number> {
  const written = await store.put(key, Buffer.from("{}"), "any");
  assert.ok(written.ok);
  return written.revision;
}

test("who wrote is known at once, and to another process a second later", async () => {
  const time = clock();
  const store = openMemoryStore({ clock: time });
  const parts = { store, clock: time, log: silent };
  const [here, there] = [new Authors(parts), new Authors(parts)];
  const first = await write(store, "/registry/core/configmaps/default/a");
  here.note(first, "alice", time.now(), false);
  const second = await write(store, "/registry/core/configmaps/default/a");
  here.note(second, 'bob "resourceVersion":""', time.now() + 3_000, false);
  assert.equal(here.of([first]).get(first)?.user, "alice");
  assert.equal(there.of([first]).size, 0);
  await time.advance(1_000);
  assert.deepEqual(
    there.of([first, second, second + 1]),
    new Map([
      [first, { user: "alice", timeMs: Date.UTC(2026, 0, 1) }],
      [second, { user: 'bob "resourceVersion":""', timeMs: Date.UTC(2026, 0, 1, 0, 0, 3) }],
    ]),
  );
  assert.equal(store.count("/coxswain/authors/"), 1);
});

test("renewals wait for something else, or for the end", async () => {
  const time = clock();
  const store = openMemoryStore({ clock: time });
  const authors = new Authors({ store, clock: time, log: silent });
  authors.note(await write(store, "/registry/x"), "node", time.now(), true);
  await time.advance(60_000);
  assert.equal(store.count("/coxswain/authors/"), 0);
  await authors.stop();
  assert.equal(store.count("/coxswain/authors/"), 1);
});

test("what the store has forgotten is forgotten, the newest version of each key is not", async () => {
  const time = clock();
  const store = openMemoryStore({ clock: time });
  const authors = new Authors({ store, clock: time, log: silent });
  const once = await write(store, "/registry/once");
  authors.note(once, "alice", time.now(), false);
  const early = await write(store, "/registry/often");
  authors.note(early, "bob", time.now(), false);
  let last = early;
  for (let round = 0; round < 300; round++) {
    last = await write(store, "/registry/often");
    authors.note(last, `user-${round % 3}`, time.now(), false);
    await time.advance(1_000);
    if (round % 50 === 0) await store.compact(store.revision());
  }
  const known = authors.of([once, early, last]);
  assert.equal(known.get(once)?.user, "alice");
  assert.equal(known.get(early), undefined);
  assert.equal(known.get(last)?.user, "user-2");
  assert.ok(store.count("/coxswain/authors/") < 260, `${store.count("/coxswain/authors/")}`);
});

test("what a refused write would have told is told later", async () => {
  const time = clock();
  const store = openMemoryStore({ clock: time });
  let isFull = true;
  const failing = new Proxy(store, {
    get(target, name) {
      if (name === "put" && isFull) return async () => Promise.reject(new Error("full"));
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const authors = new Authors({ store: failing, clock: time, log: silent });
  authors.note(7, "alice", time.now(), false);
  await time.advance(5_000);
  assert.equal(authors.of([7]).get(7)?.user, "alice");
  isFull = false;
  await time.advance(20_000);
  assert.equal(store.count("/coxswain/authors/"), 1);
});
