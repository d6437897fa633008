// Match conditions: expressions that say whether a webhook or a policy is concerned at all.
import type { Environment } from "../../schema/cel/environment.ts";
import type { CelValue } from "../../schema/cel/values.ts";
import type { MatchCondition } from "../../schema/types/admissionregistration-v1.ts";
import { conditionsCostMax, type Expression, ExpressionError, expression } from "./cel.ts";
import { aggregated } from "./refused.ts";

/** `error`: nobody can say, and that is a reason to refuse. */
export type Match =
  | { readonly matches: boolean; readonly error?: undefined }
  | { readonly matches: false; readonly error: string };

export type Conditions = {
  readonly ask: (variables: Readonly<Record<string, CelValue>>) => Match;
};

/** One that says no outweighs those that failed; these count as `failurePolicy` says. */
export function compileConditions(
  conditions: readonly MatchCondition[],
  failurePolicy: string,
  environment: Environment,
): Conditions {
  const all = conditions.map(
    (condition): Expression => expression(condition.expression, environment),
  );
  return {
    ask(variables) {
      const budget = { left: conditionsCostMax };
      const errors: string[] = [];
      for (const one of all) {
        const verdict = verdictOf(one, variables, budget, errors);
        if (verdict === false) return { matches: false };
        if (budget.left < 0) break;
      }
      if (errors.length === 0) return { matches: true };
      return failurePolicy === "Ignore"
        ? { matches: false }
        : { matches: false, error: aggregated(errors) };
    },
  };
}

function verdictOf(
  one: Expression,
  variables: Readonly<Record<string, CelValue>>,
  budget: { left: number },
  errors: string[],
): CelValue | undefined {
  try {
    return one.run(variables, budget);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    errors.push(error.message);
    return undefined;
  }
}
