// Selectors as workloads use them: read once, and never one that selects everything by accident.
import {
  type Labels,
  matchesLabels as matchesSelection,
  nothing,
  type Selection,
  selectionFrom,
} from "../schema/selectors.ts";
import type { LabelSelector } from "../schema/types/meta-v1.ts";

/** Upstream's rule of workload selectors: one that is absent or empty selects nothing. */
export const selects = (selector: LabelSelector | undefined, labels: Labels): boolean =>
  !isEmptySelector(selector) && matches(selector!, labels);

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  !selector || selectionOf(selector).length === 0;

/** An empty selector matches everything, one that cannot be read nothing. */
export const matches = (selector: LabelSelector, labels: Labels): boolean =>
  matchesSelection(selectionOf(selector), labels);

const read = new WeakMap<LabelSelector, Selection>();

function selectionOf(selector: LabelSelector): Selection {
  let selection = read.get(selector);
  if (!selection) {
    selection = readSelector(selector);
    // What is frozen stays what it was read as.
    if (Object.isFrozen(selector)) read.set(selector, selection);
  }
  return selection;
}

function readSelector(selector: LabelSelector): Selection {
  try {
    return selectionFrom(selector);
  } catch {
    return nothing;
  }
}

export function matchesLabels(wanted: NonNullable<Labels>, labels: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}
