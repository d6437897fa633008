// How much of a device's capacity one of its users may ask for.
import { duplicate, fieldForbidden, invalidValue, required, tooMany } from "../../field-error.ts";
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  signOfQuantity,
  wholeValue,
  zeroQuantity,
} from "../../quantity.ts";
import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from "../../types/resource-v1.ts";
import { invalid, type Out } from "../checks.ts";

const optionsMax = 10;

const read = (text: string): Quantity => parseQuantity(text) ?? zeroQuantity;
const less = (a: string, b: string): boolean => compareQuantities(read(a), read(b)) < 0;

export function checkRequestPolicy(
  out: Out,
  at: string,
  capacity: string,
  policy: CapacityRequestPolicy,
): void {
  const { default: fallback, validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange) {
    const detail = `exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time`;
    out.push(fieldForbidden(at, detail));
    return;
  }
  const missing = (what: string) =>
    out.push(required(`${at}.default`, `required when ${what} is defined`));
  if (validValues.length > 0) {
    if (fallback === undefined) missing("validValues");
    else checkValues(out, `${at}.validValues`, { capacity, fallback, values: validValues });
  } else if (validRange) {
    if (fallback === undefined) missing("validRange");
    else checkRange(out, `${at}.validRange`, { capacity, fallback, range: validRange });
  }
}

type Values = {
  readonly capacity: string;
  readonly fallback: string;
  readonly values: readonly string[];
};

function checkValues(out: Out, at: string, { capacity, fallback, values }: Values): void {
  for (const [i, value] of values.entries()) {
    const next = values[i + 1];
    if (next === undefined || !less(next, value)) continue;
    invalid(out, `${at}[${i + 1}]`, next, "values must be sorted in ascending order");
  }
  if (values.length > optionsMax) out.push(tooMany(at, values.length, optionsMax));
  else checkEach(out, at, values, capacity);
  if (values.length <= optionsMax && values.some((value) => sameAmount(value, fallback))) return;
  invalid(out, at, fallback, "default value is not valid according to the requestPolicy");
}

const sameAmount = (a: string, b: string): boolean => compareQuantities(read(a), read(b)) === 0;

function checkEach(out: Out, at: string, values: readonly string[], capacity: string): void {
  for (const [i, value] of values.entries()) {
    if (!less(capacity, value)) continue;
    invalid(out, `${at}[${i}]`, value, `option is larger than capacity value: ${capacity}`);
  }
  const seen = new Set<string>();
  for (const [i, value] of values.entries()) {
    const key = String(wholeValue(read(value)));
    if (seen.has(key)) out.push(duplicate(`${at}[${i}]`, key));
    seen.add(key);
  }
}

type Range = {
  readonly capacity: string;
  readonly fallback: string;
  readonly range: CapacityRequestPolicyRange;
};

function checkRange(out: Out, at: string, { capacity, fallback, range }: Range): void {
  const { min, max, step } = range;
  if (min === undefined) {
    out.push(required(`${at}.min`, "required when validRange is defined"));
    return;
  }
  if (less(capacity, min)) {
    invalid(out, `${at}.min`, min, `min is larger than capacity value: ${capacity}`);
  }
  if (less(fallback, min)) {
    invalid(out, `${at}.default`, fallback, `default is less than min: ${min}`);
  }
  if (max !== undefined) {
    if (less(max, min)) invalid(out, `${at}.max`, min, `min is larger than max: ${max}`);
    if (less(capacity, max)) {
      invalid(out, `${at}.max`, max, `max is larger than capacity value: ${capacity}`);
    }
    if (less(max, fallback)) {
      invalid(out, `${at}.default`, fallback, `default is more than max: ${max}`);
    }
  }
  if (step !== undefined) checkStep(out, at, { capacity, fallback, range: { min, max, step } });
}

function checkStep(out: Out, at: string, { capacity, fallback, range }: Range): void {
  const { min = "0", max, step = "0" } = range;
  if (signOfQuantity(read(step)) <= 0) {
    invalid(out, `${at}.step`, step, "must be greater than zero");
    return;
  }
  const first = addQuantities(read(min), read(step));
  if (compareQuantities(first, read(capacity)) > 0) {
    const detail = `one step ${wholeValue(first)} is larger than capacity value: ${capacity}`;
    invalid(out, `${at}.step`, step, detail);
  }
  for (const value of max === undefined ? [fallback] : [fallback, max]) {
    const distance = wholeValue(read(value)) - wholeValue(read(min));
    if (distance % wholeValue(read(step)) === 0) continue;
    const detail = `value is not a multiple of a given step (${step}) from (${min})`;
    out.push(invalidValue(`${at}.step`, value, detail));
  }
}
