// How devices are chosen and set up: expressions about a device, and parameters for its driver.
import { required, tooLong } from "../../field-error.ts";
import { utf8Length } from "../../names.ts";
import { jsonText } from "../../quoted.ts";
import type { DeviceSelector, OpaqueDeviceConfiguration } from "../../types/resource-v1.ts";
import { invalid, type Out } from "../checks.ts";
import { deviceProblem } from "./device-expression.ts";
import type { Found } from "./found.ts";
import { checkDriverText, fits } from "./names.ts";

const selectorsMax = 32;
const expressionBytesMax = 10 * 1024;
const rawBytesMax = 10 * 1024;

export function checkSelectors(
  { out, declared }: Found,
  at: string,
  selectors: readonly DeviceSelector[] = [],
): void {
  if (!fits(declared, at, selectors, selectorsMax)) return;
  for (const [i, { cel }] of selectors.entries()) {
    const field = `${at}[${i}].cel`;
    if (cel === undefined) out.push(required(field));
    else checkDeviceExpression(out, `${field}.expression`, cel.expression ?? "");
  }
}

function checkDeviceExpression(out: Out, at: string, expression: string): void {
  if (utf8Length(expression) > expressionBytesMax) {
    out.push(tooLong(at, expressionBytesMax));
    return;
  }
  const problem = deviceProblem(expression);
  if (problem !== undefined) invalid(out, at, expression, problem);
}

export function checkOpaque(
  { out, declared }: Found,
  at: string,
  opaque: OpaqueDeviceConfiguration | undefined,
): void {
  if (opaque === undefined) {
    out.push(required(at));
    return;
  }
  checkDriverText(declared, `${at}.driver`, opaque.driver);
  checkRaw(out, `${at}.parameters`, opaque.parameters);
}

/** Any JSON object, not too long. */
export function checkRaw(out: Out, at: string, raw: unknown): void {
  if (raw === undefined || raw === null) out.push(required(at));
  else if (utf8Length(jsonText(raw)) > rawBytesMax) out.push(tooLong(at, rawBytesMax));
  else if (typeof raw !== "object" || Array.isArray(raw)) {
    invalid(out, at, "<value omitted>", "must be a valid JSON object");
  }
}
