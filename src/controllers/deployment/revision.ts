// Numbers of a Deployment's templates, kept in annotations of its ReplicaSets, and what else is copied to them.
import type { Deployment, ReplicaSet } from "../../schema/types/apps-v1.ts";
import type { Annotations, Member } from "./plan.ts";
import { desiredAnnotation, maxAnnotation } from "./plan.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
const historyAnnotation = "deployment.kubernetes.io/revision-history";
export const rollbackAnnotation = "deprecated.deployment.rollback.to";

/** Longest text of earlier revisions that a ReplicaSet carries. */
const historyLengthMax = 2000;

const notCopied: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  rollbackAnnotation,
]);

/** A number of 64 bits, as upstream reads it; undefined for text that is none. */
export function parseRevision(text: string): bigint | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const revision = BigInt(text);
  return revision === BigInt.asIntN(64, revision) ? revision : undefined;
}

/** 0 without a revision, undefined for one that is no number. */
export function revisionOf({ metadata }: ReplicaSet): bigint | undefined {
  const text = metadata.annotations?.[revisionAnnotation];
  return text === undefined ? 0n : parseRevision(text);
}

/** Lowest first; what has no number counts as 0. */
export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [revisionOf(a) ?? 0n, revisionOf(b) ?? 0n];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** At least 0. */
export function maxRevision(sets: readonly ReplicaSet[]): bigint {
  const highest = revisionAt(sets, -1);
  return highest > 0n ? highest : 0n;
}

/** The second highest revision: the one before the current one. */
export const lastRevision = (sets: readonly ReplicaSet[]): bigint => revisionAt(sets, -2);

function revisionAt(sets: readonly ReplicaSet[], place: number): bigint {
  const set = sets.toSorted(byRevision).at(place);
  return set ? (revisionOf(set) ?? 0n) : 0n;
}

/** Gives `member` the Deployment's annotations and the number `revision` unless it has a higher one. */
export function annotate(deployment: Deployment, member: Member, revision: bigint): void {
  const { annotations } = member;
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!notCopied.has(key)) annotations[key] = value;
  const old = annotations[revisionAnnotation];
  const oldNumber = old === undefined || old === "" ? 0n : parseRevision(old);
  if (oldNumber === undefined || oldNumber >= revision) return;
  annotations[revisionAnnotation] = String(revision);
  if (old !== undefined) remember(annotations, old);
}

function remember(annotations: Annotations, revision: string): void {
  const kept = (annotations[historyAnnotation] ?? "").split(",").filter((r) => r !== "");
  kept.push(revision);
  while (kept.length > 1 && kept.join(",").length > historyLengthMax) kept.shift();
  annotations[historyAnnotation] = kept.join(",");
}

/** The annotations of a Deployment that goes back to `set`. */
export function annotationsOfRollback(deployment: Deployment, set: ReplicaSet): Annotations {
  const own = Object.entries(deployment.metadata.annotations ?? {});
  const theirs = Object.entries(set.metadata.annotations ?? {});
  return Object.fromEntries([
    ...own.filter(([key]) => notCopied.has(key)),
    ...theirs.filter(([key]) => !notCopied.has(key)),
  ]);
}
