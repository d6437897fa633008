import type { Kind } from "../schema/kind.ts";
import type { Kinds } from "./context.ts";

/** The built-in kinds and those of custom resources, found by what stands in a path. */
export function makeKinds(builtin: readonly Kind[]): Kinds {
  const custom = new Map<string, readonly Kind[]>();
  const listeners = new Set<() => void>();
  const byPath = new Map(builtin.map((kind) => [pathKey(kind.resource), kind]));
  let every: readonly Kind[] | undefined;
  let revision = 1;
  return {
    find: (group, version, plural) => byPath.get(`${group}/${version}/${plural}`),
    all() {
      every ??= [...builtin, ...[...custom.values()].flat()];
      return every;
    },
    get revision() {
      return revision;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setCustom(definition, kinds) {
      for (const { resource } of custom.get(definition) ?? []) byPath.delete(pathKey(resource));
      for (const kind of kinds) byPath.set(pathKey(kind.resource), kind);
      if (kinds.length === 0) custom.delete(definition);
      else custom.set(definition, kinds);
      every = undefined;
      revision++;
      for (const listener of listeners) listener();
    },
  };
}

const pathKey = ({ group, version, plural }: Kind["resource"]): string =>
  `${group}/${version}/${plural}`;
