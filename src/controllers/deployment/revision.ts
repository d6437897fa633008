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

/** 0 without a revision, undefined for one that is no number. */
export function revisionOf({ metadata }: ReplicaSet): number | undefined {
  const text = metadata.annotations?.[revisionAnnotation];
  if (text === undefined) return 0;
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export const maxRevision = (sets: readonly ReplicaSet[]): number =>
  Math.max(0, ...sets.map((set) => revisionOf(set) ?? 0));

/** The second highest revision: the one before the current one. */
export function lastRevision(sets: readonly ReplicaSet[]): number {
  const sorted = sets.map((set) => revisionOf(set) ?? 0).sort((a, b) => b - a);
  return sorted[1] ?? 0;
}

/** Gives `member` the Deployment's annotations and the number `revision` unless it has a higher one. */
export function annotate(deployment: Deployment, member: Member, revision: number): void {
  const { annotations } = member;
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!notCopied.has(key)) annotations[key] = value;
  const old = annotations[revisionAnnotation];
  const oldNumber = old === undefined || old === "" ? 0 : Number(old);
  if (!Number.isInteger(oldNumber) || oldNumber >= revision) return;
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
