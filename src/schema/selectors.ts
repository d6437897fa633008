// Label selectors: as text in a query (`app=web,tier in (a,b),!gone`) and as objects in a spec.
// Both become a selection, a list of requirements that all must hold.
import { fieldForbidden, invalidValue, item, required } from "./field-error.ts";
import { checkLabels } from "./metadata.ts";
import { checkLabelValue, checkQualifiedName } from "./names.ts";
import {
  holds,
  type Labels,
  makeRequirement,
  type Operator,
  printRequirement,
  type Requirement,
} from "./selector-requirement.ts";
import { readRequirements } from "./selector-text.ts";
import { badRequest, type Cause } from "./status-error.ts";
import type { LabelSelector, LabelSelectorRequirement } from "./types/meta-v1.ts";

export type { Labels };

/** Empty: selects everything. */
export type Selection = readonly Requirement[];

export const everything: Selection = Object.freeze([]);
/** What an absent selector selects in most specs. */
export const nothing: Selection = Object.freeze([{ key: "", operator: "never", values: [] }]);

export function matchesLabels(selection: Selection, labels: Labels): boolean {
  for (const requirement of selection) if (!holds(requirement, labels)) return false;
  return true;
}

/** The canonical text; "" for everything and for nothing. */
export const printSelection = (selection: Selection): string =>
  selection === nothing ? "" : selection.map(printRequirement).join(",");

/** Every label with its value. No rule of names is checked. */
export const selectionOf = (labels: Labels): Selection =>
  sortedByKey(
    Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: "=", values: [value] })),
  );

/** Throws a StatusError(400) in upstream's words. */
export function parseLabelSelector(text: string): Selection {
  if (text === "") return everything;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const selection = Object.freeze(sortedByKey(readRequirements(text)));
  if (cache.size >= cacheMax) cache.clear();
  cache.set(text, selection);
  return selection;
}

/** Watches and controllers ask with the same few texts over and over. */
const cacheMax = 256;
const cache = new Map<string, Selection>();

const objectOperators: Readonly<Record<string, Operator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/**
 * Absent: nothing; empty: everything. Throws a StatusError(400) for one that validation would
 * refuse.
 */
export function selectionFrom(selector: LabelSelector | undefined): Selection {
  if (selector === undefined) return nothing;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push(makeRequirement(key, "=", [value]));
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(objectOperators, operator) && objectOperators[operator];
    if (!known) throw badRequest(`"${operator}" is not a valid label selector operator`);
    requirements.push(makeRequirement(key, known, [...(values ?? [])]));
  }
  return sortedByKey(requirements);
}

/**
 * The rules of a selector in a spec. `keepsValues`: an old object already has values that break
 * today's rule.
 */
export function checkLabelSelector(
  field: string,
  selector: LabelSelector | undefined,
  options: { keepsValues?: boolean } = {},
): Cause[] {
  if (selector === undefined) return [];
  return [
    ...checkLabels(`${field}.matchLabels`, selector.matchLabels ?? {}),
    ...(selector.matchExpressions ?? []).flatMap((expression, i) =>
      checkExpression(item(`${field}.matchExpressions`, i), expression, options),
    ),
  ];
}

/**
 * Whether an expression holds a value that is no label value, so that updates must go on taking it.
 */
export const hasInvalidValue = (selector: LabelSelector | undefined): boolean =>
  (selector?.matchExpressions ?? []).some((e) =>
    (e.values ?? []).some((v) => checkLabelValue(v).length > 0),
  );

function checkExpression(
  field: string,
  { key, operator, values = [] }: LabelSelectorRequirement,
  options: { keepsValues?: boolean },
): Cause[] {
  const causes: Cause[] = [];
  if (operator === "In" || operator === "NotIn") {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'";
    if (values.length === 0) causes.push(required(`${field}.values`, detail));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    if (values.length > 0) causes.push(fieldForbidden(`${field}.values`, detail));
  } else {
    causes.push(invalidValue(`${field}.operator`, operator, "not a valid selector operator"));
  }
  for (const p of checkQualifiedName(key)) causes.push(invalidValue(`${field}.key`, key, p));
  if (options.keepsValues) return causes;
  for (const [i, value] of values.entries()) {
    for (const p of checkLabelValue(value)) {
      causes.push(invalidValue(item(`${field}.values`, i), value, p));
    }
  }
  return causes;
}

const sortedByKey = (requirements: Requirement[]): Requirement[] =>
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
