// What stands around the expressions of `x-kubernetes-validations`.
import type { Cardinality } from "../../custom-expression-cost.ts";
import { costProblem, expressionProblem } from "../../custom-expressions.ts";
import { fieldForbidden, invalidValue, notSupported, required } from "../../field-error.ts";
import type { JSONSchemaProps } from "../../types/apiextensions-v1.ts";
import type { Out } from "../checks.ts";

const reasons = [
  "FieldValueDuplicate",
  "FieldValueForbidden",
  "FieldValueInvalid",
  "FieldValueRequired",
];
const breaks = /[\r\n]/;

/** `cardinality`: how often the schema may be met in one object. */
export function checkValidations(
  out: Out,
  path: string,
  schema: JSONSchemaProps,
  cardinality: Cardinality,
): void {
  schema["x-kubernetes-validations"]?.forEach((one, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const { rule = "", message = "", messageExpression = "", reason, fieldPath = "" } = one;
    const isBlank = (text: string): boolean => text !== "" && text.trim() === "";
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
    const optional = one.optionalOldSelf === true;
    const problem = rule.trim() === "" ? undefined : expressionProblem(rule, schema, optional);
    if (problem !== undefined)
      out.push(invalidValue(`${at}.rule`, one, `compilation failed: ${problem}`));
    else if (rule.trim() !== "") {
      const costly = costProblem(rule, schema, cardinality);
      if (costly !== undefined) out.push(fieldForbidden(`${at}.rule`, costly));
    }
    const unreadable =
      messageExpression.trim() === ""
        ? undefined
        : expressionProblem(messageExpression, schema, optional);
    if (unreadable !== undefined)
      out.push(
        invalidValue(
          `${at}.messageExpression`,
          one,
          `messageExpression compilation failed: ${unreadable}`,
        ),
      );
    if (breaks.test(fieldPath))
      out.push(invalidValue(`${at}.fieldPath`, fieldPath, "must not contain line breaks"));
  });
}
