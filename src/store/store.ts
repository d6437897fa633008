// The contract of every store: keys are strings in the order of their UTF-8 bytes, values are
// bytes, each write gets the next revision. The backends (memory, embedded, etcd) all keep it, and
// the conformance suite is run against each.

/**
 * One version of a key. The object's identity is the version's: the same version is the same object
 * as long as the store keeps it, so parsed forms may be remembered in a WeakMap keyed by it.
 */
export type Entry = {
  readonly key: string;
  /**
   * The stored bytes with the revision filled in (see `StoreOptions.stamp`). Never overwritten:
   * what was read stays valid as long as it is held. Do not change it, and read it anew from the
   * entry instead of holding it for long, since it keeps a whole chunk of memory alive.
   * Of a deleted version: the last value, filled in with the revision of the deletion.
   */
  readonly value: Uint8Array;
  /** The revision at which the key came into being (again). */
  readonly createRevision: number;
  /** The revision of this version. */
  readonly modRevision: number;
  /** 1 for the version that created the key, one more with each write. */
  readonly version: number;
  /** True for the version that says the key was deleted; only events and `history` show these. */
  readonly deleted: boolean;
};

/**
 * What became of a conditional write. `current` is the newest version when it was refused; reading
 * it is safe, it is durable. "exists": the key was expected to be absent; "absent": it was expected
 * to be there; "stale": it has another revision than expected.
 */
export type Written =
  | { ok: true; revision: number; entry: Entry }
  | { ok: false; why: "exists" | "stale"; current: Entry }
  | { ok: false; why: "absent"; current: undefined };

/** All keys that start with a string ("": all keys), or those in [from, to). */
export type Span = string | { from: string; to: string };

export type RangeOptions = {
  /** The state as of this revision; the current one when left out or 0. */
  revision?: number;
  /** Largest number of entries; all when left out or 0. */
  limit?: number;
  /** Only keys greater than this one: the last key of the page before. */
  after?: string;
};

/** The revision that was asked for is gone, or not there yet. */
export type Unreadable =
  | { ok: false; why: "compacted"; compactedRevision: number }
  | { ok: false; why: "future"; revision: number };

export type Range =
  | {
      ok: true;
      /** The revision that `entries` show. */
      revision: number;
      /** In the order of their keys. */
      entries: Entry[];
      /** How many more keys the span holds behind the last entry. */
      remaining: number;
    }
  | Unreadable;

/** One change. Shared by all watchers and never changed, so encoded forms may be hung on it. */
export type StoreEvent = {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly revision: number;
  /** The version that was written; of a deletion one with `deleted`. */
  readonly entry: Entry;
  /** The version before; undefined when the key did not exist. */
  readonly previous: Entry | undefined;
};

export type WatchOptions = {
  /** Keys that start with this; a key's own events only with `exact`. */
  prefix: string;
  /** True: `prefix` is a whole key. */
  exact?: boolean;
  /** Events later than this revision. */
  afterRevision: number;
  /**
   * Where etcd was compacted behind this server, nobody can tell what happened in between. True: such a watch ends
   * there ("compacted"). Left out: it is told what has become of each key, as if it had happened at once.
   */
  endsAtGap?: boolean;
  /**
   * Called when there is something to read again, once after each `read` that reached the end.
   * It runs amid the store's announcement: do little, do not throw. Also called when the watch ends.
   */
  wake?: () => void;
};

/** What a watch gives: events in order, or the reason why it has ended. */
export type WatchRead =
  | { ok: true; events: readonly StoreEvent[] }
  | { ok: false; why: "compacted"; compactedRevision: number }
  | { ok: false; why: "closed" };

/**
 * A cursor into the log. It costs the store nothing while nobody reads; one that stays behind until
 * its place is compacted has ended ("compacted").
 */
export type Watch = {
  /** The next events, at most `max` (all when left out); none when it is at the end. */
  read(max?: number): WatchRead;
  /** As `read`, but waits for events. Rejects with the signal's reason when it is aborted. */
  next(options?: { max?: number; signal?: AbortSignal }): Promise<WatchRead>;
  /** All events up to this revision were read: the revision for a bookmark. Never goes back. */
  readonly revision: number;
  /** Ends the watch. A waiting `next` gives "closed". */
  close(): void;
};

export type Sizes = {
  /** Number of keys that exist. */
  keys: number;
  /** Bytes of the newest values, and of all values including history. */
  liveBytes: number;
  heldBytes: number;
  /** Bytes of memory that hold values, including holes that wait for compaction. */
  memoryBytes: number;
  /** Events that watches and reads of the past can still reach. */
  historyEvents: number;
  /** Bytes on disk (0 in memory), and those that the next snapshot will free. */
  diskBytes: number;
  reclaimableBytes: number;
};

export type Store = {
  /**
   * Writes `value` when the newest version of `key` has revision `expected` (0: the key must not
   * exist; "any": whatever is there). The caller leaves `value` unchanged until this resolves, and
   * for good when it rejects. Resolves once the write is durable, readable and announced to watches.
   * Rejects with a `StoreError`.
   */
  put(key: string, value: Uint8Array, expected: number | "any"): Promise<Written>;
  /** Deletes the key under the same condition; "any" of an absent key gives "absent". */
  delete(key: string, expected: number | "any"): Promise<Written>;

  /** The newest durable version, undefined when the key does not exist. */
  get(key: string): Entry | undefined;
  range(span: Span, options?: RangeOptions): Range;
  count(span: Span): number;
  /** True when the key's value is encrypted otherwise than it would be now: writing it again changes what is stored. */
  isStale(key: string): boolean;
  /** The versions of a key that are still held, newest first, deletions included. */
  history(key: string): Entry[];

  /** A watch from a revision that is compacted already says so at its first `read`. */
  watch(options: WatchOptions): Watch;

  /** The revision of the newest write that can be read. 1 in an empty store, as in etcd. */
  revision(): number;
  /**
   * Resolves with a revision at least as new as every write that anybody has been told of before
   * this call, once it can be read here. At once where this process is the only writer.
   */
  latest(signal?: AbortSignal): Promise<number>;
  /** Reads of the past and watches need a revision of at least this one. */
  compactedRevision(): number;
  /** Forgets what only reads older than `revision` need. A lower one than before does nothing. */
  compact(revision: number): Promise<void>;
  /** Keeps reads at `revision` possible until the returned function is called. */
  pin(revision: number): () => void;
  sizes(): Sizes;
  /** Resolves once all writes under way have ended and everything is released. */
  close(): Promise<void>;
};

export type StoreOptions = {
  /**
   * Where the decimal digits of the revision go: the offset in a value at which they are inserted,
   * -1 for a value without such a place. Values are stored without the digits; what is read has them.
   */
  stamp?: (value: Uint8Array) => number;
};

/**
 * Why the store cannot do what was asked.
 * - "full": no space; reads and deletions work, writes will again when there is space. Retriable.
 * - "unavailable": the backend cannot be reached or has no quorum. Retriable; the write that was
 *   refused with it may have happened.
 * - "too-large", "bad-key": the key or value is outside the bounds.
 * - "locked": another process uses the data directory.
 * - "damaged": what is on disk is not what was written; names file and offset.
 * - "format": written by a version of this program that this one cannot read, or a backend too old.
 * - "foreign": the backend holds data of something else; nothing was changed.
 * - "sealed": a value is encrypted, and no key that is known opens it.
 * - "failed": the disk refused a sync, nothing can be trusted any more; the process must end.
 * - "closed": `close` was called.
 */
export type StoreErrorCode =
  | "full"
  | "unavailable"
  | "too-large"
  | "bad-key"
  | "locked"
  | "damaged"
  | "format"
  | "foreign"
  | "sealed"
  | "failed"
  | "closed";

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}

/** Largest key in UTF-8 bytes: longer than any path made of names that the API allows. */
export const keyBytesMax = 2048;

/** Largest value: above the 3 MiB that the API takes in one request, with room for defaults. */
export const valueBytesMax = 8 * 1024 * 1024;
