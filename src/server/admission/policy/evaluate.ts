// The expressions of one policy asked with the parameters of one binding.
import type { Environment } from "../../../schema/cel/environment.ts";
import { type CelValue, typeOf } from "../../../schema/cel/values.ts";
import type { ApiObject } from "../../../schema/kind.ts";
import type { ValidatingAdmissionPolicy } from "../../../schema/types/admissionregistration-v1.ts";
import {
  type Budget,
  celValue,
  type Expression,
  ExpressionError,
  expression,
  PolicyVariables,
  policyCostMax,
} from "../cel.ts";
import type { Conditions } from "../conditions.ts";

export type Validation = {
  readonly rule: Expression;
  readonly text: string;
  readonly message: string;
  readonly messageExpression: Expression | undefined;
  readonly reason: string;
};

export type Evaluation = {
  readonly fails: boolean;
  readonly conditions: Conditions | undefined;
  readonly variables: ReadonlyMap<string, Expression>;
  readonly validations: readonly Validation[];
  readonly annotations: readonly { readonly key: string; readonly value: Expression }[];
};

type Hook = {
  readonly policy: ValidatingAdmissionPolicy;
  readonly conditions: Conditions | undefined;
  readonly variables: ReadonlyMap<string, Expression>;
  readonly environment: Environment;
  readonly messageEnvironment: Environment;
};

const evaluations = new WeakMap<ValidatingAdmissionPolicy, Evaluation>();

/** Made once for each version of a policy. */
export function evaluationOf(hook: Hook): Evaluation {
  const { policy, conditions, variables, environment, messageEnvironment } = hook;
  let made = evaluations.get(policy);
  if (made === undefined) {
    const { validations = [], auditAnnotations = [], failurePolicy } = policy.spec;
    made = {
      fails: failurePolicy !== "Ignore",
      conditions,
      variables,
      validations: validations.map(({ expression: text, message, messageExpression, reason }) => ({
        rule: expression(text, environment),
        text,
        message: message ?? "",
        messageExpression: messageExpression
          ? expression(messageExpression, messageEnvironment)
          : undefined,
        reason: reason ?? "Invalid",
      })),
      annotations: auditAnnotations.map(({ key, valueExpression }) => ({
        key,
        value: expression(valueExpression, messageEnvironment),
      })),
    };
    evaluations.set(policy, made);
  }
  return made;
}

/** A rule that does not hold; `index` -1: an audit annotation could not be made, which refuses whatever the actions. */
export type Decision = {
  readonly index: number;
  readonly message: string;
  readonly reason: string;
};

export type Evaluated = {
  readonly decisions: readonly Decision[];
  readonly published: readonly { readonly key: string; readonly value: string }[];
};

export type Given = {
  /** What expressions can name but for `params` and `variables`. */
  readonly variables: Readonly<Record<string, CelValue>>;
  readonly param: ApiObject | null;
};

const nothing: Evaluated = { decisions: [], published: [] };

export function evaluate(evaluation: Evaluation, { variables, param }: Given): Evaluated {
  const { fails, conditions, validations } = evaluation;
  const named = namedWith(variables, param);
  const failed = (message: string): Evaluated =>
    fails ? { decisions: [{ index: 0, message, reason: "" }], published: [] } : nothing;
  const match = conditions?.ask(named) ?? { matches: true };
  if (match.error !== undefined) return failed(match.error);
  if (!match.matches) return nothing;
  try {
    const budget = { left: policyCostMax };
    const scope = withVariables(evaluation, named, budget);
    const outcomes = validations.map(({ rule }) => outcomeOf(rule, scope, budget));
    const messages = withVariables(evaluation, named, budget);
    const decisions = outcomes.flatMap((outcome, index): Decision[] => {
      const validation = validations[index]!;
      if (outcome.error !== undefined)
        return fails ? [{ index, message: outcome.error, reason: "" }] : [];
      if (outcome.value === true) return [];
      const message = messageOf(validation, messages, budget);
      return [{ index, message, reason: validation.reason }];
    });
    return annotated(evaluation, named, decisions);
  } catch (error) {
    if (error instanceof ExpressionError) return failed(error.message);
    throw error;
  }
}

function annotated(
  evaluation: Evaluation,
  named: Readonly<Record<string, CelValue>>,
  decisions: readonly Decision[],
): Evaluated {
  const { annotations, fails } = evaluation;
  if (annotations.length === 0) return { decisions, published: [] };
  const budget = { left: policyCostMax };
  const scope = withVariables(evaluation, named, budget);
  const published: { key: string; value: string }[] = [];
  const all = [...decisions];
  for (const { key, value } of annotations) {
    const outcome = outcomeOf(value, scope, budget);
    if (outcome.error !== undefined) {
      if (fails) all.push({ index: -1, message: outcome.error, reason: "" });
    } else if (typeof outcome.value === "string") {
      const text = outcome.value.trim();
      if (text !== "") published.push({ key, value: text.slice(0, annotationLettersMax) });
    } else if (outcome.value !== null)
      all.push({ index: -1, message: unsupported(value, outcome.value), reason: "" });
  }
  return { decisions: all, published };
}

/** Letters of an audit annotation, as upstream. */
const annotationLettersMax = 10 * 1024;

const unsupported = ({ source }: Expression, value: CelValue): string =>
  `valueExpression '${source}' resulted in unsupported return type: ${typeOf(value)}. ` +
  "Return type must be either string or null.";

/** All that one turn of a policy can name but for its own variables. */
export function namedWith(
  variables: Readonly<Record<string, CelValue>>,
  param: ApiObject | null,
): Record<string, CelValue> {
  const named = Object.create(null, {
    ...Object.getOwnPropertyDescriptors(variables),
    params: { value: celValue(param), enumerable: true },
  });
  return named;
}

/** The same with `variables`, which count against `budget`. */
export function withVariables(
  { variables }: Pick<Evaluation, "variables">,
  named: Readonly<Record<string, CelValue>>,
  budget: Budget,
): Readonly<Record<string, CelValue>> {
  if (variables.size === 0) return named;
  const scope: Record<string, CelValue> = Object.create(
    null,
    Object.getOwnPropertyDescriptors(named),
  );
  scope["variables"] = new PolicyVariables(variables, scope, budget);
  return scope;
}

type Outcome =
  | { readonly value: CelValue; readonly error?: undefined }
  | { readonly error: string };

/** Throws the ExpressionError that says that nothing is left to spend. */
function outcomeOf(
  rule: Expression,
  scope: Readonly<Record<string, CelValue>>,
  budget: Budget,
): Outcome {
  try {
    return { value: rule.run(scope, budget) };
  } catch (error) {
    if (!(error instanceof ExpressionError) || error.spent) throw error;
    return { error: error.message };
  }
}

/** Bytes of a message that an expression makes, as upstream. */
const messageBytesMax = 5 * 1024;

/** The first of the policy's own words that can be used, else the rule itself. */
function messageOf(
  { text, message, messageExpression }: Validation,
  scope: Readonly<Record<string, CelValue>>,
  budget: Budget,
): string {
  const told = messageExpression && madeBy(messageExpression, scope, budget);
  return told || message.trim() || `failed expression: ${text.trim()}`;
}

function madeBy(
  source: Expression,
  scope: Readonly<Record<string, CelValue>>,
  budget: Budget,
): string {
  const outcome = outcomeOf(source, scope, budget);
  if (outcome.error !== undefined || typeof outcome.value !== "string") return "";
  const text = outcome.value.trim();
  return text.includes("\n") || Buffer.byteLength(text) > messageBytesMax ? "" : text;
}
