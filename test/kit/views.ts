// A view of objects, as the server gives them to its parts, whose content a test sets.
import type { ApiObject } from "../../src/schema/kind.ts";
import type { View } from "../../src/server/context.ts";

type Change<T> = (namespace: string, name: string, object: T | undefined) => void;
export type OpenView<T extends ApiObject> = View<T> & {
  put: (...objects: T[]) => void;
  drop: Change<T>;
};

export function openView<T extends ApiObject>(...objects: T[]): OpenView<T> {
  const held = new Map<string, T>();
  const listeners = new Set<Change<T>>();
  const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;
  let revision = 0;
  const set: Change<T> = (namespace, name, object) => {
    if (object === undefined) held.delete(keyOf(namespace, name));
    else held.set(keyOf(namespace, name), object);
    revision++;
    for (const listener of listeners) listener(namespace, name, object);
  };
  const put = (...added: T[]): void => {
    for (const o of added) set(o.metadata.namespace ?? "", o.metadata.name ?? "", o);
  };
  put(...objects);
  return {
    get: (namespace, name) => held.get(keyOf(namespace, name)),
    newest: async (namespace, name) => held.get(keyOf(namespace, name)),
    list: (namespace) =>
      [...held.values()].filter(
        (o) => namespace === undefined || o.metadata.namespace === namespace,
      ),
    get revision() {
      return revision;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    put,
    drop: set,
  };
}
