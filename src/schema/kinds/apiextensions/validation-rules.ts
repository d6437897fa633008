// What stands around the expressions of `x-kubernetes-validations`.
import {
  type Cardinality,
  costProblem,
  definitionCostMax,
  ruleCostMax,
} from "../../custom-expression-cost.ts";
import { declared } from "../../custom-expression-types.ts";
import { ruleFieldPath } from "../../custom-field-path.ts";
import { checkRule } from "../../custom-rule-check.ts";
import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import type { Cause } from "../../status-error.ts";
import type { JSONSchemaProps, ValidationRule } from "../../types/apiextensions-v1.ts";
import type { Out } from "../checks.ts";

const reasons = [
  "FieldValueDuplicate",
  "FieldValueForbidden",
  "FieldValueInvalid",
  "FieldValueRequired",
];
const breaks = /[\r\n]/;
const isBlank = (text: string): boolean => text !== "" && text.trim() === "";

/** What is wrong around the expressions. */
export function validationProblems(path: string, schema: JSONSchemaProps): Cause[] {
  const out: Cause[] = [];
  schema["x-kubernetes-validations"]?.forEach((one, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const { rule = "", message = "", messageExpression = "", reason, fieldPath = "" } = one;
    if (rule.trim() === "") out.push(required(`${at}.rule`, "rule is not specified"));
    else if (isBlank(message))
      out.push(invalidValue(`${at}.message`, message, "must be non-empty if specified"));
    else if (breaks.test(message.trim()))
      out.push(invalidValue(`${at}.message`, message, "must not contain line breaks"));
    else if (breaks.test(rule.trim()) && message === "")
      out.push(required(`${at}.message`, "message must be specified if rule contains line breaks"));
    if (isBlank(messageExpression))
      out.push(
        required(`${at}.messageExpression`, "messageExpression must be non-empty if specified"),
      );
    if (reason !== undefined && !reasons.includes(reason))
      out.push(notSupported(`${at}.reason`, reason, reasons));
    if (isBlank(fieldPath))
      out.push(invalidValue(`${at}.fieldPath`, fieldPath, "must be non-empty if specified"));
    if (breaks.test(fieldPath))
      out.push(invalidValue(`${at}.fieldPath`, fieldPath, "must not contain line breaks"));
    if (fieldPath !== "" && ruleFieldPath(fieldPath, schema) === undefined)
      out.push(invalidValue(`${at}.fieldPath`, fieldPath, "must be a valid path"));
  });
  return out;
}

/** Where a schema stands that has rules. */
export type RulePlace = {
  readonly root: boolean;
  /** How often the schema may be met in one object. */
  readonly cardinality: Cardinality;
  /** The path of an outer schema whose parts cannot be told to be the same after a change. */
  readonly unrelated: string | undefined;
};

/** Costs of all rules of a version. */
export class TotalCost {
  #total = 0;
  #most: { path: string; cost: number }[] = [];

  observe(path: string, cost: number): void {
    this.#total += cost;
    // Rules that are a small part of the whole are not worth naming.
    if (cost < definitionCostMax / 100) return;
    this.#most = [...this.#most, { path, cost }].sort((a, b) => b.cost - a.cost).slice(0, 4);
  }

  problems(path: string): Cause[] {
    const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    const problem = costProblem(what, this.#total, definitionCostMax);
    if (problem === undefined) return [];
    const why =
      "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    return [
      ...this.#most.map((one) => fieldForbidden(one.path, why)),
      fieldForbidden(path, problem),
    ];
  }
}

const untyped: Omit<Cause, "field"> = {
  reason: "InternalError",
  message:
    "Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: " +
    "unable to convert structural schema to CEL declarations",
};

/** What is wrong with the expressions of a schema whose form is sound. */
export function expressionProblems(
  path: string,
  schema: JSONSchemaProps,
  place: RulePlace,
  total: TotalCost,
): Cause[] {
  const out: Cause[] = [];
  const rules = schema["x-kubernetes-validations"] ?? [];
  if (rules.length > 0 && declared(schema, place.root) === undefined)
    return [{ field: `${path}.x-kubernetes-validations`, ...untyped }];
  rules.forEach((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const found = checkRule(rule, { schema, ...place });
    const { ruleCost, messageCost, ruleProblem, messageProblem, usesOldSelf } = found;
    const costly = costProblem("estimated rule cost", ruleCost, ruleCostMax);
    if (costly !== undefined) out.push(fieldForbidden(`${at}.rule`, costly));
    total.observe(`${at}.rule`, ruleCost);
    const value = shownRule(rule);
    if (ruleProblem !== undefined) out.push(invalidValue(`${at}.rule`, value, ruleProblem));
    if (messageProblem !== undefined)
      out.push(invalidValue(`${at}.messageExpression`, value, messageProblem));
    else if (rule.messageExpression) {
      const dear = costProblem("estimated messageExpression cost", messageCost, ruleCostMax);
      if (dear !== undefined) out.push(fieldForbidden(`${at}.messageExpression`, dear));
      total.observe(`${at}.messageExpression`, messageCost);
    }
    oldSelfProblems(out, at, { rule, usesOldSelf, unrelated: place.unrelated });
  });
  return out;
}

/** Upstream shows its own form of a rule, with all of its fields. */
const shownRule = (rule: ValidationRule): object => ({
  Rule: rule.rule,
  Message: rule.message ?? "",
  MessageExpression: rule.messageExpression ?? "",
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? "",
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});

type OldSelf = { rule: ValidationRule; usesOldSelf: boolean; unrelated: string | undefined };

function oldSelfProblems(out: Out, at: string, { rule, usesOldSelf, unrelated }: OldSelf): void {
  if (usesOldSelf && unrelated !== undefined)
    out.push(
      invalidValue(
        `${at}.rule`,
        rule.rule,
        `oldSelf cannot be used on the uncorrelatable portion of the schema within ${unrelated}`,
      ),
    );
  if (!usesOldSelf && rule.optionalOldSelf !== undefined)
    out.push(
      invalidValue(
        `${at}.optionalOldSelf`,
        rule.optionalOldSelf,
        "may not be set if oldSelf is not used in rule",
      ),
    );
}
