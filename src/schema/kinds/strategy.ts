// What a write may touch, in the few ways that nearly all kinds share (upstream's PrepareForCreate and
// PrepareForUpdate). Metadata that the server sets for every kind is not repeated here.
import { hasOmitted, holdsOmitted } from "../given-empty.ts";
import type { ApiObject, Kind, Write } from "../kind.ts";
import { semanticEqual } from "../semantic-equal.ts";

type Parts = ApiObject & { spec?: unknown; status?: unknown };
type Prepare<T extends ApiObject> = NonNullable<Kind<T>["prepare"]>;

export type StrategyOptions<T> = {
  /** Generation is 1 at creation and grows when one of these parts changes. */
  readonly generationOf?: (object: T) => unknown;
  /** Generation also grows by an empty list that was written out: upstream compares as Go does. */
  readonly countsEmpty?: boolean;
  /** A status write leaves labels, annotations, finalizers and owners alone. */
  readonly statusKeepsMetadata?: boolean;
  /** Runs last on a create, and on an update of the object itself (not of a subresource). */
  readonly also?: (next: T, old: T | undefined, write: Write) => void;
};

export const specOf = (object: ApiObject): unknown => (object as Parts).spec;

/** Status belongs to the status subresource, everything else to the object itself. */
export function specAndStatus<T extends ApiObject>(options: StrategyOptions<T> = {}): Prepare<T> {
  return (next, old, write) => {
    if (old === undefined) (next as Parts).status = {};
    else if (write.subresource === "status") return keepAllButStatus(next, old, options);
    else (next as Parts).status = (old as Parts).status;
    finish(next, old, write, options);
  };
}

/** A kind without status. */
export function wholeObject<T extends ApiObject>(options: StrategyOptions<T>): Prepare<T> {
  return (next, old, write) => finish(next, old, write, options);
}

function finish<T extends ApiObject>(
  next: T,
  old: T | undefined,
  write: Write,
  { also, generationOf, countsEmpty = false }: StrategyOptions<T>,
): void {
  also?.(next, old, write);
  if (generationOf === undefined) return;
  if (old === undefined) next.metadata.generation = 1;
  else {
    const part = generationOf(next);
    const empties = countsEmpty && (hasOmitted(next) || holdsOmitted(part));
    setGeneration(next, old, empties || !semanticEqual(part, generationOf(old)));
  }
}

export function setGeneration(next: ApiObject, old: ApiObject, changed: boolean): void {
  const generation = (old.metadata.generation ?? 0) + (changed ? 1 : 0);
  if (generation === 0) delete next.metadata.generation;
  else next.metadata.generation = generation;
}

function keepAllButStatus<T extends ApiObject>(next: T, old: T, options: StrategyOptions<T>): void {
  (next as Parts).spec = (old as Parts).spec;
  if (options.statusKeepsMetadata) keepMetadata(next, old);
}

const kept = [
  "deletionTimestamp",
  "generation",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
] as const;

/** Upstream's ResetObjectMetaForStatus. */
export function keepMetadata(next: ApiObject, old: ApiObject): void {
  for (const key of kept) {
    const value = old.metadata[key];
    if (value === undefined) delete next.metadata[key];
    else Object.assign(next.metadata, { [key]: value });
  }
}
