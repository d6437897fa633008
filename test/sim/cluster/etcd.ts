// What etcd promises, in memory: conditional transactions, ranges at a revision, compaction, and all events in order.
// How messages reach it, or do not, is the part of `etcd-members.ts`.
import type {
  Calls,
  Compare,
  KeyValue,
  RangeRequest,
  RangeResponse,
  RequestOp,
  TxnRequest,
  TxnResponse,
  WireEvent,
} from "../../../src/store/etcd/definition.ts";
import type { CallFailure } from "../../../src/store/etcd/failure.ts";

export type Outcome = { answer: Calls[keyof Calls][1] } | { failure: CallFailure };

const outOfRange = 11;
const resourceExhausted = 8;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

export class Etcd {
  /** An alarm NOSPACE is raised: nothing can be put. */
  isFull = false;
  /** Called after each write. */
  onWrite: () => void = () => {};
  #revision = 1;
  #compacted = 0;
  /** Versions of each key in order; one with version 0 is a deletion. */
  readonly #versions = new Map<string, KeyValue[]>();
  #events: WireEvent[] = [];

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compacted;
  }

  call<N extends keyof Calls>(name: N, request: Calls[N][0]): Outcome {
    try {
      return { answer: this.#answer(name, request) };
    } catch (error) {
      if (error instanceof Refused) return { failure: error.failure };
      throw error;
    }
  }

  /** In order, from the one at `revision` on; copies, as from a wire. */
  eventsFrom(revision: number): WireEvent[] {
    const first = this.#events.findLastIndex(({ kv }) => kv.modRevision < revision) + 1;
    return this.#events.slice(first).map(({ type, kv }) => ({ type, kv: { ...kv } }));
  }

  /** Forgets what was before `revision`, as far as the newest one. */
  compact(revision: number): void {
    if (revision <= this.#compacted)
      throw new Refused(outOfRange, "etcdserver: mvcc: required revision has been compacted");
    if (revision > this.#revision)
      throw new Refused(outOfRange, "etcdserver: mvcc: required revision is a future revision");
    this.#compacted = revision;
    this.#events = this.#events.filter(({ kv }) => kv.modRevision >= revision);
    for (const [key, versions] of this.#versions) {
      const at = versions.findLastIndex((kv) => kv.modRevision <= revision);
      const kept = versions.slice(versions[at]?.version === 0 ? at + 1 : Math.max(at, 0));
      if (kept.length > 0) this.#versions.set(key, kept);
      else this.#versions.delete(key);
    }
  }

  #answer(name: keyof Calls, request: object): Calls[keyof Calls][1] {
    switch (name) {
      case "range":
        return this.#range(request as RangeRequest);
      case "txn":
        return this.#transact(request as TxnRequest);
      case "compact":
        this.compact((request as { revision: number }).revision);
        return { header: this.#header };
      case "status":
        return { header: this.#header, version: "3.6.0", errors: [] };
    }
  }

  get #header(): { revision: number } {
    return { revision: this.#revision };
  }

  #at(key: string, revision: number): KeyValue | undefined {
    const found = this.#versions.get(key)?.findLast((kv) => kv.modRevision <= revision);
    return found && found.version > 0 ? found : undefined;
  }

  #range({ key, rangeEnd, limit = 0, revision = 0, countOnly }: RangeRequest): RangeResponse {
    if (revision > this.#revision)
      throw new Refused(outOfRange, "etcdserver: mvcc: required revision is a future revision");
    if (revision > 0 && revision < this.#compacted)
      throw new Refused(outOfRange, "etcdserver: mvcc: required revision has been compacted");
    const [from, end] = [textOf(key), rangeEnd && textOf(rangeEnd)];
    const isIn = (name: string): boolean => name >= from && (end === "\0" || name < end!);
    const names = end === undefined ? [from] : [...this.#versions.keys()].filter(isIn).sort();
    const all = names.flatMap((name) => this.#at(name, revision || this.#revision) ?? []);
    const kvs = limit > 0 ? all.slice(0, limit) : all;
    return {
      header: this.#header,
      kvs: countOnly ? [] : kvs.map((kv) => ({ ...kv })),
      more: kvs.length < all.length,
      count: all.length,
    };
  }

  #transact({ compare, success, failure }: TxnRequest): TxnResponse {
    const succeeded = compare.every((wanted) => this.#holds(wanted));
    const operations = succeeded ? success : failure;
    if (this.isFull && operations.some((operation) => "requestPut" in operation))
      throw new Refused(resourceExhausted, "etcdserver: mvcc: database space exceeded");
    const next = this.#revision + 1;
    const responses = operations.map((operation) => this.#operate(operation, next));
    if (this.#revision === next) this.onWrite();
    return { header: this.#header, succeeded, responses };
  }

  #holds({ result, target, key, version = 0, modRevision = 0 }: Compare): boolean {
    const kv = this.#at(textOf(key), this.#revision);
    const [found, wanted] =
      target === 0 ? [kv?.version ?? 0, version] : [kv?.modRevision ?? 0, modRevision];
    return result === 0 ? found === wanted : found > wanted;
  }

  #operate(operation: RequestOp, next: number): { responseRange?: RangeResponse } {
    if ("requestRange" in operation) return { responseRange: this.#range(operation.requestRange) };
    const isPut = "requestPut" in operation;
    const key = isPut ? operation.requestPut.key : operation.requestDeleteRange.key;
    const old = this.#at(textOf(key), this.#revision);
    if (!isPut && !old) return {};
    const kv: KeyValue = {
      key,
      value: isPut ? Buffer.from(operation.requestPut.value) : Buffer.alloc(0),
      modRevision: next,
      createRevision: isPut ? (old?.createRevision ?? next) : 0,
      version: isPut ? (old?.version ?? 0) + 1 : 0,
    };
    this.#revision = next;
    const versions = this.#versions.get(textOf(key)) ?? [];
    this.#versions.set(textOf(key), [...versions, kv]);
    this.#events.push({ type: isPut ? 0 : 1, kv });
    return {};
  }
}

class Refused extends Error {
  readonly failure: CallFailure;

  constructor(code: number, details: string) {
    super(details);
    this.failure = { code, details };
  }
}
