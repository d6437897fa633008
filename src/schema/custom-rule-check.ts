// Whether a rule of a schema can be asked: upstream's words for what cannot be read or does not fit, and what the rule may
// cost where it can.

import { dyn, optionalOf } from "./cel/cel-type.ts";
import { environment } from "./cel/environment.ts";
import { CelSyntaxError, placedProblems } from "./cel/error.ts";
import { estimateCost } from "./cel/estimate.ts";
import { compileExpression } from "./cel/evaluate.ts";
import { type Cardinality, fitting } from "./custom-expression-cost.ts";
import { declared } from "./custom-expression-types.ts";
import type { JSONSchemaProps, ValidationRule } from "./types/apiextensions-v1.ts";

type Asked = {
  readonly schema: JSONSchemaProps;
  /** Of a resource. */
  readonly root: boolean;
  /** How often the schema may be met in one object. */
  readonly cardinality: Cardinality;
};

export type RuleCheck = {
  readonly ruleProblem?: string;
  readonly messageProblem?: string;
  /** In all places of an object together. */
  readonly ruleCost: number;
  /** Once. */
  readonly messageCost: number;
  readonly usesOldSelf: boolean;
};

/** `rule` is not blank. */
export function checkRule(rule: ValidationRule, { schema, root, cardinality }: Asked): RuleCheck {
  const self = declared(schema, root);
  const type = self?.type ?? dyn;
  const oldSelf = rule.optionalOldSelf === true ? optionalOf(type) : type;
  const variables = new Map([
    ["self", type],
    ["oldSelf", oldSelf],
  ]);
  const read = (source: string) => compiled(source, variables);
  const own = read(rule.rule);
  if (typeof own === "string") return { ...nothing, ruleProblem: `compilation failed: ${own}` };
  if (own.type !== "bool")
    return { ...nothing, ruleProblem: "cel expression must evaluate to a bool" };
  const times = cardinality ?? fitting(self?.bytesMin ?? 0);
  const checked = { ruleCost: own.cost * times, usesOldSelf: own.usesOldSelf, messageCost: 0 };
  if (!rule.messageExpression) return checked;
  const message = read(rule.messageExpression);
  if (typeof message === "string")
    return { ...checked, messageProblem: `messageExpression compilation failed: ${message}` };
  if (message.type !== "string")
    return { ...checked, messageProblem: "messageExpression must evaluate to a string" };
  return { ...checked, messageCost: message.cost };
}

const nothing: RuleCheck = { ruleCost: 0, messageCost: 0, usesOldSelf: false };

type Compiled = { type: string; cost: number; usesOldSelf: boolean };

/** A text says why it is not. */
function compiled(source: string, variables: ReadonlyMap<string, typeof dyn>): Compiled | string {
  try {
    const { expression, checked, type, names } = compileExpression(
      source,
      environment(Object.fromEntries(variables)),
    );
    const { max } = estimateCost(expression, checked, variables.get("self")!);
    return { type: type.is, cost: max, usesOldSelf: names.has("oldSelf") };
  } catch (error) {
    if (!(error instanceof CelSyntaxError)) throw error;
    return placedProblems(source, error.problems);
  }
}
