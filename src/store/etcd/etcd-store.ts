import { type Clock, pause } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { Compaction, defaultRetention, type Retention } from "../compaction.ts";
import { openedBy, type Seal } from "../seal.ts";
import {
  type Entry,
  type Range,
  type RangeOptions,
  type Sizes,
  type Span,
  type Store,
  StoreError,
  type StoreOptions,
  type Watch,
  type WatchOptions,
  type Written,
} from "../store.ts";
import { firstRevision, View } from "../view.ts";
import { type Expected, misfit, refusal } from "../write-edges.ts";
import { Arrivals } from "./arrivals.ts";
import { Compactor, compactionKey } from "./compactor.ts";
import type { KeyValue, TxnResponse, WireEvent } from "./definition.ts";
import { isCompacted } from "./failure.ts";
import { Feed } from "./feed.ts";
import { callMsMax, type Members } from "./members.ts";
import { Newest } from "./newest.ts";
import { changesTo, type Loaded, stateAt } from "./state.ts";
import { isOurs, writeOf } from "./transaction.ts";

export type EtcdStoreOptions = StoreOptions & {
  members: Members;
  clock: Clock;
  log: Log;
  /** Bounds of what this server keeps of the past; how far it reaches is agreed with the others. */
  retention?: Partial<Retention>;
  /** Time between compactions that the servers agree on. */
  compactionMs?: number;
  /** Closes and opens values on their way. */
  seal?: Seal;
  /** Called once when etcd's state has gone back; the process must end. */
  fatal: (error: StoreError) => void;
};

/** Upstream's `--etcd-compaction-interval`. */
const compactionMsDefault = 5 * 60_000;

/**
 * A store on an etcd cluster, which other servers write to as well. Everything that is read is in memory, kept in
 * step by one watch; a write is acknowledged when etcd has done it and the watch has brought it.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const store = new EtcdStore(options);
  try {
    await store.load();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class EtcdStore implements Store {
  readonly #options: EtcdStoreOptions;
  readonly #members: Members;
  readonly #clock: Clock;
  readonly #retention: Retention;
  readonly #compactor: Compactor;
  readonly #feed: Feed;
  #view: View;
  #compaction: Compaction;
  readonly #arrivals: Arrivals;
  readonly #newest: Newest;
  /** The last write of each key that is under way here: the next one waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #ended: StoreError | undefined;
  readonly #stop = new AbortController();

  constructor(options: EtcdStoreOptions) {
    const { members, clock, log } = options;
    this.#options = options;
    this.#members = members;
    this.#clock = clock;
    const compactionMs = options.compactionMs ?? compactionMsDefault;
    // The servers' agreement comes first: it reaches back one to two intervals.
    const ageMs = compactionMs * 2;
    this.#retention = { ...defaultRetention, ageMs, ...options.retention };
    this.#view = new View(options.stamp);
    this.#compaction = this.#compactionOf(this.#view);
    this.#compactor = new Compactor({ members, clock, log, intervalMs: compactionMs });
    this.#newest = new Newest(() => this.#askNewest());
    this.#arrivals = new Arrivals(clock, this.#stop.signal, (revision) => this.#late(revision));
    this.#feed = new Feed({
      members,
      clock,
      log,
      revision: () => this.#view.revision,
      receive: (events, revision) => this.#receive(events, revision),
      startAnew: () => this.#startAnew(),
    });
  }

  /** Reads the state of some minutes ago where etcd still has it, so that watches from then go on here. */
  async load(): Promise<void> {
    const members = this.#members;
    const { answer } = await members.call("range", { key: compactionKey });
    const newest = answer.header.revision;
    const told = answer.kvs[0] ? Number(Buffer.from(answer.kvs[0].value).toString()) : 0;
    const past = told > firstRevision && told <= newest ? told : firstRevision;
    const loaded = (await stateAt(members, past)) ?? (await stateAt(members, 0));
    if (loaded) await this.#fill(loaded);
    this.#feed.start();
    await this.#reached(newest);
    this.#compactor.start();
  }

  put(key: string, value: Uint8Array, expected: Expected): Promise<Written> {
    return this.#inTurn(key, value, expected);
  }

  delete(key: string, expected: Expected): Promise<Written> {
    return this.#inTurn(key, undefined, expected);
  }

  get(key: string): Entry | undefined {
    return this.#view.get(key);
  }

  range(span: Span, options?: RangeOptions): Range {
    return this.#view.range(span, options);
  }

  count(span: Span): number {
    return this.#view.count(span);
  }

  isStale(key: string): boolean {
    return this.#options.seal?.isStale(key) ?? false;
  }

  history(key: string): Entry[] {
    return this.#view.versions(key);
  }

  watch(options: WatchOptions): Watch {
    if (this.#ended) throw this.#ended;
    return this.#view.watch(options);
  }

  revision(): number {
    return this.#view.revision;
  }

  async latest(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    if (this.#ended) throw this.#ended;
    const newest = await this.#newest.ask();
    await this.#reached(newest, signal);
    return this.#view.revision;
  }

  compactedRevision(): number {
    return this.#view.compactedRevision;
  }

  async compact(revision: number): Promise<void> {
    const target = Math.min(revision, this.#view.revision);
    if (target > this.#view.compactedRevision) {
      await this.#members.call("compact", { revision: target, physical: false }).catch((error) => {
        if (!isCompacted(error)) throw error;
      });
    }
    await this.#compaction.compact(target);
  }

  pin(revision: number): () => void {
    return this.#compaction.pin(revision);
  }

  sizes(): Sizes {
    return { ...this.#view.sizes, diskBytes: 0, reclaimableBytes: 0 };
  }

  async close(): Promise<void> {
    const first = this.#ended === undefined;
    this.#ended ??= new StoreError("closed", "the store is closed");
    await Promise.allSettled([...this.#turns.values()]);
    if (!first) return;
    this.#stop.abort(this.#ended);
    await this.#compactor.stop();
    await this.#feed.stop();
    await this.#compaction.close();
    this.#members.close();
    this.#view.closeWatches();
  }

  /** Writes of one key from here are done in the order in which they are asked for. */
  #inTurn(key: string, value: Uint8Array | undefined, expected: Expected): Promise<Written> {
    const problem = this.#ended ?? misfit(key, value);
    if (problem) return Promise.reject(problem);
    const before = this.#turns.get(key);
    const write = (): Promise<Written> => this.#write(key, value, expected);
    const turn = before ? before.then(write, write) : write();
    const done = turn.finally(() => {
      if (this.#turns.get(key) === done) this.#turns.delete(key);
    });
    this.#turns.set(key, done);
    return done;
  }

  async #write(key: string, value: Uint8Array | undefined, expected: Expected): Promise<Written> {
    const stored = value && (this.#options.seal?.close(key, value) ?? value);
    for (;;) {
      const at = expected === "any" ? (this.#view.get(key)?.modRevision ?? 0) : expected;
      const request = writeOf(Buffer.from(key), stored, at);
      const { answer, again } = await this.#members.call("txn", request);
      const { revision } = answer.header;
      await this.#reached(revision);
      if (answer.succeeded) return { ok: true, revision, entry: this.#entryAt(key, revision) };
      const kv = keyValueOf(answer);
      if (again && stored && kv && isOurs(kv, stored, at)) {
        const entry = this.#entryAt(key, kv.modRevision);
        return { ok: true, revision: kv.modRevision, entry };
      }
      const current = this.#view.get(key);
      const why = refusal(current?.modRevision, value, expected);
      if (why === "absent" && again && !value)
        throw new StoreError("unavailable", `deletion of ${key}: an answer of etcd was lost`);
      if (why) return { ok: false, why, current } as Written;
    }
  }

  /** The version that a write at `revision` has made; the watch has brought it. */
  #entryAt(key: string, revision: number): Entry {
    const { history } = this.#view;
    for (let at = history.placeAfter(revision - 1); at < history.end; at++) {
      const event = history.at(at)!;
      if (event.revision > revision) break;
      if (event.key === key) return event.entry;
    }
    const found = this.#view.versions(key).find((entry) => entry.modRevision === revision);
    if (found) return found;
    throw new StoreError(
      "unavailable",
      `${key} was written at revision ${revision}, but compacted`,
    );
  }

  async #askNewest(): Promise<number> {
    const known = this.#view.revision;
    const request = { key: compactionKey, countOnly: true };
    const { answer } = await this.#members.call("range", request);
    const { revision } = answer.header;
    if (revision < known) this.#goneBack(revision, known);
    return revision;
  }

  /** Resolves once everything up to `revision` can be read. */
  async #reached(revision: number, signal?: AbortSignal): Promise<void> {
    if (revision <= this.#view.revision) return;
    const arrived = this.#arrivals.of(revision, signal);
    this.#feed.expect(revision);
    await arrived;
  }

  #late(revision: number): StoreError {
    return new StoreError(
      "unavailable",
      `etcd at ${this.#members.current} has not brought revision ${revision} within ` +
        `${callMsMax / 1000} s; this server is at ${this.#view.revision}`,
    );
  }

  #receive(events: readonly WireEvent[], revision: number): void | Promise<void> {
    const { seal } = this.#options;
    const values = events.map(({ type, kv }) =>
      type === 0 ? openedBy(seal, Buffer.from(kv.key).toString(), kv.value) : kv.value,
    );
    if (!values.some((value) => value instanceof Promise)) {
      for (const [i, { kv }] of events.entries()) kv.value = values[i] as Uint8Array;
      return this.#publish(events, revision);
    }
    return Promise.all(values).then((opened) => {
      for (const [i, { kv }] of events.entries()) kv.value = opened[i]!;
      this.#publish(events, revision);
    });
  }

  #publish(events: readonly WireEvent[], revision: number): void {
    for (const event of events) this.#apply(event);
    this.#view.advance(revision);
    this.#view.announce();
    this.#compaction.noticeWrites();
    this.#arrivals.reached(revision);
  }

  #apply({ type, kv }: WireEvent): void {
    if (compactionKey.equals(kv.key)) {
      if (type === 0) void this.#compaction.compact(Number(Buffer.from(kv.value).toString()));
      return;
    }
    const key = Buffer.from(kv.key).toString();
    const revision = kv.modRevision;
    if (type === 0) {
      const { createRevision, version } = kv;
      this.#view.apply({ key, value: kv.value, revision, told: { createRevision, version } });
    } else if (this.#view.get(key)) this.#view.apply({ key, value: undefined, revision });
  }

  #compactionOf(view: View): Compaction {
    return new Compaction(view, this.#clock, this.#retention, () => {});
  }

  async #fill({ revision, kvs }: Loaded): Promise<void> {
    const { stamp, seal } = this.#options;
    if (revision <= firstRevision) return;
    await this.#compaction.close();
    this.#view = new View(stamp, { revision, compactedRevision: revision });
    this.#compaction = this.#compactionOf(this.#view);
    for (const kv of kvs) {
      if (compactionKey.equals(kv.key)) continue;
      const key = Buffer.from(kv.key).toString();
      const value = await openedBy(seal, key, kv.value);
      const { createRevision, modRevision, version } = kv;
      this.#view.load({ key, value, createRevision, modRevision, version });
    }
  }

  /**
   * Takes in the present state as changes, for those who can do with them. The others' watches end, and nobody can
   * resume amid them, since the past is forgotten at once.
   */
  async #startAnew(): Promise<void> {
    const loaded = await this.#stateUntilThere();
    if (!loaded || loaded.revision <= this.#view.revision) return;
    this.#view.breakOffWatches();
    await this.#receive(changesTo(this.#view, loaded), loaded.revision);
    void this.#compaction.compact(loaded.revision);
  }

  /** The newest state, however long etcd takes; undefined when the store is closed meanwhile. */
  async #stateUntilThere(): Promise<Loaded | undefined> {
    for (;;) {
      try {
        return await stateAt(this.#members, 0);
      } catch (error) {
        if (this.#ended) return undefined;
        this.#options.log.warn("the state of etcd cannot be read yet", { error });
        await pause(this.#clock, 1000, this.#stop.signal);
      }
    }
  }

  #goneBack(newest: number, known: number): never {
    const error = new StoreError(
      "failed",
      `etcd at ${this.#members.current} is at revision ${newest}, but this server has seen ` +
        `${known}: it was put back to an older state; start all servers anew`,
    );
    if (!this.#ended) {
      this.#ended = error;
      this.#options.fatal(error);
    }
    throw error;
  }
}

const keyValueOf = ({ responses }: TxnResponse): KeyValue | undefined =>
  responses[0]?.responseRange?.kvs[0];
