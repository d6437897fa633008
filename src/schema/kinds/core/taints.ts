// What a taint of a node may be.
import { duplicate, invalidValue, notSupported, required } from "../../field-error.ts";
import { checkLabelValue } from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { Taint } from "../../types/core-v1.ts";
import { type Out, qualifiedName } from "../checks.ts";

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function checkTaints(out: Out, at: string, taints: readonly Taint[]): void {
  const seen = new Set<string>();
  for (const [i, taint] of taints.entries()) {
    const here = `${at}[${i}]`;
    const { key, value = "", effect } = taint;
    qualifiedName(out, `${here}.key`, key);
    const problems = checkLabelValue(value);
    if (problems.length > 0) out.push(invalidValue(`${here}.value`, value, problems.join(";")));
    if (!effect) out.push(required(`${here}.effect`));
    else if (!effects.includes(effect)) {
      out.push(notSupported(`${here}.effect`, effect, effects));
    }
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) out.push(doubleTaint(here, taint));
    seen.add(pair);
  }
}

function doubleTaint(at: string, { key, value = "", effect, timeAdded }: Taint): Cause {
  // Upstream shows its own struct, whose fields have names of Go.
  const cause = duplicate(at, {
    Key: key,
    Value: value,
    Effect: effect,
    TimeAdded: timeAdded ?? null,
  });
  return { ...cause, message: `${cause.message}: taints must be unique by key and effect pair` };
}
