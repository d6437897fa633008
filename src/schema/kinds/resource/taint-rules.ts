// Taints of devices and what tolerates them, and the conditions that a device waits for.
import { notSupported, required } from "../../field-error.ts";
import { checkQualifiedName } from "../../names.ts";
import type { DeviceTaint, DeviceToleration } from "../../types/resource-v1.ts";
import { invalid, labelValue, type Out, refuse } from "../checks.ts";
import type { Found } from "./found.ts";
import { checkUnique, fits } from "./names.ts";

const effects = ["NoExecute", "NoSchedule", "None"];
const operators = ["Equal", "Exists"];

export function checkTaint(
  { out, declared }: Found,
  at: string,
  taint: Partial<DeviceTaint>,
): void {
  const { key = "", value = "", effect = "" } = taint;
  refuse(out, `${at}.key`, key, checkQualifiedName(key));
  if (value !== "") labelValue(out, `${at}.value`, value);
  if (effect === "") declared.push(required(`${at}.effect`));
  else if (!effects.includes(effect)) declared.push(notSupported(`${at}.effect`, effect, effects));
}

export function checkTolerations(
  { out, declared }: Found,
  at: string,
  tolerations: readonly DeviceToleration[] = [],
): void {
  for (const [i, { key, operator, value = "", effect }] of tolerations.entries()) {
    const here = `${at}[${i}]`;
    if (operator === "Exists" && value !== "") {
      invalid(out, `${here}.value`, value, "must be empty for operator `Exists`");
    }
    if (operator === "Equal") labelValue(out, `${here}.value`, value);
    if (key) refuse(declared, `${here}.key`, key, checkQualifiedName(key));
    if (operator && !operators.includes(operator)) {
      declared.push(notSupported(`${here}.operator`, operator, operators));
    }
    if (effect && !effects.includes(effect)) {
      declared.push(notSupported(`${here}.effect`, effect, effects));
    }
  }
}

const conditionsMax = 4;

type Bindings = {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
};

export function checkBindings({ out, declared }: Found, at: string, bindings: Bindings): void {
  const { bindingConditions: ready = [], bindingFailureConditions: failed = [] } = bindings;
  checkConditionNames(out, declared, `${at}.bindingConditions`, ready);
  checkConditionNames(out, declared, `${at}.bindingFailureConditions`, failed);
  checkUnique(out, `${at}.bindingConditions`, ready, (name) => name);
  checkUnique(out, `${at}.bindingFailureConditions`, failed, (name) => name);
  for (const [i, name] of failed.entries()) {
    if (!ready.includes(name)) continue;
    const detail = "bindingFailureConditions must not overlap with bindingConditions";
    invalid(out, `${at}.bindingFailureConditions[${i}]`, name, detail);
  }
  if (ready.length === 0 && failed.length > 0) {
    const detail = "bindingConditions are required to use bindingFailureConditions";
    invalid(out, `${at}.bindingConditions`, bindings.bindingConditions ?? null, detail);
  }
  if (failed.length === 0 && ready.length > 0) {
    const detail = "bindingFailureConditions are required to use bindingConditions";
    const value = bindings.bindingFailureConditions ?? null;
    invalid(out, `${at}.bindingFailureConditions`, value, detail);
  }
}

function checkConditionNames(out: Out, declared: Out, at: string, names: readonly string[]): void {
  if (!fits(declared, at, names, conditionsMax)) return;
  for (const [i, name] of names.entries()) {
    refuse(out, `${at}[${i}]`, name, checkQualifiedName(name));
  }
}
