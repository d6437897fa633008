// What a delete makes of an object: removed at once, marked and kept until its grace or its finalizers are over, or
// nothing because that has happened already. Pure; upstream's rules.
import { clone } from "../schema/clone.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import type { DeleteOptions } from "../schema/types/meta-v1.ts";
import { timeText } from "./scope.ts";

export type Deletion =
  /** It is being deleted already, and not more quickly than now. */
  | { readonly do: "nothing" }
  | { readonly do: "remove" }
  /** `next` is stored first; with `remove` the object goes right behind it. */
  | { readonly do: "mark"; readonly next: ApiObject; readonly remove: boolean };

/** `old` is frozen; `now` in ms. */
export function deletionOf(
  kind: Kind,
  old: ApiObject,
  options: DeleteOptions,
  now: number,
): Deletion {
  if (kind.heldBy !== undefined) return heldDeletion(kind, old, options, now);
  const grace = graceOf(kind, old, options, now);
  if (grace === "pending") return { do: "nothing" };
  const finalizers = finalizersAfter(kind, old, options);
  const held = finalizers.length > 0;
  if (grace === "none" && !held) return { do: "remove" };
  const next = marked(old, finalizers, grace === "none" ? atOnce(old, now) : grace);
  return { do: "mark", next, remove: !held && next.metadata.deletionGracePeriodSeconds === 0 };
}

/** The moment at which the object is to be gone, and the seconds that it was given until then. */
type Grace = { readonly at: string; readonly seconds: number };

/** "none": the kind knows no grace; "pending": a deletion that is no slower is under way. */
function graceOf(
  kind: Kind,
  { metadata: meta, ...rest }: ApiObject,
  { gracePeriodSeconds: asked }: DeleteOptions,
  now: number,
): Grace | "none" | "pending" {
  if (kind.graceSeconds === undefined) return "none";
  const wished = asked !== undefined && asked < 0 ? 1 : asked;
  if (meta.deletionTimestamp === undefined) {
    const seconds = kind.graceSeconds({ metadata: meta, ...rest }, wished);
    return { at: timeText(now + seconds * 1000), seconds };
  }
  const given = meta.deletionGracePeriodSeconds ?? 0;
  if (given === 0) return "none";
  if (wished === undefined || wished >= given) return "pending";
  const at = Date.parse(meta.deletionTimestamp) + (wished - given) * 1000;
  if (at >= now) return { at: timeText(at), seconds: wished };
  return { at: timeText(now), seconds: wished === 0 ? 0 : 1 };
}

/** A kind without grace that is held by finalizers: deleted now, as far as it is concerned. */
function atOnce({ metadata }: ApiObject, now: number): Grace {
  const before = metadata.deletionTimestamp;
  const at = before !== undefined && Date.parse(before) <= now ? before : timeText(now);
  return { at, seconds: 0 };
}

function marked(old: ApiObject, finalizers: readonly string[], { at, seconds }: Grace): ApiObject {
  const { finalizers: _, ...metadata } = old.metadata;
  const { generation = 0, deletionTimestamp } = metadata;
  const grows = deletionTimestamp === undefined && generation > 0;
  return {
    ...old,
    metadata: {
      ...metadata,
      ...(grows ? { generation: generation + 1 } : {}),
      deletionTimestamp: at,
      deletionGracePeriodSeconds: seconds,
      ...(finalizers.length > 0 && { finalizers: [...finalizers] }),
    },
  };
}

/** A namespace: its end begins with a mark and comes when its own finalizers are gone. */
function heldDeletion(kind: Kind, old: ApiObject, options: DeleteOptions, now: number): Deletion {
  if (old.metadata.deletionTimestamp === undefined) {
    const next = clone(old);
    next.metadata.deletionTimestamp = timeText(now);
    const finalizers = finalizersAfter(kind, old, options);
    if (finalizers.length > 0) next.metadata.finalizers = finalizers;
    else delete next.metadata.finalizers;
    kind.onDelete?.(next);
    return { do: "mark", next, remove: false };
  }
  if (kind.heldBy!(old).length > 0 || (old.metadata.finalizers?.length ?? 0) > 0)
    return { do: "nothing" };
  return { do: "remove" };
}

const orphan = "orphan";
const foreground = "foregroundDeletion";

/** The garbage collector's two finalizers as the options ask for them, behind all others. */
function finalizersAfter(kind: Kind, old: ApiObject, options: DeleteOptions): string[] {
  const before = old.metadata.finalizers ?? [];
  const kept = before.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (orphans(kind, before, options)) kept.push(orphan);
  if (deletesInForeground(before, options)) kept.push(foreground);
  const same = kept.length === before.length && before.every((f) => kept.includes(f));
  return same ? [...before] : kept;
}

/** An explicit wish comes first, then a finalizer that is there, then what the kind does by itself. */
function orphans(
  kind: Kind,
  finalizers: readonly string[],
  { orphanDependents, propagationPolicy }: DeleteOptions,
): boolean {
  if (orphanDependents !== undefined) return orphanDependents;
  if (propagationPolicy !== undefined) return propagationPolicy === "Orphan";
  const own = finalizers.find((finalizer) => finalizer === orphan || finalizer === foreground);
  if (own !== undefined) return own === orphan;
  return kind.defaultPropagation === "orphan";
}

function deletesInForeground(
  finalizers: readonly string[],
  { orphanDependents, propagationPolicy }: DeleteOptions,
): boolean {
  if (orphanDependents !== undefined) return false;
  if (propagationPolicy !== undefined) return propagationPolicy === "Foreground";
  return (
    finalizers.find((finalizer) => finalizer === orphan || finalizer === foreground) === foreground
  );
}
