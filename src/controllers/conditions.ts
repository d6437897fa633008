/** What the conditions of all kinds have in common. */
export type Condition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
};

export function conditionOf<C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  if (conditions === undefined) return undefined;
  // Asked of every pod of a set at each change: a loop costs a third of `find` with a closure.
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === "True";

/**
 * `conditions` with `next` as its last one. As they were when status and reason are the same already. The
 * transition time stays that of the old one while the status does not change.
 */
export function withCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  next: C,
): C[] {
  const old = conditionOf(conditions, next.type);
  if (old && old.status === next.status && old.reason === next.reason) return [...conditions!];
  const kept = withoutCondition(conditions, next.type);
  if (old?.status !== next.status) return [...kept, next];
  return [...kept, { ...next, lastTransitionTime: old.lastTransitionTime }];
}

export const withoutCondition = <C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): C[] => (conditions ?? []).filter((c) => c.type !== type);
