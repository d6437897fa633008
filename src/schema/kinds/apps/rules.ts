// Rules that kinds which keep pods running share.
import { invalidValue, required } from "../../field-error.ts";
import { checkPercent } from "../../names.ts";
import { checkLabelSelector } from "../../selectors.ts";
import type { PodTemplateSpec } from "../../types/core-v1.ts";
import type { LabelSelector } from "../../types/meta-v1.ts";
import { notNegative, type Out, refuse } from "../checks.ts";
import {
  checkRunsForever,
  checkSelectsTemplate,
  checkTemplate,
  selects,
} from "../core/pod/template.ts";

type IntOrPercent = number | string | undefined;

/** `5` or `5%`; Go prints the one as a number, the other as text. */
export function intOrPercent(out: Out, at: string, value: IntOrPercent): void {
  if (typeof value === "string") refuse(out, at, value, checkPercent(value));
  else notNegative(out, at, value);
}

export function atMost100Percent(out: Out, at: string, value: IntOrPercent): void {
  if (typeof value !== "string" || checkPercent(value).length > 0) return;
  if (Number.parseInt(value, 10) > 100) {
    out.push(invalidValue(at, value, "must not be greater than 100%"));
  }
}

/** The number, or that of the percentage; 0 for what is neither. */
export const numberOf = (value: IntOrPercent): number => {
  if (typeof value !== "string") return value ?? 0;
  const isNumber = checkPercent(value).length === 0 || /^[+-]?\d+$/.test(value);
  return isNumber ? Number.parseInt(value, 10) : 0;
};

export function checkSelector(
  out: Out,
  at: string,
  selector: LabelSelector | undefined,
  kind: string,
): void {
  if (selector === undefined) {
    out.push(required(at));
    return;
  }
  out.push(...checkLabelSelector(at, selector));
  if (isEmptySelector(selector)) {
    out.push(invalidValue(at, selector, `empty selector is invalid for ${kind}`));
  }
}

export const isEmptySelector = ({ matchLabels, matchExpressions }: LabelSelector): boolean =>
  Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length === 0;

type Replicated = { readonly selector?: LabelSelector; readonly template: PodTemplateSpec };

export function checkReplicated(out: Out, at: string, { selector, template }: Replicated): void {
  if (selects(selector, template.metadata?.labels) === "broken") {
    out.push(invalidValue(`${at}.selector`, selector, "invalid label selector"));
    return;
  }
  checkSelectsTemplate(out, `${at}.template`, selector, template);
  checkTemplate(out, `${at}.template`, template);
  checkRunsForever(out, `${at}.template`, template, "ReplicaSet");
}

/** None of `fields` is negative; `more`: fields that may not exceed another, with upstream's name for that one. */
export function checkCounts<S extends object>(
  out: Out,
  status: S,
  fields: readonly (keyof S & string)[],
  more: readonly (readonly [keyof S & string, keyof S & string, string])[] = [],
): void {
  const count = (field: keyof S): number => (status[field] as number | undefined) ?? 0;
  for (const field of fields) notNegative(out, `status.${field}`, count(field));
  for (const [field, limit, name] of more) {
    if (count(field) <= count(limit)) continue;
    out.push(invalidValue(`status.${field}`, count(field), `cannot be greater than ${name}`));
  }
}

export function checkCollisions(
  out: Out,
  next: { collisionCount?: number } | undefined,
  old: { collisionCount?: number } | undefined,
): void {
  const [now, before] = [next?.collisionCount, old?.collisionCount];
  if (before === undefined || (now !== undefined && now >= before)) return;
  out.push(invalidValue("status.collisionCount", now ?? 0, "cannot be decremented"));
}
