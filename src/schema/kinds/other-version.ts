// A version of a kind that is served but not stored: it says what the stored one says, through the conversion.
import type { ApiObject, Column, Kind, KindSpec } from "../kind.ts";

export type Conversion<T extends ApiObject, S extends ApiObject> = {
  readonly toStored: (object: T) => S;
  readonly fromStored: (object: S) => T;
};

/** Everything but defaults and the names of field selectors, which each version has of its own. */
export function asStored<T extends ApiObject, S extends ApiObject>(
  stored: Kind,
  { toStored, fromStored }: Conversion<T, S>,
): KindSpec<T> {
  const { prepare, validate, warnings, statusWarnings } = stored;
  const optional = (object: T | undefined): S | undefined =>
    object === undefined ? undefined : toStored(object);
  return {
    singular: stored.singular,
    shortNames: stored.shortNames,
    categories: stored.categories,
    verbs: stored.verbs,
    subresources: stored.subresources,
    storedAs: stored.resource,
    toStored,
    fromStored: fromStored as (object: ApiObject) => T,
    nameRule: stored.nameRule,
    createsOnUpdate: stored.createsOnUpdate,
    unconditionalUpdate: stored.unconditionalUpdate,
    prepare:
      prepare &&
      ((next, old, write) => {
        const form = toStored(next);
        prepare(form, optional(old), write);
        become(next, fromStored(form));
      }),
    validate: validate && ((next, old, write) => validate(toStored(next), optional(old), write)),
    warnings: warnings && ((next, old) => warnings(toStored(next), optional(old))),
    statusWarnings: statusWarnings && ((next) => statusWarnings(toStored(next))),
    columns: stored.columns?.map((column) => converted(column, toStored)),
  };
}

const converted = <T extends ApiObject>(
  column: Column<ApiObject>,
  toStored: (object: T) => ApiObject,
): Column<T> => ({
  ...column,
  cell: (object, now, all) => column.cell(toStored(object), now, all?.map(toStored)),
});

function become<T extends object>(target: T, source: T): void {
  for (const key in target) if (!(key in source)) delete target[key];
  Object.assign(target, source);
}
