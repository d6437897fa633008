// Where a pod may or would like to run, by labels of nodes and by other pods.
import { fieldForbidden, invalidValue, required } from "../../../field-error.ts";
import { checkDnsLabel, nameIsDnsSubdomain } from "../../../names.ts";
import { checkLabelSelector } from "../../../selectors.ts";
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from "../../../types/core-v1.ts";
import type { LabelSelector } from "../../../types/meta-v1.ts";
import { labelValue, type Out, qualifiedName, refuse } from "../../checks.ts";

const hard = "requiredDuringSchedulingIgnoredDuringExecution";
const soft = "preferredDuringSchedulingIgnoredDuringExecution";

export function checkAffinity(out: Out, at: string, affinity: Affinity | undefined): void {
  if (affinity === undefined) return;
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity?.[hard]) {
    checkNodeSelector(out, `${at}.nodeAffinity.${hard}`, nodeAffinity[hard]);
  }
  for (const [i, { weight, preference }] of (nodeAffinity?.[soft] ?? []).entries()) {
    const here = `${at}.nodeAffinity.${soft}[${i}]`;
    checkWeight(out, here, weight);
    checkNodeSelectorTerm(out, `${here}.preference`, preference, true);
  }
  checkPodTerms(out, `${at}.podAffinity`, podAffinity);
  checkPodTerms(out, `${at}.podAntiAffinity`, podAntiAffinity);
}

function checkWeight(out: Out, at: string, weight: number): void {
  if (weight > 0 && weight <= 100) return;
  out.push(invalidValue(`${at}.weight`, weight, "must be in the range 1-100"));
}

export function checkNodeSelector(out: Out, at: string, { nodeSelectorTerms }: NodeSelector): void {
  const field = `${at}.nodeSelectorTerms`;
  if (!nodeSelectorTerms?.length) {
    out.push(required(field, "must have at least one node selector term"));
  }
  for (const [i, term] of (nodeSelectorTerms ?? []).entries()) {
    checkNodeSelectorTerm(out, `${field}[${i}]`, term, false);
  }
}

/** `anyValue`: values need not be good for labels. */
function checkNodeSelectorTerm(
  out: Out,
  at: string,
  { matchExpressions, matchFields }: NodeSelectorTerm,
  anyValue: boolean,
): void {
  for (const [i, requirement] of (matchExpressions ?? []).entries()) {
    checkExpression(out, `${at}.matchExpressions[${i}]`, requirement, anyValue);
  }
  for (const [i, requirement] of (matchFields ?? []).entries()) {
    checkField(out, `${at}.matchFields[${i}]`, requirement);
  }
}

function checkExpression(
  out: Out,
  at: string,
  { key, operator, values = [] }: NodeSelectorRequirement,
  anyValue: boolean,
): void {
  const field = `${at}.values`;
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length > 0) break;
      out.push(required(field, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length === 0) break;
      out.push(
        fieldForbidden(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      );
      break;
    case "Gt":
    case "Lt":
      if (values.length === 1) break;
      out.push(required(field, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      out.push(invalidValue(`${at}.operator`, operator, "not a valid selector operator"));
  }
  qualifiedName(out, `${at}.key`, key);
  if (anyValue) return;
  for (const [i, value] of values.entries()) labelValue(out, `${field}[${i}]`, value);
}

function checkField(
  out: Out,
  at: string,
  { key, operator, values = [] }: NodeSelectorRequirement,
): void {
  if (operator !== "In" && operator !== "NotIn") {
    out.push(invalidValue(`${at}.operator`, operator, "not a valid selector operator"));
  } else if (values.length !== 1) {
    const detail =
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    out.push(required(`${at}.values`, detail));
  }
  if (key !== "metadata.name") {
    out.push(invalidValue(`${at}.key`, key, "not a valid field selector key"));
    return;
  }
  for (const [i, value] of values.entries()) {
    refuse(out, `${at}.values[${i}]`, value, nameIsDnsSubdomain(value, false));
  }
}

function checkPodTerms(out: Out, at: string, affinity: PodAffinity | undefined): void {
  for (const [i, term] of (affinity?.[hard] ?? []).entries()) {
    checkPodTerm(out, `${at}.${hard}[${i}]`, term);
  }
  for (const [i, { weight, podAffinityTerm }] of (affinity?.[soft] ?? []).entries()) {
    checkWeight(out, `${at}.${soft}[${i}]`, weight);
    checkPodTerm(out, `${at}.${soft}[${i}].podAffinityTerm`, podAffinityTerm);
  }
}

function checkPodTerm(out: Out, at: string, term: PodAffinityTerm): void {
  out.push(...checkLabelSelector(`${at}.labelSelector`, term.labelSelector));
  out.push(...checkLabelSelector(`${at}.namespaceSelector`, term.namespaceSelector));
  for (const name of term.namespaces ?? []) {
    refuse(out, `${at}.namespace`, name, checkDnsLabel(name));
  }
  checkLabelKeys(out, at, term);
  if (!term.topologyKey) out.push(required(`${at}.topologyKey`, "can not be empty"));
  qualifiedName(out, `${at}.topologyKey`, term.topologyKey ?? "");
}

type LabelKeys = {
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  readonly labelSelector?: LabelSelector;
};

/** Keys whose values are the pod's own. */
export function checkLabelKeys(
  out: Out,
  at: string,
  { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: LabelKeys,
): void {
  checkKeys(out, `${at}.matchLabelKeys`, matchLabelKeys, labelSelector);
  checkKeys(out, `${at}.mismatchLabelKeys`, mismatchLabelKeys, labelSelector);
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = matchLabelKeys.lastIndexOf(key);
    if (i >= 0 && seen.has(key)) {
      const detail = "exists in both matchLabelKeys and labelSelector";
      out.push(invalidValue(`${at}[${i}]`, key, detail));
    }
    seen.add(key);
  }
  for (const [i, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    const detail = "exists in both matchLabelKeys and mismatchLabelKeys";
    out.push(invalidValue(`${at}.matchLabelKeys[${i}]`, key, detail));
  }
}

function checkKeys(
  out: Out,
  at: string,
  keys: readonly string[],
  labelSelector: LabelSelector | undefined,
): void {
  if (keys.length === 0) return;
  if (labelSelector === undefined) {
    out.push(fieldForbidden(at, "must not be specified when labelSelector is not set"));
    return;
  }
  for (const [i, key] of keys.entries()) qualifiedName(out, `${at}[${i}]`, key);
}
