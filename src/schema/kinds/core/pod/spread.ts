// How evenly pods are to be spread over nodes, zones and the like.
import { duplicate, invalidValue, required } from "../../../field-error.ts";
import { checkLabelSelector } from "../../../selectors.ts";
import type { TopologySpreadConstraint } from "../../../types/core-v1.ts";
import { type Out, positive, supportedOnly } from "../../checks.ts";
import { checkLabelKeys } from "./affinity.ts";

const actions = ["DoNotSchedule", "ScheduleAnyway"];
const inclusionPolicies = ["Honor", "Ignore"];

export function checkSpread(
  out: Out,
  at: string,
  constraints: readonly TopologySpreadConstraint[] | undefined,
): void {
  for (const [i, constraint] of (constraints ?? []).entries()) {
    const { topologyKey, whenUnsatisfiable, labelSelector, matchLabelKeys } = constraint;
    const here = `${at}[${i}]`;
    positive(out, `${here}.maxSkew`, constraint.maxSkew);
    if (!topologyKey) out.push(required(`${here}.topologyKey`, "can not be empty"));
    supportedOnly(out, `${here}.whenUnsatisfiable`, whenUnsatisfiable, actions);
    const isRepeated = constraints!
      .slice(i + 1)
      .some((c) => c.topologyKey === topologyKey && c.whenUnsatisfiable === whenUnsatisfiable);
    if (isRepeated) {
      const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
      out.push(duplicate(`${here}.{topologyKey, whenUnsatisfiable}`, pair));
    }
    checkMinDomains(out, `${here}.minDomains`, constraint);
    for (const policy of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      if (constraint[policy] === undefined) continue;
      supportedOnly(out, `${here}.${policy}`, constraint[policy], inclusionPolicies);
    }
    checkLabelKeys(out, here, { matchLabelKeys, labelSelector });
    out.push(...checkLabelSelector(`${here}.labelSelector`, labelSelector));
  }
}

function checkMinDomains(
  out: Out,
  at: string,
  { minDomains, whenUnsatisfiable: action }: TopologySpreadConstraint,
): void {
  if (minDomains === undefined) return;
  positive(out, at, minDomains);
  if (action === "DoNotSchedule") return;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
  out.push(invalidValue(at, minDomains, detail));
}
