// Ownership through the scale subresource. A Scale is made from its parent for each request; so are
// its entries, of which those about the replicas matter, and what a write makes of them goes back
// to the parent's.
import { type Entry, entriesOf, type Owner, type Owners, ownerId, ownersOf } from "./entries.ts";
import { difference, type FieldSet, has, isEmpty, leaf, union } from "./field-set.ts";

const scaleVersion = "autoscaling/v1";
const replicasKeys = ["f:spec", "f:replicas"];
const replicasInScale: FieldSet = { "f:spec": { "f:replicas": leaf } };

/**
 * Where each served version of the parent keeps its replicas, as keys (`["f:spec", "f:replicas"]`);
 * undefined for a version without a scale.
 */
export type ReplicasPaths = Readonly<Record<string, readonly string[] | undefined>>;

const pathIn = (paths: ReplicasPaths, apiVersion: string): readonly string[] | undefined =>
  Object.hasOwn(paths, apiVersion) ? paths[apiVersion] : undefined;

/** The entries of a Scale: of everybody who owns the parent's replicas. */
export function scaleEntries(parent: readonly Entry[] | undefined, paths: ReplicasPaths): Entry[] {
  const owners: Owners = new Map();
  for (const [id, owner] of ownersOf(parent)) {
    const path = pathIn(paths, owner.apiVersion);
    if (path === undefined || !has(owner.set, path)) continue;
    owners.set(id, { ...owner, apiVersion: scaleVersion, set: replicasInScale, entry: undefined });
  }
  return entriesOf(owners);
}

/**
 * The parent's entries after a write to its Scale in `apiVersion` of the parent. Who owns the
 * replicas of the Scale no more loses them in the parent, too; new owners come without a time, as
 * upstream has it.
 */
export function parentEntries(
  parent: readonly Entry[] | undefined,
  scale: readonly Entry[],
  apiVersion: string,
  paths: ReplicasPaths,
): Entry[] {
  const scaleOwners = ownersOf(scale);
  const owners: Owners = new Map();
  for (const [id, owner] of ownersOf(parent)) {
    // Versions that are not served any more end here.
    if (!Object.hasOwn(paths, owner.apiVersion)) continue;
    const path = paths[owner.apiVersion];
    const inScale = ownerId({ ...owner, apiVersion: scaleVersion });
    if (path === undefined || !has(owner.set, path) || scaleOwners.delete(inScale)) {
      owners.set(id, owner);
      continue;
    }
    const set = difference(owner.set, setOfPath(path));
    if (!isEmpty(set)) owners.set(id, { ...owner, set, entry: undefined });
  }
  const path = pathIn(paths, apiVersion);
  if (path === undefined) return entriesOf(owners);
  for (const owner of scaleOwners.values()) {
    if (!has(owner.set, replicasKeys)) continue;
    const added: Owner = {
      ...owner,
      apiVersion,
      time: undefined,
      set: setOfPath(path),
      entry: undefined,
    };
    const known = owners.get(ownerId(added));
    owners.set(
      ownerId(added),
      known === undefined
        ? added
        : { ...known, set: union(known.set, added.set), entry: undefined },
    );
  }
  return entriesOf(owners);
}

const setOfPath = (path: readonly string[]): FieldSet =>
  path.reduceRight<FieldSet>((below, key) => ({ [key]: below }), leaf);
