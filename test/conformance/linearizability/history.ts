// Concurrent clients of one store, and everything they saw, in the order in which it began and ended. Each written
// value is written once, so that a condition on a revision can be told as one on the value that was read there.
import { type Random, randomInteger } from "../../../src/lib/random.ts";
import { type Entry, type Store, StoreError } from "../../../src/store/store.ts";
import { bytes, text } from "../../store/values.ts";

export type Call = {
  client: number;
  op: "get" | "put" | "delete" | "list";
  key: string;
  /** Of a write: the value that it replaces or deletes ("": there is none), and the new one. */
  old: string;
  next: string;
  /** "unknown": it may have happened, or happen later. */
  result: "ok" | "refused" | "unknown";
  /** The state comes from the events of a watch, put together: it must be one that a list could have shown. */
  byWatch: boolean;
  /** Of a read: the value ("": none). Of a list: `key=value`, sorted. */
  read: string[];
  /** Places among all beginnings and ends; the end of an unknown one is beyond all others. */
  begin: number;
  end: number;
};

const prefix = "/linear/";

const keys = ["a", "b", "c"];
const never = Number.MAX_SAFE_INTEGER;

export class History {
  readonly calls: Call[] = [];
  #places = 0;
  #values = 0;
  #clients = 0;

  /** One client that does `count` things, one after the other. Resolves when it is done or its process is gone. */
  async run(
    store: Store,
    random: Random,
    count: number,
    pause: () => Promise<void>,
  ): Promise<void> {
    const client = this.#clients++;
    const seen: Seen = new Map();
    const followed = follow(store);
    for (let i = 0; i < count; i++) {
      const key = keys[randomInteger(random, keys.length)]!;
      const kind = randomInteger(random, 10);
      const known = seen.get(key) ?? { value: "", revision: 0 };
      const call: Call = {
        client,
        op: kind < 3 ? "get" : kind < 4 ? "list" : kind < 6 ? "delete" : "put",
        key,
        old: known.value,
        next: "",
        byWatch: randomInteger(random, 2) === 0,
        result: "unknown",
        read: [],
        begin: this.#places++,
        end: never,
      };
      if (call.op === "put") call.next = `v${++this.#values}`;
      this.calls.push(call);
      try {
        await this.#do({ store, followed, seen }, call, known.revision);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        seen.delete(key);
      }
      if (call.result !== "unknown") call.end = this.#places++;
      await pause();
    }
  }

  async #do({ store, followed, seen }: Eyes, call: Call, revision: number): Promise<void> {
    const { op, key, next } = call;
    const path = `${prefix}${key}`;
    if (op === "get" || op === "list") {
      await store.latest();
      const entries = call.byWatch ? followed() : entriesOf(store);
      for (const name of keys) {
        const entry = entries.find((e) => e.key === `${prefix}${name}`);
        if (op === "list" || name === key)
          seen.set(name, { value: text(entry) ?? "", revision: entry?.modRevision ?? 0 });
      }
      call.read =
        op === "get"
          ? [seen.get(key)?.value ?? ""]
          : entries.map((e) => `${e.key.slice(prefix.length)}=${text(e)}`).sort();
      call.result = "ok";
      return;
    }
    const written =
      op === "put"
        ? await store.put(path, bytes(next), revision)
        : await store.delete(path, revision);
    call.result = written.ok ? "ok" : "refused";
    if (!written.ok) seen.delete(key);
    else if (op === "put") seen.set(key, { value: next, revision: written.revision });
    else seen.set(key, { value: "", revision: 0 });
  }
}

type Seen = Map<string, { value: string; revision: number }>;
type Eyes = { store: Store; followed: () => Entry[]; seen: Seen };

function entriesOf(store: Store): Entry[] {
  const found = store.range(prefix);
  return found.ok ? found.entries : [];
}

/** What is there as the events of a watch tell, from what was there when it began; all of them so far. */
function follow(store: Store): () => Entry[] {
  const shown = new Map(entriesOf(store).map((entry) => [entry.key, entry]));
  const watch = store.watch({ prefix, afterRevision: store.revision() });
  return () => {
    const read = watch.read();
    if (!read.ok) throw new StoreError("unavailable", `the watch has ended: ${read.why}`);
    for (const { type, key, entry } of read.events) {
      if (type === "put") shown.set(key, entry);
      else shown.delete(key);
    }
    return [...shown.values()];
  };
}
