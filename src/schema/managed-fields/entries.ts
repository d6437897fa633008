// `metadata.managedFields` as a map of owners. An owner that nothing happens to keeps its entry as
// it stands.
import { equal } from "../../lib/equal.ts";
import type { ManagedFieldsEntry } from "../types/meta-v1.ts";
import { canonicalSet, type FieldSet, isEmpty } from "./field-set.ts";
import { sharedSet } from "./shared-set.ts";

export type Entry = ManagedFieldsEntry;
type Entries = readonly Entry[] | undefined;

export type Owner = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** What this owner was read from, as long as it has not changed. */
  readonly entry?: Entry;
};

/** By `ownerId`. */
export type Owners = Map<string, Owner>;

/**
 * What makes an owner: for applies the version does not matter, so that an applier has one entry
 * however often it changes versions.
 */
export const ownerId = (
  o: Pick<Owner, "manager" | "operation" | "apiVersion" | "subresource">,
): string =>
  JSON.stringify({
    ...(o.manager === "" ? {} : { manager: o.manager }),
    operation: o.operation,
    ...(o.operation === "Apply" ? {} : { apiVersion: o.apiVersion }),
    ...(o.subresource === "" ? {} : { subresource: o.subresource }),
  });

/** Entries that we wrote ourselves. */
export function ownersOf(entries: Entries): Owners {
  const owners: Owners = new Map();
  for (const entry of entries ?? []) {
    const owner = ownerOf(entry, entry.fieldsV1 as FieldSet);
    owners.set(ownerId(owner), owner);
  }
  return owners;
}

/**
 * The owners that an update starts from. Clients may send entries of their own; those that upstream
 * could not read are ignored, those that are missing are taken from the old object, and an empty
 * list, or one empty entry, means that nobody owns anything.
 */
export function ownersBefore(old: Entries, sent: Entries): Owners {
  if (sent === undefined || sent === old) return ownersOf(old);
  if (isReset(sent)) return new Map();
  const owners: Owners = new Map();
  for (const [i, entry] of sent.entries()) {
    const same = old?.[i];
    if (same !== undefined && equal(same, entry)) {
      const owner = ownerOf(same, same.fieldsV1 as FieldSet);
      owners.set(ownerId(owner), owner);
      continue;
    }
    const owner = readOwner(entry);
    if (owner === undefined) return ownersOf(old);
    owners.set(ownerId(owner), owner);
  }
  return owners;
}

const isReset = (sent: readonly Entry[]): boolean =>
  sent.length === 0 || (sent.length === 1 && Object.keys(sent[0]!).length === 0);

/** Undefined for what upstream cannot read. */
function readOwner(entry: Entry): Owner | undefined {
  if (entry.operation !== "Apply" && entry.operation !== "Update") return undefined;
  if (!entry.apiVersion || entry.fieldsType !== "FieldsV1") return undefined;
  try {
    return { ...ownerOf(entry, canonicalSet(entry.fieldsV1)), entry: undefined };
  } catch {
    return undefined;
  }
}

function ownerOf(entry: Entry, set: FieldSet): Owner {
  return {
    manager: entry.manager ?? "",
    operation: entry.operation === "Apply" ? "Apply" : "Update",
    apiVersion: entry.apiVersion ?? "",
    subresource: entry.subresource ?? "",
    time: entry.time,
    set,
    entry,
  };
}

/** Sorted as upstream sorts them; owners of nothing are left out. */
export function entriesOf(owners: Owners): Entry[] {
  const entries: Entry[] = [];
  for (const owner of owners.values()) {
    if (!isEmpty(owner.set)) entries.push(owner.entry ?? entryOf(owner));
  }
  return entries.length > 1 ? entries.sort(compareEntries) : entries;
}

function entryOf(owner: Owner): Entry {
  const entry: Entry = {};
  if (owner.manager !== "") entry.manager = owner.manager;
  entry.operation = owner.operation;
  entry.apiVersion = owner.apiVersion;
  if (owner.time !== undefined) entry.time = owner.time;
  entry.fieldsType = "FieldsV1";
  entry.fieldsV1 = sharedSet(owner.set);
  if (owner.subresource !== "") entry.subresource = owner.subresource;
  return entry;
}

const compareTexts = (a = "", b = ""): number => (a < b ? -1 : a > b ? 1 : 0);
const epoch = "1970-01-01T00:00:00Z";

/** Oldest first; times are canonical, to the second, and an absent one is the oldest. */
export const compareTimes = (a = epoch, b = epoch): number => compareTexts(a, b);

const compareEntries = (a: Entry, b: Entry): number =>
  compareTexts(a.operation, b.operation) ||
  compareTimes(a.time, b.time) ||
  compareTexts(a.manager, b.manager) ||
  compareTexts(a.apiVersion, b.apiVersion) ||
  compareTexts(a.subresource, b.subresource);
