// The rules of conditions in their common form.
import { duplicate, tooLong } from "../field-error.ts";
import { checkConditionReason, utf8Length } from "../names.ts";
import type { Condition } from "../types/meta-v1.ts";
import { invalid, needed, type Out, oneOf, qualifiedName, refuse } from "./checks.ts";

const statuses = ["False", "True", "Unknown"];
const reasonBytesMax = 1024;
const messageBytesMax = 32 * 1024;

export function checkConditions(out: Out, at: string, conditions: readonly Condition[] = []): void {
  const types = new Set<string>();
  for (const [i, condition] of conditions.entries()) {
    if (types.has(condition.type)) out.push(duplicate(`${at}[${i}]`, condition.type));
    types.add(condition.type);
    checkCondition(out, `${at}[${i}]`, condition);
  }
}

function checkCondition(out: Out, at: string, condition: Condition): void {
  const { type, status, observedGeneration = 0, reason = "", message = "" } = condition;
  if (needed(out, `${at}.type`, type, "is required")) qualifiedName(out, `${at}.type`, type);
  oneOf(out, `${at}.status`, status, statuses);
  if (observedGeneration < 0) {
    const detail = "must be greater than or equal to zero";
    invalid(out, `${at}.observedGeneration`, observedGeneration, detail);
  }
  needed(out, `${at}.lastTransitionTime`, condition.lastTransitionTime ?? undefined);
  if (needed(out, `${at}.reason`, reason)) {
    refuse(out, `${at}.reason`, reason, checkConditionReason(reason));
    if (utf8Length(reason) > reasonBytesMax) out.push(tooLong(`${at}.reason`, reasonBytesMax));
  }
  if (utf8Length(message) > messageBytesMax) {
    out.push(tooLong(`${at}.message`, messageBytesMax));
  }
}
