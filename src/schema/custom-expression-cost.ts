// What a rule may cost at most, from the sizes that its schema allows: a definition whose rules
// could stop the server is refused, by upstream's estimate.
import { requestBytesMax } from "./custom-expression-types.ts";

/** For one rule, wherever in an object it may be asked. */
export const ruleCostMax = 10_000_000;
/** For all rules of a version together. */
export const definitionCostMax = 100_000_000;

/** How often a part may stand in an object; undefined: as often as a request has room for it. */
export type Cardinality = number | undefined;

/** A comma stands between items. */
export const fitting = (bytesMin: number): number => Math.floor(requestBytesMax / (bytesMin + 1));

/** undefined: it may stay within `costMax`. `what` is estimated. */
export function costProblem(what: string, cost: number, costMax: number): string | undefined {
  if (cost <= costMax) return undefined;
  const times = cost / costMax;
  const factor =
    times > 100 ? "more than 100x" : times < 1.5 ? `${times.toFixed(6)}x` : `${times.toFixed(1)}x`;
  return (
    `${what} exceeds budget by factor of ${factor} (try simplifying the rule, or ` +
    "adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
  );
}
