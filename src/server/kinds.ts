import type { Kind } from "../schema/kind.ts";
import type { Kinds } from "./context.ts";

/** The built-in kinds and those of custom resources, found by what stands in a path. */
export function makeKinds(builtin: readonly Kind[]): Kinds {
  const custom = new Map<string, readonly Kind[]>();
  const listeners = new Set<() => void>();
  let byPath = new Map<string, Kind>();
  let every: readonly Kind[] = [];
  let revision = 0;
  const index = (): void => {
    every = [...builtin, ...[...custom.values()].flat()];
    byPath = new Map(every.map((kind) => [pathKey(kind.resource), kind]));
    revision++;
  };
  index();
  return {
    find: (group, version, plural) => byPath.get(`${group}/${version}/${plural}`),
    all: () => every,
    get revision() {
      return revision;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setCustom(definition, kinds) {
      if (kinds.length === 0) custom.delete(definition);
      else custom.set(definition, kinds);
      index();
      for (const listener of listeners) listener();
    },
  };
}

const pathKey = ({ group, version, plural }: Kind["resource"]): string =>
  `${group}/${version}/${plural}`;
