// The rules of a storage class.
import { duplicate, required } from "../../field-error.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type { TopologySelectorTerm } from "../../types/core-v1.ts";
import type { StorageClass } from "../../types/storage-v1.ts";
import { immutableProblem, invalid, type Out, qualifiedName, supportedOnly } from "../checks.ts";
import { labelAdvice } from "../core/node-labels.ts";
import { checkParameters, checkProvisioner } from "./parameters.ts";

const reclaimPolicies = ["Delete", "Retain"];
const bindingModes = ["Immediate", "WaitForFirstConsumer"];

export function validateStorageClass(next: StorageClass, old: StorageClass | undefined): Cause[] {
  const out: Out = [];
  const { provisioner = "", parameters = {}, reclaimPolicy, volumeBindingMode } = next;
  checkProvisioner(out, "provisioner", provisioner);
  checkParameters(out, "parameters", parameters, true);
  if (reclaimPolicy) supportedOnly(out, "reclaimPolicy", reclaimPolicy, reclaimPolicies);
  if (volumeBindingMode === undefined) out.push(required("volumeBindingMode"));
  else supportedOnly(out, "volumeBindingMode", volumeBindingMode, bindingModes);
  checkTopologies(out, "allowedTopologies", next.allowedTopologies ?? []);
  if (provisioner === "") out.push(required("provisioner"));
  for (const field of fixed) {
    // Rules of upstream's newer kind do not show the value.
    if (old && !semanticEqual(next[field], old[field])) invalid(out, field, null, immutableProblem);
  }
  return out;
}

const fixed = ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"] as const;

function checkTopologies(out: Out, at: string, terms: readonly TopologySelectorTerm[]): void {
  const seen = new Set<string>();
  for (const [i, term] of terms.entries()) {
    const here = `${at}[${i}].matchLabelExpressions`;
    const text = checkTerm(out, here, term);
    // Upstream compares with as many empty terms as there are.
    if (seen.has(text) || text === "{}") out.push(duplicate(here, ""));
    if (text === "{}") for (let n = 1; n < terms.length; n++) out.push(duplicate(here, ""));
    seen.add(text);
  }
}

/** Returns what the term selects as text that is equal for equal terms. */
function checkTerm(out: Out, at: string, term: TopologySelectorTerm): string {
  const selected = new Map<string, string[]>();
  for (const [i, { key, values = [] }] of (term.matchLabelExpressions ?? []).entries()) {
    const here = `${at}[${i}]`;
    const seen = new Set<string>();
    if (values.length === 0) out.push(required(`${here}.values`));
    for (const [j, value] of values.entries()) {
      if (seen.has(value)) out.push(duplicate(`${here}.values[${j}]`, value));
      seen.add(value);
    }
    qualifiedName(out, `${here}.key`, key);
    if (selected.has(key)) out.push(duplicate(`${here}.key`, key));
    selected.set(key, [...seen].sort());
  }
  return JSON.stringify(Object.fromEntries([...selected].sort(([a], [b]) => (a < b ? -1 : 1))));
}

export const storageClassWarnings = ({ allowedTopologies }: StorageClass): string[] =>
  (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) =>
    (matchLabelExpressions ?? []).flatMap(({ key }, j) => {
      const advice = labelAdvice(key);
      const at = `allowedTopologies[${i}].matchLabelExpressions[${j}].key`;
      return advice ? [`${at}: ${advice}`] : [];
    }),
  );
