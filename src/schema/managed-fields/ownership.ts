// What a change does to the owners of fields: others lose what the change gave another value or
// removed, whoever made the change owns it.
import { decode } from "../decode.ts";
import type { ObjectShape } from "../shape.ts";
import { type Changes, compare } from "./compare.ts";
import type { Owner, Owners } from "./entries.ts";
import {
  difference,
  type FieldSet,
  intersection,
  isEmpty,
  noFields,
  recursiveDifference,
  union,
} from "./field-set.ts";
import { type Form, formOf, objectForm } from "./form.ts";
import { fieldKey } from "./path-key.ts";

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields that a write does not own because its strategy resets them: a write to an object does not
 * own its status, a write to its status owns nothing else.
 */
export type Ignored =
  /** Paths and all that lies below them. */
  | { readonly except: FieldSet }
  /** All but these fields of the object. */
  | { readonly only: readonly string[] };

export const withoutIgnored = (set: FieldSet, ignored: Ignored | undefined): FieldSet => {
  if (ignored === undefined) return set;
  if ("except" in ignored) return recursiveDifference(set, ignored.except);
  const kept: Record<string, FieldSet> = {};
  for (const name of [...ignored.only].sort()) {
    const part = set[fieldKey(name)];
    if (part !== undefined) kept[fieldKey(name)] = part;
  }
  return kept;
};

/** The set of the paths that start with these fields of the object. */
export const topFields = (...names: readonly string[]): FieldSet =>
  Object.fromEntries([...names].sort().map((name) => [fieldKey(name), noFields]));

/**
 * An object in another version, for owners whose entries name that one; undefined when the version
 * is not known any more, which ends what they own.
 */
export type Converter = (
  apiVersion: string,
  object: Fields,
) => { readonly shape: ObjectShape; readonly object: Fields } | undefined;

/** The form of each version that owners of an object name. */
export const formsOf =
  (
    { shape, apiVersion, convert }: Pick<Change, "shape" | "apiVersion" | "convert">,
    object: Fields | undefined,
  ) =>
  (version: string): Form | undefined => {
    if (version === apiVersion || convert === undefined) return formOf(shape);
    const converted = convert(version, object ?? {});
    return converted && formOf(converted.shape);
  };

export type Change = {
  readonly shape: ObjectShape;
  readonly apiVersion: string;
  readonly old: Fields;
  readonly next: Fields;
  readonly ignored?: Ignored | undefined;
  /** When absent, all versions are taken to have the same fields. */
  readonly convert?: Converter | undefined;
};

/** Paths that are nobody's, because the server sets them. */
const unowned: FieldSet = {
  "f:apiVersion": noFields,
  "f:kind": noFields,
  "f:metadata": {
    ".": noFields,
    "f:clusterName": noFields,
    "f:creationTimestamp": noFields,
    "f:generation": noFields,
    "f:managedFields": noFields,
    "f:name": noFields,
    "f:namespace": noFields,
    "f:resourceVersion": noFields,
    "f:selfLink": noFields,
    "f:uid": noFields,
  },
};

export const withoutUnowned = (set: FieldSet): FieldSet => difference(set, unowned);

/** An object of the kind that nobody has filled in. */
export function emptyObject(shape: ObjectShape): Fields {
  if (shape.name === "") return noFields;
  const known = emptyObjects.get(shape);
  if (known !== undefined) return known;
  const empty = decode(shape, {}).object;
  emptyObjects.set(shape, empty);
  return empty;
}

const emptyObjects = new WeakMap<ObjectShape, Fields>();

/** What changed, in the version of the request and in those that owners name. */
export class Comparison {
  readonly #change: Change;
  readonly #byVersion = new Map<string, Changes | "unknown" | undefined>();

  constructor(change: Change) {
    this.#change = change;
    this.#byVersion.set(
      change.apiVersion,
      compareObjects(change.shape, change.old, change.next, change.ignored),
    );
  }

  /** Undefined when nothing changed, "unknown" for a version that is gone. */
  in(apiVersion: string): Changes | "unknown" | undefined {
    if (!this.#byVersion.has(apiVersion))
      this.#byVersion.set(apiVersion, this.#converted(apiVersion));
    return this.#byVersion.get(apiVersion);
  }

  /** In the version of the request. */
  get changes(): Changes | undefined {
    return this.#byVersion.get(this.#change.apiVersion) as Changes | undefined;
  }

  #converted(apiVersion: string): Changes | "unknown" | undefined {
    const { convert, old, next, ignored } = this.#change;
    if (convert === undefined) return this.changes;
    const before = convert(apiVersion, old);
    const after = convert(apiVersion, next);
    if (before === undefined || after === undefined) return "unknown";
    return compareObjects(before.shape, before.object, after.object, ignored);
  }
}

function compareObjects(
  shape: ObjectShape,
  old: Fields,
  next: Fields,
  ignored: Ignored | undefined,
): Changes | undefined {
  const changes = compare(objectForm(shape), old, next);
  if (changes === undefined) return undefined;
  const relevant = (set: FieldSet | undefined): FieldSet | undefined => {
    if (set === undefined) return undefined;
    const rest = withoutIgnored(withoutUnowned(set), ignored);
    return isEmpty(rest) ? undefined : rest;
  };
  const added = relevant(changes.added);
  const modified = relevant(changes.modified);
  const removed = relevant(changes.removed);
  if (added === undefined && modified === undefined && removed === undefined) return undefined;
  return { added, modified, removed };
}

/** All paths that came or have another value. */
export const taken = ({ added = noFields, modified = noFields }: Changes): FieldSet =>
  union(modified, added);

/** What each owner but `self` would lose to another; what was removed does not count. */
export function conflictsWith(
  owners: Owners,
  comparison: Comparison,
  self: string,
): Map<string, FieldSet> {
  const conflicts = new Map<string, FieldSet>();
  for (const [id, owner] of owners) {
    if (id === self) continue;
    const changes = comparison.in(owner.apiVersion);
    if (changes === undefined || changes === "unknown") continue;
    const lost = intersection(owner.set, taken(changes));
    if (!isEmpty(lost)) conflicts.set(id, lost);
  }
  return conflicts;
}

/** Takes from each owner but `self` what the change took or removed. */
export function disown(owners: Owners, comparison: Comparison, self?: string): void {
  for (const [id, owner] of owners) {
    if (id === self) continue;
    const changes = comparison.in(owner.apiVersion);
    if (changes === undefined) continue;
    if (changes === "unknown") {
      owners.delete(id);
      continue;
    }
    const kept = difference(difference(owner.set, taken(changes)), changes.removed ?? noFields);
    if (kept === owner.set) continue;
    if (isEmpty(kept)) owners.delete(id);
    else owners.set(id, withSet(owner, kept));
  }
}

export function withSet(owner: Owner, set: FieldSet): Owner {
  return set === owner.set ? owner : { ...owner, set, entry: undefined };
}
