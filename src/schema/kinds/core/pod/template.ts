// The rules of a template: a pod without a name.

import { fieldForbidden, invalidValue, notSupported } from "../../../field-error.ts";
import { isOmitted } from "../../../given-empty.ts";
import { checkAnnotations, checkLabels } from "../../../metadata.ts";
import { matchesLabels, selectionFrom } from "../../../selectors.ts";
import { StatusError } from "../../../status-error.ts";
import type { PodTemplateSpec } from "../../../types/core-v1.ts";
import type { LabelSelector } from "../../../types/meta-v1.ts";
import type { Out } from "../../checks.ts";
import { checkPodAnnotations, checkProfilesMatch } from "./annotations.ts";
import { checkPodSpec } from "./spec.ts";

export function checkTemplate(out: Out, at: string, { metadata, spec }: PodTemplateSpec): void {
  if (metadata?.labels) out.push(...checkLabels(`${at}.labels`, metadata.labels));
  if (metadata?.annotations) {
    out.push(...checkAnnotations(`${at}.annotations`, metadata.annotations));
    checkPodAnnotations(out, metadata.annotations, spec, `${at}.annotations`);
  }
  checkPodSpec(out, `${at}.spec`, spec, undefined);
  checkProfilesMatch(out, { metadata, spec }, `${at}.spec`);
  if (spec.ephemeralContainers?.length) {
    const detail = "ephemeral containers not allowed in pod template";
    out.push(fieldForbidden(`${at}.spec.ephemeralContainers`, detail));
  }
}

/** False when the selector itself breaks a rule; true when it selects the labels, or selects everything. */
export function selects(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): "yes" | "no" | "broken" {
  try {
    const selection = selectionFrom(selector);
    return matchesLabels(selection, labels ?? {}) ? "yes" : "no";
  } catch (error) {
    if (error instanceof StatusError) return "broken";
    throw error;
  }
}

export function checkSelectsTemplate(
  out: Out,
  at: string,
  selector: LabelSelector | undefined,
  template: PodTemplateSpec,
): void {
  if (selects(selector, template.metadata?.labels) !== "no") return;
  const detail = "`selector` does not match template `labels`";
  const { metadata } = template;
  const labels = metadata?.labels ?? (isOmitted(metadata, "labels") ? {} : null);
  out.push(invalidValue(`${at}.metadata.labels`, labels, detail));
}

/** Pods that are kept running are started again, and end only by the hand of what made them. */
export function checkRunsForever(out: Out, at: string, { spec }: PodTemplateSpec, kind: string) {
  if (spec.restartPolicy !== "Always") {
    out.push(notSupported(`${at}.spec.restartPolicy`, spec.restartPolicy ?? "", ["Always"]));
  }
  if (spec.activeDeadlineSeconds === undefined) return;
  const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
  out.push(fieldForbidden(`${at}.spec.activeDeadlineSeconds`, detail));
}
