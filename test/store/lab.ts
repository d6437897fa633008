import assert from "node:assert/strict";
import type { Clock } from "../../src/lib/clock.ts";
import { type Random, randomInteger, seededRandom } from "../../src/lib/random.ts";
import type { EmbeddedStoreOptions } from "../../src/store/embedded.ts";
import type { SimDisk } from "../../src/store/sim-disk.ts";
import type { Store, StoreEvent } from "../../src/store/store.ts";
import { bytes, shape, stampHole } from "./values.ts";

/** The opener of the embedded store; the laboratory also runs defective builds of it. */
export type OpenEmbedded = (options: EmbeddedStoreOptions) => Promise<Store>;

/** A store so small that segments, snapshots and compaction come often. */
export function smallStore(
  disk: SimDisk,
  clock: Clock,
  fatal: (error: Error) => void,
): EmbeddedStoreOptions {
  return {
    disk,
    clock,
    random: seededRandom(1),
    program: "0.1.0",
    fatal,
    stamp: stampHole,
    segments: { min: 4096, max: 16 * 1024, reserve: 2048 },
    snapshots: { freedBytesMin: 4096 },
    retention: { ageMs: 1000, events: 40, bytes: 64 * 1024 },
  };
}

/** What happened, by revision: the model that every recovered state is compared with. */
export class Chronicle {
  #events = new Map<number, { type: "put" | "delete"; key: string; value: string }>();
  /** Shapes of all keys at each revision, joined. */
  #states = new Map<number, string>([[1, ""]]);
  #keys = new Map<string, string>();
  #versions = new Map<string, { created: number; version: number }>();
  #last = 1;

  get last(): number {
    return this.#last;
  }

  note({ type, key, revision, entry }: StoreEvent): void {
    assert.equal(revision, this.#last + 1, "revisions without a gap");
    this.#last = revision;
    const value = Buffer.from(entry.value).toString();
    this.#events.set(revision, { type, key, value });
    const before = this.#versions.get(key);
    if (type === "delete") {
      assert.ok(before, `deletion of ${key}, which does not exist`);
      this.#keys.delete(key);
      this.#versions.delete(key);
    } else {
      const now = { created: before?.created ?? revision, version: (before?.version ?? 0) + 1 };
      this.#versions.set(key, now);
      this.#keys.set(
        key,
        `${key}=${value} created ${now.created} modified ${revision} version ${now.version}`,
      );
    }
    const sorted = [...this.#keys].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#states.set(revision, sorted.map(([, told]) => told).join("; "));
  }

  /** Compares all that can be read of `store` with what happened. */
  check(store: Store): void {
    const newest = store.revision();
    assert.ok(newest <= this.#last, `revision ${newest} was never written`);
    const oldest = Math.max(store.compactedRevision(), 1);
    for (let revision = oldest; revision <= newest; revision++) {
      const range = store.range("", { revision });
      assert.ok(range.ok);
      const told = range.entries.map((entry) => shape(entry)).join("; ");
      assert.equal(told, this.#states.get(revision), `state at revision ${revision}`);
    }
    assert.equal(store.count(""), newest === 1 ? 0 : this.#count(newest));
    const watch = store.watch({ prefix: "", afterRevision: oldest });
    const read = watch.read();
    watch.close();
    assert.ok(read.ok);
    assert.equal(read.events.length, newest - oldest, "events of the history");
    for (const [i, { revision, type, key, entry }] of read.events.entries()) {
      const value = Buffer.from(entry.value).toString();
      assert.equal(revision, oldest + i + 1);
      assert.deepEqual({ type, key, value }, this.#events.get(revision));
    }
  }

  #count(revision: number): number {
    const state = this.#states.get(revision)!;
    return state === "" ? 0 : state.split("; ").length;
  }
}

/** One random write; what it gives may be a refusal. */
export async function randomWrite(store: Store, random: Random): Promise<number> {
  const key = `/k/${randomInteger(random, 12)}`;
  const current = store.get(key);
  const dice = randomInteger(random, 10);
  const expected = dice === 0 ? 3 : dice < 4 ? "any" : (current?.modRevision ?? 0);
  const length = dice === 9 ? 2000 : randomInteger(random, 300);
  const written =
    randomInteger(random, 4) === 0
      ? await store.delete(key, expected)
      : await store.put(key, bytes(`{"rv":"","n":"${"x".repeat(length)}"}`), expected);
  return written.ok ? written.revision : 0;
}
