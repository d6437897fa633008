import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shape } from "../../test/store/values.ts";
import { seededRandom } from "../lib/random.ts";
import { systemClock } from "../lib/system.ts";
import { openEmbeddedStore } from "./embedded.ts";
import { compareBytes, prefixEnd } from "./key-index.ts";
import { openMemoryStore } from "./memory.ts";
import { SimDisk } from "./sim-disk.ts";
import type { Store } from "./store.ts";

type Step =
  | { do: "put"; key: string; value: string; guess: number }
  | { do: "delete"; key: string; guess: number }
  | { do: "compact"; back: number };

// Few letters, so that keys meet; two of them sort otherwise in UTF-16 than in bytes.
const key = fc
  .array(fc.constantFrom("/", "a", "b", "\uffee", "\u{10000}"), { minLength: 1, maxLength: 4 })
  .map((letters) => letters.join(""));
const guess = fc.integer({ min: -1, max: 2 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put"), key, value: fc.string(), guess }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete"), key, guess }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compact"), back: fc.nat(5) }) },
);

/** The simplest store there is: all states there ever were. */
class Model {
  states: Map<string, string>[] = [new Map(), new Map()];
  created = new Map<string, { at: number; version: number; revision: number }>();
  compacted = 0;

  get revision(): number {
    return this.states.length - 1;
  }

  /** 0: as expected; -1: whatever is there; more: wrong by so much. */
  expected(key: string, guess: number): number | "any" {
    return guess < 0 ? "any" : (this.created.get(key)?.revision ?? 0) + guess;
  }

  put(key: string, value: string): void {
    const revision = this.revision + 1;
    const { at, version } = this.created.get(key) ?? { at: revision, version: 0 };
    this.created.set(key, { at, version: version + 1, revision });
    const told = `${key}=${value} created ${at} modified ${revision} version ${version + 1}`;
    this.states.push(new Map(this.states[this.revision]!).set(key, told));
  }

  delete(key: string): void {
    const state = new Map(this.states[this.revision]!);
    state.delete(key);
    this.created.delete(key);
    this.states.push(state);
  }

  list(revision: number, prefix: string): string[] {
    return [...this.states[revision]!]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([, told]) => told);
  }
}

async function take(step: Step, store: Store, model: Model): Promise<void> {
  if (step.do === "compact") {
    const revision = Math.max(model.revision - step.back, 0);
    await store.compact(revision);
    model.compacted = Math.max(model.compacted, revision);
    return;
  }
  const { key } = step;
  const expected = model.expected(key, step.guess);
  const is = model.created.get(key)?.revision ?? 0;
  const fits = expected === "any" || expected === is;
  if (step.do === "put") {
    const written = await store.put(key, Buffer.from(step.value), expected);
    assert.equal(written.ok, fits);
    if (fits) model.put(key, step.value);
  } else {
    const written = await store.delete(key, expected);
    assert.equal(written.ok, fits && is > 0);
    if (written.ok) model.delete(key);
  }
}

function compare(store: Store, model: Model, prefix: string): void {
  assert.equal(store.revision(), model.revision);
  for (let revision = 1; revision <= model.revision; revision++) {
    const range = store.range(prefix, { revision });
    assert.equal(range.ok, revision >= model.compacted, `at ${revision}`);
    if (!range.ok) continue;
    assert.deepEqual(
      range.entries.map((entry) => shape(entry)),
      model.list(revision, prefix),
    );
  }
  assert.equal(store.count(prefix), model.list(model.revision, prefix).length);
}

const backends: Record<string, () => Promise<Store>> = {
  memory: async () => openMemoryStore({ clock: systemClock }),
  embedded: () =>
    openEmbeddedStore({
      disk: new SimDisk(),
      clock: systemClock,
      random: seededRandom(1),
      program: "0.1.0",
      fatal: (error) => assert.fail(error),
      segments: { min: 2048, max: 8192, reserve: 1024 },
      snapshots: { freedBytesMin: 1024 },
    }),
};

for (const [name, open] of Object.entries(backends)) {
  test(`${name}: any writes, compactions and reads are as a plain list of states has them`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), key, async (steps, prefix) => {
        const store = await open();
        const model = new Model();
        for (const each of steps) await take(each, store, model);
        compare(store, model, prefix);
        compare(store, model, "");
        await store.close();
      }),
      { numRuns: 60 },
    ));
}

test("keys are ordered as their UTF-8 bytes are", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.equal(Math.sign(compareBytes(a, b)), bytes);
    }),
  );
});

test("a prefix ends before the first key that does not start with it", () => {
  const text = fc.string({ unit: "binary", maxLength: 5 });
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const end = prefixEnd(prefix);
      const inside =
        compareBytes(other, prefix) >= 0 && (end === undefined || compareBytes(other, end) < 0);
      assert.equal(inside, other.startsWith(prefix));
    }),
  );
});
