// Who has written which version of an object, in the store itself beside the objects: so it outlives the process, and
// every server of a shared store knows it. Many writes share one small record, which is written behind them: a process
// that is killed takes the last second's with it. What the store forgets is forgotten here, too.
//
//   /coxswain/authors/0000000000001234-0000000000001310
//   {"format":1,"users":["alice","system:node:a"],"writes":[1234,0,1764000000, 2,1,0, …]}
//
// `writes` holds three numbers for each write: its revision and its time in seconds as the difference to the write
// before, and between them the place of its user in `users`.
import { type Clock, sleep } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Entry, Store } from "../store/store.ts";

const root = "/coxswain/authors/";

/** True for a key that tells who wrote others: it is no part of the state that it tells of. */
export const isAuthors = (key: string): boolean => key.startsWith(root);

const format = 1;
type Batch = { format: number; users: string[]; writes: number[] };

export type Author = { readonly user: string; readonly timeMs: number };
type Write = { revision: number; user: string; seconds: number };

/** From the first write that waits until its record is written. */
const waitMs = 1_000;
/** After a record could not be written. */
const retryMs = 10_000;
/** Writes of one record. */
const batchMax = 8_192;
/** Writes that wait while the store takes none; of more the oldest are forgotten. */
const waitingMax = 65_536;
/** Records before they are gone through for what nobody can ask for any more; then twice as many as are left. */
const recordsMin = 256;
/** Keys that are looked at in one go. */
const pageKeys = 500;

type Options = { store: Store; clock: Clock; log: Log };

export class Authors {
  readonly #options: Options;
  #waiting: Write[] = [];
  #cancel: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();
  #stopped = false;
  #recordsMax = recordsMin;

  constructor(options: Options) {
    this.#options = options;
  }

  /** `isRenewal`: it says no more than that its writer lives, and waits until something else is written. */
  note(revision: number, user: string, timeMs: number, isRenewal: boolean): void {
    this.#waiting.push({ revision, user, seconds: Math.floor(timeMs / 1000) });
    const { length } = this.#waiting;
    if (length >= batchMax && length % batchMax === 0) this.#soon(0);
    else if (!isRenewal) this.#soon(waitMs);
    if (length > waitingMax) this.#waiting.splice(0, length - waitingMax);
  }

  /** Of those of `revisions` that are known. */
  of(revisions: Iterable<number>): Map<number, Author> {
    const asked = new Set(revisions);
    const found = new Map<number, Author>();
    const take = ({ revision, user, seconds }: Write): void => {
      if (asked.has(revision)) found.set(revision, { user, timeMs: seconds * 1000 });
    };
    for (const record of this.#records()) {
      const [first = 0, last = 0] = boundsOf(record);
      if (![...asked].some((revision) => revision >= first && revision <= last)) continue;
      for (const write of writesIn(record)) take(write);
    }
    for (const write of this.#waiting) take(write);
    return found;
  }

  /** Resolves when all that was noted is stored, or cannot be. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#work;
    await this.#store().catch((error) => this.#options.log.warn(lost, { error }));
  }

  #soon(delayMs: number): void {
    if (this.#stopped || (this.#cancel !== undefined && delayMs > 0)) return;
    this.#cancel?.();
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#work = this.#work
        .then(() => this.#store())
        .then(() => this.#forget())
        .then(
          () => this.#next(waitMs),
          (error) => {
            if (!this.#stopped) this.#options.log.debug(lost, { error });
            this.#next(retryMs);
          },
        );
    });
  }

  #next(delayMs: number): void {
    this.#cancel = undefined;
    if (this.#waiting.length > 0) this.#soon(delayMs);
  }

  async #store(): Promise<void> {
    while (this.#waiting.length > 0) {
      const writes = this.#waiting.slice(0, batchMax);
      await this.#put(writes);
      // What had to be forgotten meanwhile is not there any more.
      const stored = new Set(writes);
      this.#waiting = this.#waiting.filter((write) => !stored.has(write));
    }
  }

  async #put(writes: Write[]): Promise<void> {
    writes.sort((a, b) => a.revision - b.revision);
    const key = `${root}${pad(writes[0]!.revision)}-${pad(writes.at(-1)!.revision)}`;
    await this.#options.store.put(key, encode(writes), "any");
  }

  #records(): Entry[] {
    const range = this.#options.store.range(root);
    return range.ok ? range.entries : [];
  }

  /** Writes few records in the place of many, without the versions that the store holds no more. */
  async #forget(): Promise<void> {
    const { store } = this.#options;
    if (store.count(root) <= this.#recordsMax) return;
    const forgotten = store.compactedRevision();
    const newest = await this.#newestVersions(forgotten);
    const replaced: Entry[] = [];
    let kept: Write[] = [];
    for (const record of this.#records()) {
      const writes = writesIn(record);
      const held = writes.filter(({ revision }) => revision > forgotten || newest.has(revision));
      if (writes.length >= batchMax / 2 && held.length >= writes.length / 2) continue;
      replaced.push(record);
      kept = kept.concat(held);
    }
    // First what stays: a process that ends between the two leaves what is told twice.
    const fresh = new Set<string>();
    kept.sort((a, b) => a.revision - b.revision);
    for (let at = 0; at < kept.length; at += batchMax) {
      const writes = kept.slice(at, at + batchMax);
      await this.#put(writes);
      fresh.add(`${root}${pad(writes[0]!.revision)}-${pad(writes.at(-1)!.revision)}`);
    }
    for (const { key, modRevision } of replaced)
      if (!fresh.has(key)) await store.delete(key, modRevision);
    this.#recordsMax = Math.max(recordsMin, store.count(root) * 2);
  }

  /** The revisions, up to `last`, of versions that no later one has replaced. */
  async #newestVersions(last: number): Promise<Set<number>> {
    const { store, clock } = this.#options;
    const found = new Set<number>();
    for (let after = ""; ; ) {
      const range = store.range("", { limit: pageKeys, after });
      const end = range.ok ? range.entries.at(-1) : undefined;
      if (!range.ok || !end) return found;
      for (const { modRevision } of range.entries) if (modRevision <= last) found.add(modRevision);
      after = end.key;
      await sleep(clock, 0);
    }
  }
}

const lost = "who wrote the last versions cannot be stored";

const pad = (revision: number): string => `${revision}`.padStart(16, "0");

const boundsOf = ({ key }: Entry): number[] => key.slice(root.length).split("-").map(Number);

/** `writes`: in the order of their revisions. */
function encode(writes: readonly Write[]): Uint8Array {
  const users = new Map<string, number>();
  const batch: Batch = { format, users: [], writes: [] };
  let [revision, seconds] = [0, 0];
  for (const write of writes) {
    let place = users.get(write.user);
    if (place === undefined) {
      place = batch.users.push(write.user) - 1;
      users.set(write.user, place);
    }
    batch.writes.push(write.revision - revision, place, write.seconds - seconds);
    ({ revision, seconds } = write);
  }
  return Buffer.from(JSON.stringify(batch));
}

/** Nothing of a record that a later version of this program has written. */
function writesIn({ value }: Entry): Write[] {
  const batch = JSON.parse(Buffer.from(value).toString()) as Batch;
  const found: Write[] = [];
  if (batch.format !== format) return found;
  let [revision, seconds] = [0, 0];
  for (let at = 0; at < batch.writes.length; at += 3) {
    revision += batch.writes[at]!;
    seconds += batch.writes[at + 2]!;
    found.push({ revision, user: batch.users[batch.writes[at + 1]!] ?? "", seconds });
  }
  return found;
}
