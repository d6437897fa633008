import { EventWindow } from "./event-window.ts";
import { compareBytes, KeyIndex, prefixEnd, type Slot } from "./key-index.ts";
import { Slab } from "./slab.ts";
import type {
  Entry,
  Range,
  RangeOptions,
  Span,
  StoreEvent,
  Unreadable,
  Watch,
  WatchOptions,
} from "./store.ts";
import { placeVersion, type Stamp, tombstone, type Version } from "./version.ts";
import { Watches } from "./watches.ts";

export type { Slot };

/** A durable change in the order of the log. `value` undefined: the key was deleted. */
export type Change = {
  key: string;
  value: Uint8Array | undefined;
  revision: number;
  /** Where the key is, if the caller has found it before. */
  slot?: Slot | undefined;
  /** What the key's version says of itself, where changes before it may have been passed over. */
  told?: { createRevision: number; version: number };
};

/** A version from a snapshot: part of the state at its revision, not a change. */
export type Loaded = {
  key: string;
  value: Uint8Array;
  createRevision: number;
  modRevision: number;
  version: number;
};

/** Revision of a store that nothing was written to, as in etcd. */
export const firstRevision = 1;

/**
 * Everything that can be read, in memory: the newest version of each key, older ones as far back as
 * the last compaction, and the watches. It is fed with durable changes in order and knows nothing
 * of where they come from; every backend has one.
 */
export class View {
  readonly history = new EventWindow();
  readonly #index = new KeyIndex();
  readonly #slab = new Slab();
  readonly #watches: Watches;
  readonly #stamp: Stamp;
  #revision: number;
  #compactedRevision: number;
  #liveBytes = 0;

  /** A state without keys; for a new store at `firstRevision`. */
  constructor(
    stamp: Stamp = () => -1,
    { revision, compactedRevision } = { revision: firstRevision, compactedRevision: 0 },
  ) {
    this.#revision = revision;
    this.#compactedRevision = compactedRevision;
    this.#stamp = stamp;
    this.#watches = new Watches(this);
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  get sizes() {
    return {
      keys: this.#index.live,
      liveBytes: this.#liveBytes,
      heldBytes: this.#slab.liveBytes,
      memoryBytes: this.#slab.memoryBytes,
      historyEvents: this.history.length,
    };
  }

  get(key: string): Version | undefined {
    const head = this.#index.find(key)?.head;
    return head?.deleted ? undefined : head;
  }

  /** The place of a key's versions, deletions included; undefined when there are none. */
  slot(key: string): Slot | undefined {
    return this.#index.find(key);
  }

  /** Takes in one change; watches hear of it with the next `announce`. */
  apply({ key, value, revision, slot: found, told }: Change): Version {
    // A key that exists stays where it was found; another one may have been forgotten meanwhile.
    const slot = found?.head?.deleted === false ? found : this.#index.findOrAdd(key);
    const before = slot.head;
    const previous = before?.deleted ? undefined : before;
    const after = value
      ? this.#place(slot, revision, value, told ?? nextVersion(revision, previous))
      : tombstone(previous!, revision);
    this.#index.setHead(slot, after);
    this.#liveBytes += after.length - (previous?.length ?? 0);
    this.#revision = revision;
    const type = value ? "put" : "delete";
    const event: StoreEvent = { type, key: slot.key, revision, entry: after, previous };
    this.history.push(event);
    this.#watches.publish(event);
    return after;
  }

  /** Says that up to `revision` there were no other changes than those taken in. */
  advance(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  announce(): void {
    this.#watches.announce();
  }

  /** Takes in a version of a snapshot. Only before the first `apply`. */
  load({ key, value, createRevision, modRevision, version }: Loaded): void {
    const slot = this.#index.findOrAdd(key);
    const loaded = this.#place(slot, modRevision, value, { createRevision, version });
    this.#index.setHead(slot, loaded);
    this.#liveBytes += loaded.length;
  }

  /** Versions share the text of their key with its place: the caller's own is let go of. */
  #place(
    { key, head }: Slot,
    modRevision: number,
    value: Uint8Array,
    { createRevision, version }: Counts,
  ): Version {
    const fields = { key, createRevision, modRevision, version, older: head };
    return placeVersion(this.#slab, fields, value, this.#stamp);
  }

  range(span: Span, options: RangeOptions = {}): Range {
    const revision = options.revision || this.#revision;
    const unreadable = this.#unreadable(revision);
    if (unreadable) return unreadable;
    const limit = options.limit || Number.POSITIVE_INFINITY;
    const { from, to } = bounds(span);
    const after = options.after !== undefined && compareBytes(options.after, from) >= 0;
    const start = after ? options.after! : from;
    if (revision < this.#revision) return this.#rangeAt(revision, { start, to, after, limit });
    const entries = this.#index.heads(start, to, after, limit);
    const remaining =
      entries.length < limit ? 0 : this.#index.count(start, to, after) - entries.length;
    return { ok: true, revision, entries, remaining };
  }

  count(span: Span): number {
    const { from, to } = bounds(span);
    return this.#index.count(from, to);
  }

  versions(key: string): Entry[] {
    const versions: Entry[] = [];
    for (let v = this.#index.find(key)?.head; v; v = v.older) versions.push(v);
    return versions;
  }

  /**
   * Up to `limit` existing versions as of `revision`, of keys greater than `after`. The caller keeps
   * `revision` from being compacted.
   */
  versionsAt(revision: number, after: string, limit: number): Version[] {
    const versions: Version[] = [];
    for (const slot of this.#index.slots(after, undefined, true)) {
      const version = versionAt(slot, revision);
      if (version && versions.push(version) === limit) break;
    }
    return versions;
  }

  watch(options: WatchOptions): Watch {
    return this.#watches.open(options);
  }

  /**
   * Forgets what only reads older than `revision` need, in steps of at most `steps` events or chunks
   * of memory. True when there is nothing left to do.
   */
  compactStep(revision: number, steps: number): boolean {
    for (let done = 0; done < steps; done++) {
      const oldest = this.history.at(this.history.start);
      if (!oldest || oldest.revision > revision) {
        this.#compactedRevision = Math.max(this.#compactedRevision, revision);
        this.#watches.dropThrough(this.#compactedRevision);
        return !this.#slab.tidy();
      }
      this.#forget(this.history.shift());
    }
    this.#watches.dropThrough(this.#compactedRevision);
    return false;
  }

  /** What comes next does not follow from what was before. */
  breakOffWatches(): void {
    this.#watches.breakOff();
  }

  closeWatches(): void {
    this.#watches.closeAll();
  }

  /** Lets go of what was readable only before `event`. */
  #forget({ revision, entry, previous }: StoreEvent): void {
    const version = entry as Version;
    if (previous) this.#slab.release(previous as Version);
    this.#compactedRevision = revision;
    if (!version.deleted) {
      version.older = undefined;
      return;
    }
    version.older!.older = undefined;
    const slot = this.#index.find(version.key);
    if (slot?.head === version) this.#index.remove(slot);
  }

  #rangeAt(
    revision: number,
    span: { start: string; to: string | undefined; after: boolean; limit: number },
  ): Range {
    const entries: Entry[] = [];
    let remaining = 0;
    for (const slot of this.#index.slots(span.start, span.to, span.after)) {
      const version = versionAt(slot, revision);
      if (!version) continue;
      if (entries.length < span.limit) entries.push(version);
      else remaining++;
    }
    return { ok: true, revision, entries, remaining };
  }

  #unreadable(revision: number): Unreadable | undefined {
    if (revision > this.#revision) return { ok: false, why: "future", revision: this.#revision };
    if (revision >= this.#compactedRevision) return undefined;
    return { ok: false, why: "compacted", compactedRevision: this.#compactedRevision };
  }
}

type Counts = { createRevision: number; version: number };

/** `previous`: the version before, if the key existed. */
function nextVersion(revision: number, previous: Version | undefined): Counts {
  if (previous === undefined) return { createRevision: revision, version: 1 };
  return { createRevision: previous.createRevision, version: previous.version + 1 };
}

function versionAt(slot: Slot, revision: number): Version | undefined {
  let version = slot.head;
  while (version && version.modRevision > revision) version = version.older;
  return version?.deleted ? undefined : version;
}

function bounds(span: Span): { from: string; to: string | undefined } {
  return typeof span === "string" ? { from: span, to: prefixEnd(span) } : span;
}
