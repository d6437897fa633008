import assert from "node:assert/strict";
import type { Clock } from "../lib/clock.ts";
import { Compaction, type Retention } from "./compaction.ts";
import type { Batch, Journal } from "./journal.ts";
import type { Seal } from "./seal.ts";
import {
  type Entry,
  type Range,
  type RangeOptions,
  type Sizes,
  type Span,
  type Store,
  StoreError,
  type Watch,
  type WatchOptions,
  type Written,
} from "./store.ts";
import type { Slot, View } from "./view.ts";
import { type Expected, misfit, refusal } from "./write-edges.ts";

type Options = {
  view: View;
  journal: Journal;
  clock: Clock;
  retention: Retention;
  /** Called once when the store can no longer be trusted; the process must end. */
  fatal: (error: StoreError) => void;
  turnEnd?: TurnEnd | undefined;
  /** Called when part of the past was forgotten. */
  onCompacted?: () => void;
  /** Called by `close` when all writes have ended. */
  release?: () => Promise<void>;
  /** Closes values on their way into the journal. */
  seal?: Seal | undefined;
};

/** A write that was given a revision and is not durable yet. */
type Pending = {
  key: string;
  value: Uint8Array | undefined;
  revision: number;
  createRevision: number;
  version: number;
  /** Where the key's versions are, if it had one when the write was asked for. */
  slot: Slot | undefined;
  group: Group;
  expected: Expected;
  /** There was room for deletions only when it was asked for. */
  whenFull: boolean;
  settle: (outcome: Written | Promise<Written>) => void;
  fail: (error: StoreError) => void;
};

/** Writes that share a batch of the journal. `settled` never rejects. */
type Group = {
  batch: Batch;
  writes: Pending[];
  bytes: number;
  settled: PromiseWithResolvers<void>;
};

type Asked = { key: string; value: Uint8Array | undefined; expected: Expected };

/** What a write follows: the last one that is not durable yet, and the place of the durable ones. */
type Before = { pending: Pending | undefined; slot: Slot | undefined; newest: number | undefined };

/**
 * Calls `run` once all that the process has to read now was handled, so that writes which came
 * together share a sync. Without it a group goes to the disk behind the present call.
 */
export type TurnEnd = (run: () => void) => void;

/** Bytes of one batch after which the next one begins, so that no write waits behind megabytes. */
const groupBytesMax = 2 * 1024 * 1024;

/** Bytes of values that may wait for the disk; further writes wait until there is room. */
const pendingBytesMax = 64 * 1024 * 1024;

/**
 * A store on a journal that only this process writes to. Writes get their revision at once, in the
 * order in which they are asked for, and wait in groups: while one group is being made durable, the
 * next one gathers. Readers see a group when it is durable, and not before.
 */
export class LogStore implements Store {
  readonly #view: View;
  readonly #journal: Journal;
  readonly #fatal: (error: StoreError) => void;
  readonly #turnEnd: TurnEnd | undefined;
  readonly #compaction: Compaction;
  readonly #release: () => Promise<void>;
  readonly #seal: Seal | undefined;
  /** The newest write of each key that is not durable yet. */
  readonly #pending = new Map<string, Pending>();
  /** Groups in order; the first may be on its way to the disk. */
  #groups: Group[] = [];
  readonly #committing = new WeakSet<Group>();
  #pendingBytes = 0;
  /** The last revision that was given to a write. */
  #assigned: number;
  #flushing: Promise<void> | undefined;
  #ended: StoreError | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: Options) {
    const { view, journal, clock, retention, fatal } = options;
    this.#view = view;
    this.#journal = journal;
    this.#fatal = fatal;
    this.#turnEnd = options.turnEnd;
    this.#assigned = view.revision;
    this.#compaction = new Compaction(view, clock, retention, options.onCompacted ?? (() => {}));
    this.#release = options.release ?? (async () => {});
    this.#seal = options.seal;
    if (view.history.length > 0) this.#compaction.noticeWrites();
  }

  put(key: string, value: Uint8Array, expected: Expected): Promise<Written> {
    return this.#writeAtOnce(key, value, expected) ?? this.#write(key, value, expected);
  }

  delete(key: string, expected: Expected): Promise<Written> {
    return this.#writeAtOnce(key, undefined, expected) ?? this.#write(key, undefined, expected);
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
    return this.#seal?.isStale(key) ?? false;
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
    return this.#view.revision;
  }

  compactedRevision(): number {
    return this.#view.compactedRevision;
  }

  compact(revision: number): Promise<void> {
    return this.#compaction.compact(revision);
  }

  /** Keeps reads at `revision` possible until the returned function is called. */
  pin(revision: number): () => void {
    return this.#compaction.pin(revision);
  }

  sizes(): Sizes {
    return { ...this.#view.sizes, ...this.#journal.sizes(this.#view.compactedRevision) };
  }

  async close(): Promise<void> {
    this.#ended ??= new StoreError("closed", "the store is closed");
    this.#closing ??= this.#end();
    await this.#closing;
  }

  async #end(): Promise<void> {
    await this.#flushing;
    await this.#compaction.close();
    this.#view.closeWatches();
    await this.#release();
  }

  /** The common case without a detour: undefined when anything speaks against the write. */
  #writeAtOnce(key: string, value: Uint8Array | undefined, expected: Expected) {
    if (this.#ended || this.#journal.full || this.#pendingBytes > pendingBytesMax) return undefined;
    if (misfit(key, value)) return undefined;
    const before = this.#before(key);
    if (refusal(before.newest, value, expected)) return undefined;
    return this.#enqueue({ key, value, expected }, before);
  }

  async #write(key: string, value: Uint8Array | undefined, expected: Expected): Promise<Written> {
    const problem = misfit(key, value);
    if (problem) throw problem;
    for (;;) {
      if (this.#ended) throw this.#ended;
      if (value && this.#journal.full) throw fullError();
      if (this.#pendingBytes > pendingBytesMax) {
        await this.#groups[0]?.settled.promise;
        continue;
      }
      const before = this.#before(key);
      const { pending } = before;
      if (refusal(before.newest, value, expected)) {
        // Judged by a write that may still fail: wait, and judge by what is durable then.
        if (pending) await pending.group.settled.promise;
        const current = this.#view.get(key);
        const why = refusal(current?.modRevision, value, expected);
        if (why) return { ok: false, why, current } as Written;
        continue;
      }
      return this.#enqueue({ key, value, expected }, before);
    }
  }

  #enqueue({ key, value, expected }: Asked, before: Before): Promise<Written> {
    const last = before.newest === undefined ? undefined : (before.pending ?? before.slot?.head);
    const revision = ++this.#assigned;
    const { promise, resolve, reject } = Promise.withResolvers<Written>();
    const group = this.#gather();
    const write: Pending = {
      key,
      value,
      revision,
      createRevision: last ? last.createRevision : revision,
      version: last ? last.version + (value ? 1 : 0) : 1,
      slot: before.slot,
      expected,
      whenFull: this.#journal.full,
      group,
      settle: resolve,
      fail: reject,
    };
    group.batch.add(
      this.#seal && value ? { ...write, value: this.#seal.close(key, value) } : write,
    );
    group.writes.push(write);
    group.bytes += value?.length ?? 0;
    this.#pendingBytes += value?.length ?? 0;
    this.#pending.set(key, write);
    this.#flushing ??= this.#flush();
    return promise;
  }

  /** What the next write of `key` follows. The key is looked up here only, for the write's whole way. */
  #before(key: string): Before {
    const pending = this.#pending.get(key);
    const slot = pending?.slot ?? this.#view.slot(key);
    return { pending, slot, newest: this.#newest(pending, slot) };
  }

  /** Revision of the newest version, durable or not; undefined when it is a deletion or nothing. */
  #newest(pending: Pending | undefined, slot: Slot | undefined): number | undefined {
    if (!pending) return slot?.head?.deleted ? undefined : slot?.head?.modRevision;
    return pending.value && pending.revision;
  }

  /** The group that takes the next write. */
  #gather(): Group {
    const last = this.#groups.at(-1);
    if (last && last.batch.bytes < groupBytesMax && !this.#committing.has(last)) return last;
    const settled = Promise.withResolvers<void>();
    const group: Group = { batch: this.#journal.begin(), writes: [], bytes: 0, settled };
    this.#groups.push(group);
    return group;
  }

  async #flush(): Promise<void> {
    await this.#gathered();
    for (let group = this.#groups[0]; group; group = this.#groups[0]) {
      this.#committing.add(group);
      try {
        await this.#journal.commit(group.batch);
        this.#groups.shift();
        this.#publish(group);
      } catch (error) {
        this.#abandon(asStoreError(error));
      }
      if (this.#groups.length > 0) await this.#gathered();
    }
    this.#flushing = undefined;
  }

  /** Lets everything that was asked for in this turn join the group. */
  #gathered(): Promise<void> | undefined {
    return this.#turnEnd && new Promise(this.#turnEnd);
  }

  /** Shows a durable group to readers, watches and writers, in this order. */
  #publish(group: Group): void {
    const entries = group.writes.map((write) => this.#view.apply(write));
    this.#view.announce();
    this.#compaction.noticeWrites();
    for (let i = 0; i < entries.length; i++) {
      const write = group.writes[i]!;
      const entry = entries[i]!;
      assert(entry.version === write.version, "the journal and the view count alike");
      this.#forgetPending(write);
      write.settle({ ok: true, revision: write.revision, entry });
    }
    this.#pendingBytes -= group.bytes;
    group.settled.resolve();
  }

  /** Takes back everything that is not durable. */
  #abandon(error: StoreError): void {
    const groups = this.#groups;
    this.#groups = [];
    this.#journal.rewind();
    this.#assigned = this.#view.revision;
    this.#pendingBytes = 0;
    this.#pending.clear();
    const full = error.code === "full";
    if (!full && !this.#ended) {
      this.#ended = error;
      this.#fatal(error);
    }
    for (const group of groups) {
      for (const write of group.writes) {
        // A deletion that was asked for before is tried again, in the space kept for it.
        if (!full || write.whenFull) write.fail(full ? fullError() : error);
        else write.settle(this.#write(write.key, write.value, write.expected));
      }
      group.settled.resolve();
    }
  }

  #forgetPending(write: Pending): void {
    if (this.#pending.get(write.key) === write) this.#pending.delete(write.key);
  }
}

function fullError(): StoreError {
  return new StoreError(
    "full",
    "the disk of the data directory is full: nothing can be written but deletions, " +
      "until there is space again",
  );
}

function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError("failed", `write to the log: ${error}`, { cause: error });
}
