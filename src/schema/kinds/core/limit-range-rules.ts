// What may stand in a LimitRange: bounds that leave room for each other.
import {
  duplicate,
  fieldForbidden,
  invalidValue,
  item,
  keyed,
  required,
} from "../../field-error.ts";
import { checkQualifiedName } from "../../names.ts";
import { milliValue } from "../../quantity.ts";
import type { Cause } from "../../status-error.ts";
import type { LimitRange, LimitRangeItem } from "../../types/core-v1.ts";
import { type Out, refuse } from "../checks.ts";
import type { ResourceList } from "./pod/resource-list.ts";
import {
  checkContainerResourceName,
  checkResourceName,
  isMore,
  isSameAmount,
  mayOvercommit,
  quantityOf,
} from "./resource-names.ts";

export function checkLimitRange({ spec }: LimitRange): Cause[] {
  const out: Out = [];
  const seen = new Set<string>();
  spec?.limits?.forEach((limit, index) => {
    const at = item("spec.limits", index);
    checkType(out, `${at}.type`, limit.type ?? "");
    if (seen.has(limit.type)) out.push(duplicate(`${at}.type`, limit.type));
    seen.add(limit.type);
    checkItem(out, at, limit);
  });
  return out;
}

const types = ["Pod", "Container", "PersistentVolumeClaim"];

function checkType(out: Out, at: string, type: string): void {
  const problems = checkQualifiedName(type);
  refuse(out, at, type, problems);
  if (problems.length > 0 || type.includes("/") || types.includes(type)) return;
  out.push(invalidValue(at, type, "must be a standard limit type or fully qualified"));
}

function checkItem(out: Out, at: string, limit: LimitRangeItem): void {
  const { type, max, min, maxLimitRequestRatio: ratio } = limit;
  const inContainer = type === "Pod" || type === "Container";
  const checkNames = (name: string, list: ResourceList | undefined): void => {
    for (const resource of Object.keys(list ?? {})) {
      const field = keyed(`${at}.${name}`, resource);
      if (inContainer) checkContainerResourceName(out, field, resource);
      else checkResourceName(out, field, resource);
    }
  };
  checkNames("max", max);
  checkNames("min", min);
  const isPod = type === "Pod";
  for (const name of ["default", "defaultRequest"] as const) {
    if (!isPod) checkNames(name, limit[name]);
    else if (Object.keys(limit[name] ?? {}).length > 0) {
      out.push(fieldForbidden(`${at}.${name}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (type === "PersistentVolumeClaim" && !min?.["storage"] && !max?.["storage"]) {
    const why = "either minimum or maximum storage value is required, but neither was provided";
    out.push(required(`${at}.limits`, why));
  }
  checkNames("maxLimitRequestRatio", ratio);
  const defaults = isPod ? {} : { most: limit.default, asked: limit.defaultRequest };
  const lists = [max, min, defaults.most, defaults.asked, ratio];
  for (const name of new Set(lists.flatMap((list) => Object.keys(list ?? {})))) {
    checkAmounts(out, at, name, {
      min: min?.[name],
      max: max?.[name],
      default: defaults.most?.[name],
      defaultRequest: defaults.asked?.[name],
      ratio: ratio?.[name],
    });
  }
}

type Amounts = Readonly<
  Record<"min" | "max" | "default" | "defaultRequest" | "ratio", string | undefined>
>;

/** Amounts of one resource; each may be absent. */
function checkAmounts(out: Out, at: string, name: string, amounts: Amounts): void {
  const { min, max, default: most, defaultRequest: asked, ratio } = amounts;
  const bad = (field: string, value: string, why: string): void =>
    void out.push(invalidValue(keyed(`${at}.${field}`, name), value, why));
  const above = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && isMore(a, b);
  if (above(min, max)) bad("min", min!, `min value ${min} is greater than max value ${max}`);
  if (above(min, asked)) {
    bad(
      "defaultRequest",
      asked!,
      `min value ${min} is greater than default request value ${asked}`,
    );
  }
  if (above(asked, max)) {
    bad(
      "defaultRequest",
      asked!,
      `default request value ${asked} is greater than max value ${max}`,
    );
  }
  if (above(asked, most)) {
    const why = `default request value ${asked} is greater than default limit value ${most}`;
    bad("defaultRequest", asked!, why);
  }
  if (above(min, most)) {
    bad("default", min!, `min value ${min} is greater than default value ${most}`);
  }
  if (above(most, max)) {
    bad("default", max!, `default value ${most} is greater than max value ${max}`);
  }
  if (ratio !== undefined) checkRatio(bad, ratio, min, max);
  if (
    !mayOvercommit(name) &&
    most !== undefined &&
    asked !== undefined &&
    !isSameAmount(most, asked)
  ) {
    const why = `default value ${most} must equal to defaultRequest value ${asked} in ${name}`;
    bad("defaultRequest", asked, why);
  }
}

function checkRatio(
  bad: (field: string, value: string, why: string) => void,
  ratio: string,
  min: string | undefined,
  max: string | undefined,
): void {
  const field = "maxLimitRequestRatio";
  if (isMore("1", ratio)) bad(field, ratio, `ratio ${ratio} is less than 1`);
  if (min === undefined || max === undefined) return;
  const most = milliValue(quantityOf(max)) / milliValue(quantityOf(min));
  if (milliValue(quantityOf(ratio)) / 1000 > most) {
    bad(field, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
  }
}
