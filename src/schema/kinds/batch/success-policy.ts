// When an indexed job counts as done before all of its indexes are.
import { invalidValue, required, tooLong, tooMany } from "../../field-error.ts";
import type { JobSpec, SuccessPolicyRule } from "../../types/batch-v1.ts";
import { notNegative, type Out } from "../checks.ts";
import { countIndexes } from "./indexes.ts";

const rulesMax = 20;
const indexesBytesMax = 64 * 1024;

export function checkSuccessPolicy(
  out: Out,
  at: string,
  { completions = 0 }: JobSpec,
  rules: readonly SuccessPolicyRule[] = [],
): void {
  if (rules.length === 0) {
    const detail = "at least one rules must be specified when the successPolicy is specified";
    out.push(required(at, detail));
  }
  if (rules.length > rulesMax) out.push(tooMany(at, rules.length, rulesMax));
  for (const [i, rule] of rules.entries()) checkRule(out, `${at}[${i}]`, rule, completions);
}

function checkRule(out: Out, at: string, rule: SuccessPolicyRule, completions: number): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined) {
    out.push(required(at, "at least one of succeededCount or succeededIndexes must be specified"));
  }
  const named =
    indexes === undefined ? 0 : checkIndexes(out, `${at}.succeededIndexes`, indexes, completions);
  if (count === undefined) return;
  const field = `${at}.succeededCount`;
  notNegative(out, field, count);
  if (count > completions) {
    const limit = `${completions} (the number of specified completions)`;
    out.push(invalidValue(field, count, `must be less than or equal to ${limit}`));
  }
  if (indexes !== undefined && count > named) {
    const limit = `${named} (the number of indexes in the specified succeededIndexes field)`;
    out.push(invalidValue(field, count, `must be less than or equal to ${limit}`));
  }
}

function checkIndexes(out: Out, at: string, indexes: string, completions: number): number {
  if (indexes.length > indexesBytesMax) out.push(tooLong(at, indexesBytesMax));
  try {
    return countIndexes(indexes, completions);
  } catch (error) {
    const detail = `error parsing succeededIndexes: ${(error as Error).message}`;
    out.push(invalidValue(at, indexes, detail));
    return 0;
  }
}
