// How long a pod puts up with the taints of its node.
import type { Taint, Toleration } from "../../schema/types/core-v1.ts";

/**
 * Time in ms for which `tolerations` put up with all of `taints`: 0 when one is not tolerated, Infinity when all are
 * for ever.
 */
export function toleratedMs(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const toleration = tolerations.find((t) => tolerates(t, taint));
    if (!toleration) return 0;
    const { tolerationSeconds } = toleration;
    if (tolerationSeconds !== undefined)
      shortest = Math.min(shortest, Math.max(tolerationSeconds, 0) * 1000);
  }
  return shortest;
}

export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  switch (operator || "Equal") {
    case "Equal":
      return (value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    case "Gt":
    case "Lt":
      return compares(operator === "Gt", taint.value, value);
    default:
      return false;
  }
}

/** The taint's value as a whole number is above (or below) the toleration's. */
function compares(isAbove: boolean, taint: string | undefined, bound: string | undefined): boolean {
  const whole = /^(0|-?[1-9]\d*)$/;
  if (!taint || !bound || !whole.test(taint) || !whole.test(bound)) return false;
  return isAbove ? BigInt(taint) > BigInt(bound) : BigInt(taint) < BigInt(bound);
}
