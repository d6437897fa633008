// The rules of a priority class.
import type { Cause } from "../../status-error.ts";
import type { PriorityClass } from "../../types/scheduling-v1.ts";
import { checkUnchanged, forbidden, type Out, oneOf } from "../checks.ts";

/** Above are the system's own. */
const valueMax = 1_000_000_000;
const prefix = "system-";
const system: ReadonlyMap<string, number> = new Map([
  ["system-node-critical", 2 * valueMax + 1000],
  ["system-cluster-critical", 2 * valueMax],
]);
const policies = ["PreemptLowerPriority", "Never"];

export function validatePriorityClass(
  next: PriorityClass,
  old: PriorityClass | undefined,
): Cause[] {
  const out: Out = [];
  const { value = 0, preemptionPolicy } = next;
  if (old !== undefined) {
    if (value !== (old.value ?? 0)) forbidden(out, "value", "may not be changed in an update.");
    checkUnchanged(out, "preemptionPolicy", preemptionPolicy, old.preemptionPolicy);
    return out;
  }
  if (next.metadata.name?.startsWith(prefix)) checkReserved(out, next);
  else if (value > valueMax) {
    forbidden(out, "value", `maximum allowed value of a user defined priority is ${valueMax}`);
  }
  if (preemptionPolicy !== undefined) {
    oneOf(out, "preemptionPolicy", preemptionPolicy, policies);
  }
  return out;
}

function checkReserved(out: Out, { metadata, value = 0, globalDefault = false }: PriorityClass) {
  const { name = "" } = metadata;
  const wanted = system.get(name);
  let problem: string | undefined;
  if (wanted === undefined) problem = `${name} is not a known system priority class`;
  else if (value !== wanted) problem = `value of ${name} PriorityClass must be ${wanted}`;
  else if (globalDefault) problem = `globalDefault of ${name} PriorityClass must be false`;
  if (problem === undefined) return;
  const rule = `priority class names with '${prefix}' prefix are reserved for system use only`;
  forbidden(out, "metadata.name", `${rule}. error: ${problem}`);
}
