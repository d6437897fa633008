import { EventWindow } from "./event-window.ts";
import type { StoreEvent, Watch, WatchOptions, WatchRead } from "./store.ts";

/** What watches see of the store: all events that are held, and how far they reach. */
export type WatchedLog = {
  readonly history: EventWindow;
  readonly revision: number;
  readonly compactedRevision: number;
};

/**
 * All open watches. Those of one prefix share a feed, the list of its events, in which each is no
 * more than a place. An event is put on a feed once, however many watch it.
 */
export class Watches {
  readonly #log: WatchedLog;
  readonly #exact = new Map<string, Feed>();
  /** Feeds whose prefix ends in "/", found by the "/" of a key. */
  readonly #folders = new Map<string, Feed>();
  readonly #others = new Map<string, Feed>();
  #changed = new Set<Feed>();

  constructor(log: WatchedLog) {
    this.#log = log;
  }

  open(options: WatchOptions): Watch {
    const { prefix, exact = false, afterRevision } = options;
    if (afterRevision < this.#log.compactedRevision) return ended(this.#log);
    const feeds = exact ? this.#exact : prefix.endsWith("/") ? this.#folders : this.#others;
    let feed = feeds.get(prefix);
    if (!feed) {
      feed = new Feed(prefix, exact, this.#log);
      feeds.set(prefix, feed);
    }
    const cursor = new Cursor(feed, options, () => {
      if (feed.leave(cursor)) feeds.delete(prefix);
    });
    feed.join(cursor, afterRevision);
    return cursor;
  }

  /** Puts an event on the feeds that it belongs to. Nobody is woken before `announce`. */
  publish(event: StoreEvent): void {
    const { key } = event;
    if (this.#exact.size > 0) this.#push(this.#exact.get(key), event);
    if (this.#folders.size > 0) {
      for (let at = key.indexOf("/"); at >= 0; at = key.indexOf("/", at + 1))
        this.#push(this.#folders.get(key.slice(0, at + 1)), event);
    }
    for (const [prefix, feed] of this.#others) if (key.startsWith(prefix)) this.#push(feed, event);
  }

  /** Wakes everybody who waits for what was published. */
  announce(): void {
    if (this.#changed.size === 0) return;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const feed of changed) feed.wake();
  }

  dropThrough(revision: number): void {
    for (const feed of this.#all()) feed.events.dropThrough(revision);
  }

  /** Ends the watches that want no gap: what comes next does not follow from what they have seen. */
  breakOff(): void {
    for (const feed of this.#all()) feed.breakOff();
  }

  closeAll(): void {
    for (const feed of [...this.#all()]) feed.close();
  }

  #push(feed: Feed | undefined, event: StoreEvent): void {
    if (!feed) return;
    feed.events.push(event);
    this.#changed.add(feed);
  }

  *#all(): Generator<Feed> {
    yield* this.#exact.values();
    yield* this.#folders.values();
    yield* this.#others.values();
  }
}

class Feed {
  readonly events = new EventWindow();
  readonly log: WatchedLog;
  readonly #prefix: string;
  readonly #exact: boolean;
  /** All events later than this revision are here, but for compacted ones. */
  #since: number;
  readonly #cursors = new Set<Cursor>();
  #waiting = new Set<Cursor>();
  /** The last slice that was read: watchers that stand together share it. */
  #slice: { from: number; to: number; events: readonly StoreEvent[] } | undefined;

  constructor(prefix: string, exact: boolean, log: WatchedLog) {
    this.log = log;
    this.#prefix = prefix;
    this.#exact = exact;
    this.#since = log.revision;
  }

  join(cursor: Cursor, afterRevision: number): void {
    if (afterRevision < this.#since) this.#reachBack(afterRevision);
    cursor.place = this.events.placeAfter(afterRevision);
    this.#cursors.add(cursor);
    this.#waiting.add(cursor);
  }

  /** True when the feed has no reader left. */
  leave(cursor: Cursor): boolean {
    this.#waiting.delete(cursor);
    return this.#cursors.delete(cursor) && this.#cursors.size === 0;
  }

  wait(cursor: Cursor): void {
    this.#waiting.add(cursor);
  }

  wake(): void {
    const waiting = this.#waiting;
    if (waiting.size === 0) return;
    this.#waiting = new Set();
    for (const cursor of waiting) cursor.wake();
  }

  slice(from: number, to: number): readonly StoreEvent[] {
    if (this.#slice?.from !== from || this.#slice.to !== to)
      this.#slice = { from, to, events: this.events.slice(from, to) };
    return this.#slice.events;
  }

  close(): void {
    for (const cursor of [...this.#cursors]) cursor.close();
  }

  breakOff(): void {
    for (const cursor of this.#cursors) cursor.breakOff();
  }

  /** Takes in the events between `revision` and those that the feed has. */
  #reachBack(revision: number): void {
    const { history } = this.log;
    const earlier: StoreEvent[] = [];
    const end = history.placeAfter(this.#since);
    for (let place = history.placeAfter(revision); place < end; place++) {
      const event = history.at(place)!;
      const { key } = event;
      if (this.#exact ? key === this.#prefix : key.startsWith(this.#prefix)) earlier.push(event);
    }
    this.events.prepend(earlier);
    this.#since = revision;
  }
}

class Cursor implements Watch {
  /** Place in the feed of the next event to be read. */
  place = 0;
  readonly #feed: Feed;
  readonly #onWake: (() => void) | undefined;
  readonly #onClose: () => void;
  #revision: number;
  #closed = false;
  readonly #endsAtGap: boolean;
  #isBroken = false;
  #waiter: (() => void) | undefined;

  constructor(feed: Feed, options: WatchOptions, onClose: () => void) {
    this.#feed = feed;
    this.#revision = options.afterRevision;
    this.#onWake = options.wake;
    this.#endsAtGap = options.endsAtGap ?? false;
    this.#onClose = onClose;
  }

  get revision(): number {
    const { events, log } = this.#feed;
    if (!this.#closed && !this.#isBroken && this.place === events.end)
      this.#revision = Math.max(this.#revision, log.revision);
    return this.#revision;
  }

  read(max = Number.POSITIVE_INFINITY): WatchRead {
    if (this.#closed) return { ok: false, why: "closed" };
    const { events, log } = this.#feed;
    if (this.#isBroken || this.place < events.start)
      return { ok: false, why: "compacted", compactedRevision: log.compactedRevision };
    // A watch may begin at a revision that is yet to come.
    while (this.place < events.end && events.at(this.place)!.revision <= this.#revision)
      this.place++;
    const end = Math.min(events.end, this.place + max);
    const read = end > this.place ? this.#feed.slice(this.place, end) : none;
    this.place = end;
    if (read.length > 0) this.#revision = read[read.length - 1]!.revision;
    if (end === events.end) this.#feed.wait(this);
    return { ok: true, events: read };
  }

  async next(options: { max?: number; signal?: AbortSignal } = {}): Promise<WatchRead> {
    const { max, signal } = options;
    signal?.throwIfAborted();
    for (;;) {
      const read = this.read(max);
      if (!read.ok || read.events.length > 0) return read;
      await this.#woken(signal);
    }
  }

  wake(): void {
    this.#waiter?.();
    this.#onWake?.();
  }

  breakOff(): void {
    if (!this.#endsAtGap) return;
    this.#revision = this.revision;
    this.#isBroken = true;
    this.wake();
  }

  close(): void {
    if (this.#closed) return;
    this.#revision = this.revision;
    this.#closed = true;
    this.#onClose();
    this.wake();
  }

  #woken(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(signal?.reason);
    this.#waiter = resolve;
    signal?.addEventListener("abort", abort, { once: true });
    return promise.finally(() => {
      this.#waiter = undefined;
      signal?.removeEventListener("abort", abort);
    });
  }
}

const none: readonly StoreEvent[] = [];

/** A watch from a compacted revision. */
function ended(log: WatchedLog): Watch {
  let closed = false;
  const read = (): WatchRead =>
    closed
      ? { ok: false, why: "closed" }
      : { ok: false, why: "compacted", compactedRevision: log.compactedRevision };
  return {
    read,
    next: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      return read();
    },
    revision: 0,
    close: () => {
      closed = true;
    },
  };
}
