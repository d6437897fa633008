// What may change in a pod that is there: images, deadlines, more tolerations, and where a gated pod may run.
import { fieldForbidden, invalidValue, required } from "../../../field-error.ts";
import { int32Max, rangeProblem } from "../../../names.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import type {
  Affinity,
  Container,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodSpec,
} from "../../../types/core-v1.ts";
import { forbidden, type Out } from "../../checks.ts";
import { diffText } from "../../diff-text.ts";
import { checkAnnotationUpdate } from "./annotations.ts";
import { checkOnlyAdded } from "./tolerations.ts";

const updatable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

export function checkUpdate(out: Out, next: Pod, old: Pod): void {
  checkAnnotationUpdate(out, next, old);
  for (const list of ["containers", "initContainers"] as const) {
    if (!checkSameContainers(out, `spec.${list}`, next.spec[list], old.spec[list])) return;
  }
  if (!checkDeadline(out, next.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds)) return;
  checkOnlyAdded(out, "spec.tolerations", next.spec.tolerations, old.spec.tolerations);
  checkGates(out, next.spec, old.spec);
  if (semanticEqual(next.spec, old.spec)) return;
  const munged = withoutAllowed(out, next.spec, old.spec);
  if (semanticEqual(munged, old.spec)) return;
  const detail = `pod updates may not change fields other than ${updatable}\n${diffText(old.spec, munged)}`;
  forbidden(out, "spec", detail);
}

function checkSameContainers(
  out: Out,
  at: string,
  next: readonly Container[] = [],
  old: readonly Container[] = [],
): boolean {
  if (next.length !== old.length) {
    forbidden(out, at, "pod updates may not add or remove containers");
    return false;
  }
  for (const [i, { image = "" }] of next.entries()) {
    if (image === "") out.push(required(`${at}[${i}].image`));
    if (image.trim() !== image) {
      const detail = "must not have leading or trailing whitespace";
      out.push(invalidValue(`${at}[${i}].image`, image, detail));
    }
  }
  return true;
}

/** A deadline may come nearer, not go away. */
function checkDeadline(out: Out, next: number | undefined, old: number | undefined): boolean {
  const field = "spec.activeDeadlineSeconds";
  if (next === undefined) {
    if (old === undefined) return true;
    out.push(invalidValue(field, null, "must not update from a positive integer to nil value"));
    return true;
  }
  if (next < 0 || next > int32Max) {
    out.push(invalidValue(field, next, rangeProblem(0, int32Max)));
    return false;
  }
  if (old === undefined || next <= old) return true;
  out.push(invalidValue(field, next, "must be less than or equal to previous value"));
  return false;
}

function checkGates(out: Out, next: PodSpec, old: PodSpec): void {
  // Of gates with the same name upstream tells of the last one.
  const gates = new Map((next.schedulingGates ?? []).map(({ name }, i) => [name, i]));
  for (const [name, i] of gates) {
    if (old.schedulingGates?.some((gate) => gate.name === name)) continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    out.push(fieldForbidden(`spec.schedulingGates[${i}].name`, detail));
  }
}

/** The new spec with everything that may change put back. */
function withoutAllowed(out: Out, next: PodSpec, old: PodSpec): PodSpec {
  const munged: PodSpec = {
    ...next,
    containers: withImages(next.containers, old.containers) ?? [],
    initContainers: withImages(next.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  const grace = old.terminationGracePeriodSeconds ?? 0;
  if (grace < 0 && next.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = grace;
  }
  if (old.schedulingGates?.length) putBackPlacement(out, munged, old);
  return munged;
}

const withImages = (
  next: readonly Container[] | undefined,
  old: readonly Container[] | undefined,
): Container[] | undefined =>
  next?.map((container, i) => ({ ...container, image: old?.[i]?.image }));

/** A pod that waits at a gate may be told more closely where to run. */
function putBackPlacement(out: Out, munged: PodSpec, old: PodSpec): void {
  const selector = munged.nodeSelector ?? {};
  const before = old.nodeSelector ?? {};
  if (Object.keys(before).some((key) => before[key] !== selector[key])) {
    const detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
    out.push(invalidValue("spec.nodeSelector", munged.nodeSelector ?? null, detail));
  }
  munged.nodeSelector = old.nodeSelector;
  const [now, then] = [munged.affinity?.nodeAffinity, old.affinity?.nodeAffinity];
  if (semanticEqual(now, then)) return;
  checkOnlyNarrower(out, now, then);
  const { nodeAffinity: _, ...others } = munged.affinity ?? {};
  const affinity: Affinity = then === undefined ? others : { ...others, nodeAffinity: then };
  const isGone = Object.keys(affinity).length === 0 && old.affinity === undefined;
  munged.affinity = isGone ? undefined : affinity;
}

const hard = "requiredDuringSchedulingIgnoredDuringExecution";

function checkOnlyNarrower(
  out: Out,
  next: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
): void {
  if (old?.[hard] === undefined) return;
  const field = `spec.affinity.nodeAffinity.${hard}.nodeSelectorTerms`;
  const before = old[hard].nodeSelectorTerms ?? [];
  const now = next?.[hard]?.nodeSelectorTerms ?? [];
  if (before.length > 0 && before.length !== now.length) {
    const detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    out.push(invalidValue(field, now, detail));
    return;
  }
  for (const [i, term] of before.entries()) {
    if (hasOnlyAdditions(now[i]!, term)) continue;
    const detail = "only additions are allowed (no mutations or deletions)";
    out.push(invalidValue(`${field}[${i}]`, now[i], detail));
  }
}

function hasOnlyAdditions(next: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const before = [old.matchExpressions ?? [], old.matchFields ?? []];
  const now = [next.matchExpressions ?? [], next.matchFields ?? []];
  // A term that selects nothing must not begin to select something.
  if (before.every((list) => list.length === 0)) return now.every((list) => list.length === 0);
  return before.every((list, i) => semanticEqual(now[i]!.slice(0, list.length), list));
}
