// A watch at work: a cursor into the store's log, turned into frames at the reader's pace. Nothing is buffered for a
// slow reader: while it does not ask, the cursor stays where it is, and ends when the log is compacted behind it.
import { type Status, StatusError } from "../schema/status-error.ts";
import type { Entry, Range, StoreEvent } from "../store/store.ts";
import type { Scope } from "./scope.ts";
import { type Chosen, isChosen } from "./selection.ts";
import type { WatchRounds } from "./watch-rounds.ts";

export type Following = {
  readonly prefix: string;
  readonly chosen: Chosen;
  /** Undefined: from the newest revision. */
  readonly afterRevision: number | undefined;
  /** Begin with what is there. */
  readonly initial: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  /** Why it cannot begin; all that the reader gets. */
  readonly problem?: Status;
  /** Where it waits for its turn when there is something to read; absent: it is served at once. */
  readonly rounds?: WatchRounds | undefined;
};

export type Change = "ADDED" | "MODIFIED" | "DELETED";

/** Makes what goes to the reader; shared by all watches of the same form where it can be. */
export type Frames<Frame> = {
  /** `entry` as it stands. */
  readonly change: (type: Change, entry: Entry) => Frame;
  /** An object that is chosen no more: as it was chosen last (`entry`), at the `revision` of the change. */
  readonly vanished: (entry: Entry, revision: number) => Frame;
  readonly bookmark: (revision: number, initialEnd: boolean) => Frame;
  readonly error: (status: Status) => Frame;
  /** Watches of one kind and form send the same for the same events; absent: what each sends is its own. */
  readonly form?: string;
};

/** Frames in one batch: enough to fill a flush, little enough to let others run. */
const batchMax = 256;

const bookmarkMs = 60_000;

/** The last bookmark of a watch with a time comes so long before its end, that the reader still gets it. */
const beforeEndMs = 2000;

export async function* follow<Frame>(
  scope: Scope,
  following: Following,
  frames: Frames<Frame>,
): AsyncIterable<readonly Frame[]> {
  const { parts } = scope;
  const { prefix, initial, bookmarks, problem: refusal } = following;
  if (refusal !== undefined) {
    yield [frames.error(refusal)];
    return;
  }
  const afterRevision = following.afterRevision ?? parts.store.revision();
  const alarm = alarmOf(scope, following);
  const opened = parts.meter.opened(scope.context);
  const cursor = parts.store.watch({ prefix, afterRevision, endsAtGap: true, wake: alarm.wake });
  try {
    if (initial) {
      const range = scope.parts.store.range(prefix, { revision: afterRevision });
      const entries = range.ok ? range.entries : [];
      const problem = await unreadable(
        scope,
        entries.map((entry) => ({ entry })),
      );
      if (problem !== undefined) {
        yield [frames.error(problem)];
        return;
      }
      if (range.ok) yield* initialBatches(scope, following, frames, range);
    }
    while (!alarm.over()) {
      const read = cursor.read(batchMax);
      if (!read.ok) {
        if (read.why === "closed") return;
        yield [frames.error(tooOld(afterRevision, read.compactedRevision))];
        return;
      }
      const problem = await unreadable(scope, read.events);
      if (problem !== undefined) {
        yield [frames.error(problem)];
        return;
      }
      const batch = batchOf(scope, following.chosen, frames, read.events);
      opened.sent(batch.length);
      if (batch.length > 0) yield batch;
      if (read.events.length > 0) continue;
      if (bookmarks && alarm.bookmarkDue(cursor.revision))
        yield [frames.bookmark(cursor.revision, false)];
      else await alarm.next();
    }
  } finally {
    opened.close();
    cursor.close();
    alarm.cancel();
  }
}

async function* initialBatches<Frame>(
  scope: Scope,
  { chosen, bookmarks }: Following,
  frames: Frames<Frame>,
  { entries, revision }: Range & { ok: true },
): AsyncIterable<readonly Frame[]> {
  let batch: Frame[] = [];
  for (const entry of entries) {
    if (!isEntryChosen(scope, chosen, entry)) continue;
    batch.push(frames.change("ADDED", entry));
    if (batch.length < batchMax) continue;
    yield batch;
    batch = [];
  }
  if (bookmarks) batch.push(frames.bookmark(revision, true));
  if (batch.length > 0) yield batch;
}

/** Why what is stored cannot be shown in the version of the request, where somebody outside converts. */
async function unreadable(
  { parts, kind }: Scope,
  events: readonly { readonly entry: Entry; readonly previous?: Entry | undefined }[],
): Promise<Status | undefined> {
  if (kind.convert === undefined) return undefined;
  const entries = events.flatMap(({ entry, previous }) => (previous ? [entry, previous] : [entry]));
  try {
    await parts.objects.ready(kind, entries);
    return undefined;
  } catch (error) {
    if (error instanceof StatusError) return error.toStatus();
    throw error;
  }
}

function batchOf<Frame>(
  scope: Scope,
  chosen: Chosen,
  frames: Frames<Frame>,
  events: readonly StoreEvent[],
): readonly Frame[] {
  const make = (): readonly Frame[] => framesOf(scope, chosen, frames, events);
  const { form } = frames;
  if (!chosen.all || form === undefined || events.length === 0) return make();
  return scope.parts.batches.of(events, { kind: scope.kind, form }, make);
}

function framesOf<Frame>(
  scope: Scope,
  chosen: Chosen,
  frames: Frames<Frame>,
  events: readonly StoreEvent[],
): Frame[] {
  const batch: Frame[] = [];
  for (const { entry, previous, revision } of events) {
    const before = previous !== undefined && isEntryChosen(scope, chosen, previous);
    const now = !entry.deleted && isEntryChosen(scope, chosen, entry);
    if (now) batch.push(frames.change(before ? "MODIFIED" : "ADDED", entry));
    else if (before && entry.deleted) batch.push(frames.change("DELETED", entry));
    else if (before) batch.push(frames.vanished(previous, revision));
  }
  return batch;
}

const isEntryChosen = ({ parts, kind }: Scope, chosen: Chosen, entry: Entry): boolean =>
  chosen.all || isChosen(kind, chosen, parts.objects.parsed(kind, entry));

const tooOld = (asked: number, oldest: number): Status =>
  new StatusError(410, "Expired", `too old resource version: ${asked} (${oldest})`).toStatus();

type Alarm = {
  /** Resolves at the next event, at the time for a bookmark, and at the end. */
  next(): Promise<void>;
  readonly wake: () => void;
  /** The reader is gone, the time is over or the server stops. */
  over(): boolean;
  /** Whether the reader should be told of `revision` (each minute, and shortly before the end); it then counts as told. */
  bookmarkDue(revision: number): boolean;
  cancel(): void;
};

function alarmOf({ parts, context }: Scope, following: Following): Alarm {
  const { timeoutMs, rounds } = following;
  const { clock, stopping } = parts;
  const { signal } = context.request;
  let waiting: (() => void) | undefined;
  let woken = false;
  let ended = signal.aborted || stopping.aborted;
  let due = false;
  let queued = false;
  /** The revision that the reader knows already. */
  let known = following.afterRevision ?? 0;
  const endsAtMs = clock.monotonic() + timeoutMs;
  const stir = (): void => {
    queued = false;
    woken = true;
    waiting?.();
    waiting = undefined;
  };
  const wake = (): void => {
    if (rounds === undefined) return stir();
    if (!queued) rounds.join(stir);
    queued = true;
  };
  const end = (): void => {
    ended = true;
    stir();
  };
  const ring = (): void => {
    due = true;
    cancelBookmark = clock.after(untilBookmark(), ring);
    stir();
  };
  const untilBookmark = (): number => {
    const last = endsAtMs - beforeEndMs - clock.monotonic();
    return last > 0 && last < bookmarkMs ? last : bookmarkMs;
  };
  let cancelBookmark = clock.after(untilBookmark(), ring);
  const cancelEnd = clock.after(timeoutMs, end);
  signal.addEventListener("abort", end);
  stopping.addEventListener("abort", end);
  return {
    wake,
    next() {
      if (woken) {
        woken = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting = () => {
          woken = false;
          resolve();
        };
      });
    },
    over: () => ended,
    bookmarkDue(revision) {
      if (!due || revision <= known || signal.aborted) return false;
      due = false;
      known = revision;
      return true;
    },
    cancel() {
      cancelBookmark();
      cancelEnd();
      signal.removeEventListener("abort", end);
      stopping.removeEventListener("abort", end);
    },
  };
}
