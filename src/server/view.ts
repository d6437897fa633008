// The current objects of a kind for the server itself. Nothing is kept twice: the store has the bytes, the cache of
// parsed objects has what is used.
import type { ApiObject, Kind } from "../schema/kind.ts";
import type { Store, StoreEvent, Watch } from "../store/store.ts";
import type { View } from "./context.ts";
import { keyOf, prefixOf } from "./keys.ts";
import type { Objects } from "./objects.ts";

type Listener<T> = (namespace: string, name: string, object: T | undefined) => void;

export function makeView<T extends ApiObject>(
  store: Store,
  objects: Objects,
  kind: Kind,
): View<T> & { close(): void } {
  const prefix = prefixOf(kind);
  const listeners = new Set<Listener<T>>();
  let revision = 0;
  let listed: { revision: number; byNamespace: Map<string, readonly T[]> } | undefined;
  let cursor = openCursor();
  function openCursor(): Watch {
    // The store is amid its announcement: look at the change right behind it.
    const wake = (): void => queueMicrotask(catchUp);
    return store.watch({ prefix, afterRevision: store.revision(), wake });
  }
  function catchUp(): void {
    const read = cursor.read();
    if (!read.ok) {
      if (read.why === "closed") return;
      revision++;
      cursor = openCursor();
      return;
    }
    for (const event of read.events) {
      revision++;
      for (const listener of listeners) listener(...changeIn<T>(event));
    }
  }
  const changeIn = <O extends T>({ key, entry }: StoreEvent): Parameters<Listener<O>> => {
    const parts = key.slice(prefix.length).split("/");
    const [namespace, name] = parts.length === 2 ? parts : ["", parts[0]];
    return [namespace!, name!, entry.deleted ? undefined : (objects.parsed(kind, entry) as O)];
  };
  const listFrom = (namespace: string): readonly T[] => {
    const range = store.range(prefixOf(kind, namespace));
    return range.ok ? range.entries.map((entry) => objects.parsed(kind, entry) as T) : [];
  };
  // Reading to the end arms the wake-up.
  catchUp();
  return {
    get(namespace, name) {
      const entry = store.get(keyOf(kind, namespace, name));
      return entry && (objects.parsed(kind, entry) as T);
    },
    async newest(namespace, name) {
      await store.latest();
      return this.get(namespace, name);
    },
    list(namespace = "") {
      catchUp();
      if (listed?.revision !== revision) listed = { revision, byNamespace: new Map() };
      let found = listed.byNamespace.get(namespace);
      if (found === undefined) {
        found = listFrom(namespace);
        listed.byNamespace.set(namespace, found);
      }
      return found;
    },
    get revision() {
      catchUp();
      return revision;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => cursor.close(),
  };
}
