// What may change in a job that is there.
import { invalidValue } from "../../field-error.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Job, JobSpec } from "../../types/batch-v1.ts";
import type { Affinity, Container, PodTemplateSpec } from "../../types/core-v1.ts";
import { checkUnchanged, type Out } from "../checks.ts";
import { isTrue } from "./job-conditions.ts";

export function checkJobUpdate(out: Out, next: Job, old: Job): void {
  const at = "spec";
  checkCompletions(out, `${at}.completions`, next.spec, old.spec);
  checkUnchanged(out, `${at}.selector`, next.spec.selector, old.spec.selector);
  checkTemplateUpdate(out, `${at}.template`, next.spec.template, old);
  for (const field of fixed)
    checkUnchanged(out, `${at}.${field}`, next.spec[field], old.spec[field]);
}

const fixed = [
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
] as const;

/** An indexed job grows and shrinks with its parallelism. */
function checkCompletions(out: Out, at: string, next: JobSpec, old: JobSpec): void {
  const { completions, parallelism } = next;
  if (next.completionMode !== "Indexed") checkUnchanged(out, at, completions, old.completions);
  else if (completions !== undefined && completions !== old.completions) {
    if (completions === parallelism) return;
    const detail = "can only be modified in tandem with spec.parallelism";
    out.push(invalidValue(at, completions, detail));
  }
}

/** A suspended job without pods may still be told where its pods run and what they need. */
function checkTemplateUpdate(out: Out, at: string, next: PodTemplateSpec, old: Job): void {
  const template = old.spec.template;
  const isMutable = isSuspended(old);
  if (!isMutable) checkUnchanged(out, at, next, template);
  else {
    const allowed = withResources(withDirectives(template, next), next);
    checkUnchanged(out, `${at}.spec`, next.spec, allowed.spec);
  }
}

const isSuspended = ({ spec, status }: Job): boolean =>
  spec.suspend === true &&
  (status?.startTime === undefined || isTrue(status, "Suspended")) &&
  (status?.active ?? 0) === 0;

function withDirectives(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates } = next.spec;
  const affinity = withNodeAffinity(old.spec.affinity, next.spec.affinity);
  const spec = { ...old.spec, nodeSelector, tolerations, schedulingGates, affinity };
  return { ...old, spec: spec as PodTemplateSpec["spec"] };
}

function withNodeAffinity(old: Affinity = {}, next: Affinity | undefined): Affinity | undefined {
  const { nodeAffinity: _old, ...others } = old;
  const nodeAffinity = next?.nodeAffinity;
  const allowed = nodeAffinity ? { ...others, nodeAffinity } : others;
  return next === undefined && semanticEqual(allowed, {}) ? undefined : allowed;
}

function withResources(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const containers = withTheirs(old.spec.containers, next.spec.containers);
  const initContainers = withTheirs(old.spec.initContainers, next.spec.initContainers);
  const spec = { ...old.spec, containers, initContainers };
  return { ...old, spec: spec as PodTemplateSpec["spec"] };
}

function withTheirs(
  old: readonly Container[] = [],
  next: readonly Container[] = [],
): readonly Container[] {
  if (old.length !== next.length) return old;
  return old.map((container, i) => {
    if (container.name !== next[i]!.name) return container;
    const { resources: _old, ...others } = container;
    const { resources } = next[i]!;
    return resources === undefined ? others : { ...others, resources };
  });
}
