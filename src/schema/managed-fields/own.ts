// Who owns the fields of an object after a create, an update or a patch (server-side apply:
// `apply.ts`).
import type { ObjectShape } from "../shape.ts";
import { printTime } from "../time.ts";
import { createdSet } from "./created-set.ts";
import {
  compareTimes,
  type Entry,
  entriesOf,
  type Owner,
  type Owners,
  ownerId,
  ownersBefore,
} from "./entries.ts";
import { type FieldSet, isEmpty, noFields, union } from "./field-set.ts";
import { ItemError } from "./items.ts";
import {
  Comparison,
  type Converter,
  disown,
  emptyObject,
  type Fields,
  formsOf,
  type Ignored,
  taken,
} from "./ownership.ts";
import { reconcile } from "./reconcile.ts";

export type OwnOptions = {
  readonly shape: ObjectShape;
  /** The object in the store; undefined for a create. */
  readonly old: Fields | undefined;
  /** What the request makes of it: decoded and defaulted, but not yet admitted. */
  readonly next: Fields;
  /** The query's `fieldManager`, else the first part of the user agent. */
  readonly manager: string;
  /** "" for the object itself. */
  readonly subresource?: string;
  readonly apiVersion: string;
  /** Wall clock, ms. */
  readonly now: number;
  readonly ignored?: Ignored | undefined;
  readonly convert?: Converter | undefined;
  /**
   * Entries as the client sent them; those within `next` when absent. Decoding drops an empty list,
   * which means that nobody shall own anything: pass it here.
   */
  readonly sent?: readonly Entry[] | undefined;
  /** Of a create: what `createdSet` says, where it was made before. */
  readonly created?: FieldSet | undefined;
};

/**
 * The entries that `next` is to be stored with. Entries of owners that the change does not touch
 * are those of `old`, shared. An object that exists without any entries stays so: nobody tracks its
 * fields.
 */
export function ownCreateOrUpdate(options: OwnOptions): Entry[] {
  const { old, next, shape, subresource = "", apiVersion } = options;
  const entries = entriesIn(old);
  const sent = subresource === "" ? (options.sent ?? entriesIn(next)) : undefined;
  const owners = ownersBefore(entries, sent);
  if (owners.size === 0 && old !== undefined) return [];
  reconcile(owners, formsOf(options, old));
  const self: Self = {
    manager: options.manager === "" ? "unknown" : options.manager,
    operation: "Update",
    apiVersion,
    subresource,
    time: printTime(options.now),
  };
  try {
    const set = owners.size === 0 ? createdBy(options) : undefined;
    if (set !== undefined) return entriesOf(new Map([["", { ...self, set }]]));
    own(owners, new Comparison({ ...options, old: old ?? emptyObject(shape) }), self);
  } catch (error) {
    // Items that cannot be told apart are the business of validation.
    if (error instanceof ItemError) return [...(entries ?? [])];
    throw error;
  }
  return entriesOf(capped(owners));
}

const createdBy = ({ shape, next, ignored, created }: OwnOptions): FieldSet | undefined =>
  created ?? createdSet(shape, next, ignored);

type Self = Omit<Owner, "set" | "entry">;

/** Gives `self` what changed and takes it from the others. */
export function own(owners: Owners, comparison: Comparison, self: Self): void {
  const { changes } = comparison;
  if (changes === undefined) return;
  disown(owners, comparison);
  const set = taken(changes);
  if (isEmpty(set)) return;
  const id = ownerId(self);
  owners.set(id, { ...self, set: union(set, owners.get(id)?.set ?? noFields) });
}

/** Largest number of entries of updates; older ones are merged. */
const updatersMax = 10;

/**
 * Merges the oldest entries of updates, version by version, until there are no more than the bound.
 */
function capped(owners: Owners): Owners {
  const updaters = [...owners].filter(([, owner]) => owner.operation === "Update");
  let count = updaters.length;
  if (count <= updatersMax) return owners;
  updaters.sort(([a, x], [b, y]) => compareTimes(x.time, y.time) || (a < b ? -1 : a > b ? 1 : 0));
  const firstOfVersion = new Map<string, string>();
  for (const [id, owner] of updaters) {
    if (count <= updatersMax) break;
    const { apiVersion } = owner;
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, id);
      continue;
    }
    const bucket = {
      manager: "ancient-changes",
      operation: "Update",
      apiVersion,
      subresource: "",
    } as const;
    const bucketId = ownerId(bucket);
    const merged = owners.get(bucketId) ?? owners.get(first)!;
    if (!owners.has(bucketId)) owners.delete(first);
    owners.delete(id);
    owners.set(bucketId, { ...bucket, set: union(owner.set, merged.set), time: owner.time });
    count--;
  }
  return owners;
}

export function entriesIn(object: Fields | undefined): readonly Entry[] | undefined {
  const metadata = object?.["metadata"] as { managedFields?: readonly Entry[] } | undefined;
  return metadata?.managedFields;
}
