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
  const given = spec.template.metadata.labels;
  const labels = byKey({
    [legacyJobNameLabel]: name,
    [jobNameLabel]: name,
    [legacyControllerUidLabel]: uid,
    [controllerUidLabel]: uid,
    ...given,
  });
  spec.template.metadata.labels = labels;
  // The job's own labels may be those of its template.
  if (metadata.labels === given) metadata.labels = labels;
  spec.selector ??= {};
  spec.selector.matchLabels = byKey({ [controllerUidLabel]: uid, ...spec.selector.matchLabels });
}

/** A job without labels has those of its template. */
export function inheritLabels({ metadata, spec }: Job): void {
  const labels = spec?.template?.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
}

const byKey = (map: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
