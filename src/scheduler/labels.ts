// Label selectors of pods, compiled to functions.
import { requirementMatch } from "../schema/node-selection.ts";
import type { LabelSelector } from "../schema/types/meta-v1.ts";

export type Labels = Readonly<Record<string, string>>;
export type LabelMatch = (labels: Labels) => boolean;

/** Nothing matches a selector that is absent; everything matches an empty one. */
export function labelMatch(selector: LabelSelector | undefined): LabelMatch {
  if (!selector) return () => false;
  const equal = Object.entries(selector.matchLabels ?? {});
  const rules = (selector.matchExpressions ?? []).map(requirementMatch);
  return (labels) =>
    equal.every(([key, value]) => labels[key] === value) && rules.every((rule) => rule(labels));
}
