// The selectors of an access review: what is wrong with them, and what of them is looked at.
import { fieldForbidden, invalidValue, item, required } from "../../schema/field-error.ts";
import { escapeValue, parseFieldSelector } from "../../schema/field-selectors.ts";
import { checkLabelValue, checkQualifiedName } from "../../schema/names.ts";
import { parseLabelSelector } from "../../schema/selectors.ts";
import { type Cause, StatusError } from "../../schema/status-error.ts";
import type { ResourceAttributes } from "../../schema/types/authorization-v1.ts";

type Selectors = Pick<ResourceAttributes, "fieldSelector" | "labelSelector">;
type Selector = NonNullable<Selectors["fieldSelector"] | Selectors["labelSelector"]>;
type Requirement = NonNullable<Selector["requirements"]>[number];

const names = ["fieldSelector", "labelSelector"] as const;

/** Newer clients may know operators that this server does not: those are no problem. */
export function selectorProblems(asked: Selectors): Cause[] {
  return names.flatMap((name) => {
    const selector = asked[name];
    if (selector === undefined) return [];
    const field = `spec.resourceAttributes.${name}`;
    const requirements = selector.requirements ?? [];
    return [
      ...sourceProblems(field, selector.rawSelector ?? "", requirements.length),
      ...requirements.flatMap((requirement, index) => {
        const at = item(`${field}.requirements`, index);
        return name === "fieldSelector"
          ? fieldProblems(at, requirement)
          : labelProblems(at, requirement);
      }),
    ];
  });
}

function sourceProblems(field: string, raw: string, requirements: number): Cause[] {
  if (raw !== "" && requirements > 0) {
    const rule = "may not specified at the same time as requirements";
    return [invalidValue(`${field}.rawSelector`, raw, rule)];
  }
  if (raw !== "" || requirements > 0) return [];
  const rule = `when ${field} is specified, requirements or rawSelector is required`;
  return [required(`${field}.requirements`, rule)];
}

function fieldProblems(at: string, requirement: Requirement): Cause[] {
  const keyless = requirement.key === "" ? [required(`${at}.key`, "must be specified")] : [];
  return [...keyless, ...countProblems(at, requirement)];
}

function labelProblems(at: string, requirement: Requirement): Cause[] {
  const { key, values = [] } = requirement;
  return [
    ...countProblems(at, requirement),
    ...checkQualifiedName(key).map((problem) => invalidValue(`${at}.key`, key, problem)),
    ...values.flatMap((value, index) =>
      checkLabelValue(value).map((problem) =>
        invalidValue(item(`${at}.values`, index), value, problem),
      ),
    ),
  ];
}

function countProblems(at: string, { operator, values = [] }: Requirement): Cause[] {
  const many = operator === "In" || operator === "NotIn";
  if (many && values.length === 0) {
    return [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
  }
  const none = operator === "Exists" || operator === "DoesNotExist";
  if (!none || values.length === 0) return [];
  const rule = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
  return [fieldForbidden(`${at}.values`, rule)];
}

export type AskedSelectors = {
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Of what is not looked at; "" when all is. */
  readonly problem: string;
};

/** What cannot be read is left out, which can only ask for more. */
export function askedSelectors(asked: Selectors): AskedSelectors {
  const fields = selectorText(asked.fieldSelector, fieldTerm, parseFieldSelector);
  const labels = selectorText(asked.labelSelector, labelTerm, parseLabelSelector);
  const problems = [...leftOut("fieldSelector", fields), ...leftOut("labelSelector", labels)];
  return {
    ...(fields.text === "" ? {} : { fieldSelector: fields.text }),
    ...(labels.text === "" ? {} : { labelSelector: labels.text }),
    problem: problems.join("; "),
  };
}

type Read = { readonly text: string; readonly complete: boolean };

function selectorText(
  selector: Selector | undefined,
  term: (requirement: Requirement) => string | undefined,
  parse: (text: string) => unknown,
): Read {
  const { requirements = [], rawSelector = "" } = selector ?? {};
  if (requirements.length > 0) {
    const terms = requirements.map(term);
    const known = terms.filter((t) => t !== undefined);
    return { text: known.join(","), complete: known.length === terms.length };
  }
  try {
    parse(rawSelector);
    return { text: rawSelector, complete: true };
  } catch (error) {
    if (error instanceof StatusError) return { text: "", complete: false };
    throw error;
  }
}

function leftOut(name: string, { text, complete }: Read): string[] {
  if (complete) return [];
  const how = text === "" ? "ignored" : "partially ignored";
  return [`spec.resourceAttributes.${name} ${how} due to parse error`];
}

/** Undefined for what no text of a field selector says. */
function fieldTerm({ key, operator, values = [] }: Requirement): string | undefined {
  const sign = operator === "In" ? "=" : operator === "NotIn" ? "!=" : undefined;
  // A key with such a letter in it would end early and begin another term.
  if (sign === undefined || values.length !== 1 || /[,=!\\]/.test(key)) return undefined;
  return `${key}${sign}${escapeValue(values[0]!)}`;
}

function labelTerm({ key, operator, values = [] }: Requirement): string | undefined {
  switch (operator) {
    case "In":
      return `${key} in (${values.join(",")})`;
    case "NotIn":
      return `${key} notin (${values.join(",")})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return undefined;
  }
}
