// Taints that a pod puts up with.
import { invalidValue, notSupported } from "../../../field-error.ts";
import { checkLabelValue } from "../../../names.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import type { Toleration } from "../../../types/core-v1.ts";
import { forbidden, type Out, qualifiedName } from "../../checks.ts";

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function checkTolerations(
  out: Out,
  at: string,
  tolerations: readonly Toleration[] | undefined,
): void {
  for (const [i, toleration] of (tolerations ?? []).entries()) {
    const { key, operator = "", effect, tolerationSeconds } = toleration;
    const here = `${at}[${i}]`;
    if (key) qualifiedName(out, `${here}.key`, key);
    else if (operator !== "Exists") {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      out.push(invalidValue(`${here}.operator`, operator, detail));
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      out.push(invalidValue(`${here}.effect`, effect ?? "", detail));
    }
    checkOperator(out, `${here}.operator`, toleration);
    if (effect && !taintEffects.includes(effect)) {
      out.push(notSupported(`${here}.effect`, effect, taintEffects));
    }
  }
}

function checkOperator(out: Out, at: string, { operator, value = "" }: Toleration): void {
  switch (operator ?? "") {
    case "":
    case "Equal": {
      const problems = checkLabelValue(value);
      if (problems.length > 0) out.push(invalidValue(at, value, problems.join(";")));
      break;
    }
    case "Exists":
      if (value === "") break;
      out.push(invalidValue(at, value, "value must be empty when `operator` is 'Exists'"));
      break;
    case "Lt":
    case "Gt":
      out.push(notSupported(at, operator, ["Equal", "Exists", "Lt", "Gt"]));
      break;
    default:
      out.push(notSupported(at, operator, ["Equal", "Exists"]));
  }
}

/** On an update tolerations may come, or wait longer, but not go. */
export function checkOnlyAdded(
  out: Out,
  at: string,
  next: readonly Toleration[] | undefined,
  old: readonly Toleration[] | undefined,
): void {
  const kept = (old ?? []).every((before) =>
    next?.some((after) =>
      semanticEqual({ ...before, tolerationSeconds: after.tolerationSeconds }, { ...after }),
    ),
  );
  if (kept) checkTolerations(out, at, next);
  else forbidden(out, at, "existing toleration can not be modified except its tolerationSeconds");
}
