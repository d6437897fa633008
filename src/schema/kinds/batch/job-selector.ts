// The labels by which a job knows its pods.
import type { Job } from "../../types/batch-v1.ts";

export const jobNameLabel = "batch.kubernetes.io/job-name";
export const controllerUidLabel = "batch.kubernetes.io/controller-uid";
export const legacyJobNameLabel = "job-name";
export const legacyControllerUidLabel = "controller-uid";

/** Needs the name and the UID of the job. Labels that the caller gave stay, for validation to refuse. */
export function generateSelector({ metadata, spec }: Job): void {
  if (spec === undefined || spec.manualSelector) return;
  const { name = "", uid = "" } = metadata;
  spec.template ??= { spec: { containers: [] } };
  spec.template.metadata ??= {};
  spec.template.metadata.labels ??= {};
  // Changed in place: the job's own labels may be the same map.
  const { labels } = spec.template.metadata;
  labels[legacyJobNameLabel] ??= name;
  labels[jobNameLabel] ??= name;
  labels[legacyControllerUidLabel] ??= uid;
  labels[controllerUidLabel] ??= uid;
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
  spec.selector ??= {};
  spec.selector.matchLabels = { [controllerUidLabel]: uid, ...spec.selector.matchLabels };
}
