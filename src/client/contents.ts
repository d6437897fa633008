import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { Cache, Change } from "./cache.ts";
import type { Ref } from "./client.ts";
import { keyOf, keyOfRef } from "./key.ts";
import { compareVersions } from "./resource-version.ts";

/** The values under which an object is found; none leaves it out. */
export type IndexFunction<T> = (object: T) => readonly string[];

type Index<T> = { of: IndexFunction<T>; entries: Map<string, Map<string, T>> };
type Waiting = { isShown: () => boolean; resolve: () => void };

/** Name of the index that every cache has. */
const byNamespace = "namespace";

/** What a cache holds. `put`, `remove`, `replace`, `advance` are for the one that follows the server. */
export class Contents<T extends ApiObject> implements Cache<T> {
  readonly resource: Resource<T>;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #revision = "";
  #waiting: Waiting[] = [];

  readonly #onError: (error: unknown) => void;

  /** `onError` is told what a listener threw; the others are called all the same. */
  constructor(resource: Resource<T>, onError: (error: unknown) => void) {
    this.resource = resource;
    this.#onError = onError;
    // Who asks for it hears of the end; a cache that nobody waits for may be stopped all the same.
    this.#synced.promise.catch(() => {});
    if (resource.scope === "Namespaced")
      this.addIndex(byNamespace, (o) => [o.metadata.namespace ?? ""]);
  }

  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get revision(): string {
    return this.#revision;
  }

  get(ref: Ref): T | undefined {
    return this.#objects.get(keyOfRef(ref));
  }

  list(namespace?: string): T[] {
    return namespace && this.resource.scope === "Namespaced"
      ? this.by(byNamespace, namespace)
      : [...this.#objects.values()];
  }

  by(index: string, value: string): T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`the cache of ${this.resource.plural} has no index "${index}"`);
    return [...(found.entries.get(value)?.values() ?? [])];
  }

  addIndex(name: string, of: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { of, entries: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) enter(index, key, object);
  }

  onChange(listener: (change: Change<T>) => void): () => void {
    const own = (change: Change<T>): void => {
      try {
        listener(change);
      } catch (error) {
        this.#onError(error);
      }
    };
    for (const [key, next] of this.#objects) own({ key, old: undefined, next });
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  until(isShown: () => boolean, signal?: AbortSignal): Promise<void> {
    if (isShown()) return Promise.resolve();
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { isShown, resolve };
    this.#waiting.push(waiting);
    const abort = (): void => {
      this.#waiting = this.#waiting.filter((w) => w !== waiting);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Shows `next` unless something as new is shown already; with `force` in any case. */
  put(next: T, force = false): void {
    const key = keyOf(next);
    const old = this.#objects.get(key);
    const version = next.metadata.resourceVersion;
    if (old && !force && compareVersions(old.metadata.resourceVersion, version) >= 0) return;
    this.#set(key, old, next);
    this.#announce({ key, old, next });
  }

  /** `last` is the state in which the server deleted it. */
  remove(last: T): void {
    const key = keyOf(last);
    const old = this.#objects.get(key);
    if (!old) return;
    if (compareVersions(old.metadata.resourceVersion, last.metadata.resourceVersion) > 0) return;
    this.#set(key, old, undefined);
    this.#announce({ key, old: last, next: undefined });
  }

  /** Shows exactly `objects`, as of `revision`. What is equal is not announced. */
  replace(objects: readonly T[], revision: string, force = false): void {
    const keep = new Set<string>();
    for (const next of objects) {
      keep.add(keyOf(next));
      this.put(next, force);
    }
    for (const [key, old] of [...this.#objects]) {
      if (keep.has(key)) continue;
      this.#set(key, old, undefined);
      this.#announce({ key, old, next: undefined });
    }
    this.#revision = revision;
    this.#settle();
    this.#isSynced = true;
    this.#synced.resolve();
  }

  /** Every change up to `revision` has been put or removed. */
  advance(revision: string): void {
    if (compareVersions(this.#revision, revision) < 0) this.#revision = revision;
    this.#settle();
  }

  /** Nothing comes any more. */
  close(reason: unknown): void {
    this.#synced.reject(reason);
  }

  #set(key: string, old: T | undefined, next: T | undefined): void {
    if (next) this.#objects.set(key, next);
    else this.#objects.delete(key);
    for (const index of this.#indexes.values()) {
      if (old) leave(index, key, old);
      if (next) enter(index, key, next);
    }
  }

  #announce(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    const still: Waiting[] = [];
    for (const waiting of this.#waiting)
      if (waiting.isShown()) waiting.resolve();
      else still.push(waiting);
    this.#waiting = still;
  }
}

function enter<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.of(object)) {
    const entries = index.entries.get(value);
    if (entries) entries.set(key, object);
    else index.entries.set(value, new Map([[key, object]]));
  }
}

function leave<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.of(object)) {
    const entries = index.entries.get(value);
    entries?.delete(key);
    if (entries?.size === 0) index.entries.delete(value);
  }
}
