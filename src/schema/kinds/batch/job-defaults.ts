// Defaults of a job, and of the job in a cron job's template.

import { int32Max } from "../../names.ts";
import type { Job, JobSpec } from "../../types/batch-v1.ts";
import { defaultTemplate } from "../core/pod/defaults.ts";
import { inheritLabels } from "./job-selector.ts";

const backoffLimit = 6;

export function defaultJob(job: Job): void {
  const { spec } = job;
  if (spec === undefined) return;
  defaultJobPods(spec);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimit : int32Max;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  spec.manualSelector ??= false;
  // One map in two places, as upstream has it: labels that the server adds to the template show in both.
  inheritLabels(job);
}

/** What a template of jobs has filled in too. */
export function defaultJobPods(spec: JobSpec): void {
  defaultTemplate(spec.template);
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const condition of rule.onPodConditions ?? []) condition.status ||= "True";
  }
}
