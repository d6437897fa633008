// Server-side apply: merges what a manager applies into the live object and keeps the account of
// who owns what.

import { equal } from "../../lib/equal.ts";
import { isObject } from "../clone.ts";
import type { ObjectShape } from "../shape.ts";
import { badRequest, StatusError } from "../status-error.ts";
import { printTime } from "../time.ts";
import { appliedSet } from "./applied-set.ts";
import { applyConflict } from "./conflict.ts";
import { hasBareItem, hasDistinctItems } from "./distinct.ts";
import { type Entry, entriesOf, type Owner, type Owners, ownerId, ownersOf } from "./entries.ts";
import { difference, type FieldSet, isEmpty } from "./field-set.ts";
import { type Form, formOf } from "./form.ts";
import { ItemError } from "./items.ts";
import { allowedByLastApplied, lastApplied, withLastApplied } from "./last-applied.ts";
import { mergeApplied } from "./merge.ts";
import { entriesIn, own } from "./own.ts";
import {
  Comparison,
  type Converter,
  conflictsWith,
  disown,
  emptyObject,
  type Fields,
  formsOf,
  type Ignored,
  withoutIgnored,
  withoutUnowned,
} from "./ownership.ts";
import { pruneAbandoned } from "./prune.ts";
import { reconcile } from "./reconcile.ts";
import { formProblem } from "./validate.ts";

export type ApplyOptions = {
  readonly shape: ObjectShape;
  /** Group version and kind of the request's path. */
  readonly apiVersion: string;
  readonly kind: string;
  /** The object in the store, in this version; undefined when the apply creates it. */
  readonly live: Fields | undefined;
  /** The parsed body, as it came. */
  readonly applied: unknown;
  readonly manager: string;
  readonly force: boolean;
  /** "" for the object itself. */
  readonly subresource?: string;
  /** Wall clock, ms. */
  readonly now: number;
  readonly ignored?: Ignored | undefined;
  readonly convert?: Converter | undefined;
};

export type Applied = {
  /**
   * The merged object, without managedFields. It is yet to be decoded and defaulted: it holds
   * values as they were applied, and null for what was removed. May share parts with `live` and
   * `applied`.
   */
  readonly object: Record<string, unknown>;
  readonly managedFields: Entry[];
  /** False: `object` is the live one; the entries may still differ. */
  readonly changed: boolean;
};

/**
 * Throws a StatusError in upstream's words: 400 for another type or for managedFields, 409 for
 * conflicts when not forced, 500 for what has not the form of the kind.
 */
export function serverSideApply(options: ApplyOptions): Applied {
  const applied = checkedBody(options);
  try {
    return appliedTo(options, applied);
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    const what = `${named(options.live, "namespace")}/${named(options.live, "name")}`;
    throw unusable(options, `live object (${what}`, error.message);
  }
}

function appliedTo(options: ApplyOptions, applied: Fields): Applied {
  const owners = trackedOwners(options);
  const attempt = attemptApply(options, applied, owners, options.force);
  if (!(attempt instanceof StatusError)) return attempt;
  if (options.manager !== "kubectl" || options.live === undefined) throw attempt;
  // kubectl's own client-side apply before does not stand in the way.
  const allowed = allowedByLastApplied(options.shape, options.live, options.apiVersion);
  if (allowed === undefined) throw attempt;
  const rest = attemptApply(options, applied, owners, options.force, allowed);
  if (rest instanceof StatusError) throw rest;
  return rest;
}

function checkedBody(options: ApplyOptions): Fields {
  const { applied, apiVersion, kind } = options;
  if (!isObject(applied)) throw badRequest("error decoding patch: not an object");
  if (applied["apiVersion"] !== apiVersion || applied["kind"] !== kind) {
    const version = withGroup(String(applied["apiVersion"] ?? ""));
    throw badRequest(`invalid object type: ${version}, Kind=${String(applied["kind"] ?? "")}`);
  }
  const metadata = applied["metadata"];
  if (isObject(metadata) && metadata["managedFields"] != null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const problem = formProblem(formOf(options.shape), applied);
  if (problem === undefined) return applied;
  const what = `${named(applied, "namespace")}/${named(applied, "name")}`;
  throw unusable(options, `patch object (${what}`, problem);
}

const unusable = ({ apiVersion, kind }: ApplyOptions, what: string, why: string): StatusError =>
  new StatusError(
    500,
    "",
    `failed to create typed ${what}; ${withGroup(apiVersion)}, Kind=${kind}): ${why}`,
  );

const withGroup = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;

function named(object: Fields | undefined, part: "name" | "namespace"): string {
  const metadata = object?.["metadata"];
  const name = isObject(metadata) ? metadata[part] : undefined;
  return typeof name === "string" ? name : "";
}

/** Fields of an object that nobody has tracked so far belong to "before-first-apply". */
function trackedOwners(options: ApplyOptions): Owners {
  const { live, shape, apiVersion, subresource = "" } = options;
  const owners = ownersOf(entriesIn(live));
  reconcile(owners, formsOf(options, live));
  if (owners.size > 0 || live === undefined) return owners;
  const comparison = new Comparison({ ...options, old: emptyObject(shape), next: live });
  own(owners, comparison, {
    manager: "before-first-apply",
    operation: "Update",
    apiVersion,
    subresource,
    time: printTime(options.now),
  });
  return owners;
}

/** `allowed`: conflicts with these do not count, and when no other is left the apply is forced. */
function attemptApply(
  options: ApplyOptions,
  applied: Fields,
  before: Owners,
  force: boolean,
  allowed?: Entry["fieldsV1"],
): Applied | StatusError {
  const { shape, apiVersion, subresource = "", ignored } = options;
  const form = formOf(shape);
  const live = withoutEntries(options.live ?? { ...emptyObject(shape) });
  const owners: Owners = new Map(before);
  const set = withoutIgnored(appliedSet(form, applied), ignored);
  const manager = options.manager === "" ? "unknown" : options.manager;
  const self: Owner = {
    manager,
    operation: "Apply",
    apiVersion,
    subresource,
    time: undefined,
    set,
  };
  const id = ownerId(self);
  const last = owners.get(id);
  owners.set(id, self);
  const merged = prunedMerge(options, form, mergeApplied(form, live, applied), {
    last,
    set,
    owners,
  });
  const comparison = new Comparison({ ...options, old: live, next: merged });
  if (!force) {
    const conflicts = conflictsWith(owners, comparison, id);
    if (allowed !== undefined) {
      for (const [other, fields] of conflicts) {
        const rest = difference(fields, allowed as typeof fields);
        if (isEmpty(rest)) conflicts.delete(other);
        else conflicts.set(other, rest);
      }
    }
    if (conflicts.size > 0) return applyConflict(owners, conflicts);
  }
  disown(owners, comparison, id);
  const changed = !equal(withType(live, applied), merged);
  const time = changed ? printTime(options.now) : last?.time;
  const owned = withoutUnowned(set);
  const same = last !== undefined && time === last.time && apiVersion === last.apiVersion;
  if (isEmpty(owned)) owners.delete(id);
  else if (same && equal(owned, last.set)) owners.set(id, last);
  else owners.set(id, { ...self, time, set: owned });
  const object =
    manager === "kubectl" && lastApplied(merged) ? withLastApplied(merged, applied) : merged;
  return { object, managedFields: entriesOf(owners), changed: changed || object !== merged };
}

function prunedMerge(
  options: ApplyOptions,
  form: Form,
  merged: unknown,
  { last, set, owners }: { last: Owner | undefined; set: FieldSet; owners: Owners },
): Record<string, unknown> {
  const result = merged as Record<string, unknown>;
  if (last === undefined || isEmpty(last.set)) return result;
  const { apiVersion, convert } = options;
  if (last.apiVersion === apiVersion || convert === undefined) {
    if (abandonsNothing(last.set, set) && hasDistinctItems(form, result)) return result;
    return (pruneAbandoned(form, result, last.set, owners) ?? {}) as Record<string, unknown>;
  }
  // What was applied in another version is pruned there and brought back.
  const converted = convert(last.apiVersion, result);
  if (converted === undefined) return result;
  const pruned = pruneAbandoned(formOf(converted.shape), converted.object, last.set, owners);
  return { ...(convert(apiVersion, pruned as Fields)?.object ?? result) };
}

/** The last set is within the new one, and no item would fall for having nothing left that somebody owns. */
const abandonsNothing = (last: FieldSet, set: FieldSet): boolean =>
  isEmpty(difference(last, set)) && !hasBareItem(set);

function withoutEntries(object: Fields): Fields {
  const metadata = object["metadata"];
  if (!isObject(metadata) || metadata["managedFields"] === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** Objects in the store may leave out what the path already says. */
const withType = (live: Fields, { apiVersion, kind }: Fields): Fields => ({
  ...live,
  apiVersion,
  kind,
});
