// Job: pods that run to their end.
import { checkDnsLabel } from "../../names.ts";
import { jobs } from "../../resources.ts";
import type { Job } from "../../types/batch-v1.ts";
import { nameWarnings } from "../apps/pods-warnings.ts";
import { age, containerColumns, humanDuration, msOf, selectorOrNone } from "../cells.ts";
import { invalid, type Out } from "../checks.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { defaultJob } from "./job-defaults.ts";
import { checkGeneratedSelector, checkJobSpec } from "./job-rules.ts";
import { generateSelector, inheritLabels } from "./job-selector.ts";
import { checkJobStatus } from "./job-status.ts";
import { checkJobUpdate } from "./job-update.ts";
import { jobWarnings } from "./job-warnings.ts";

export const job = defineKind(jobs, {
  categories: ["all"],
  subresources: [statusSubresource],
  applyDefaults: defaultJob,
  prepare: specAndStatus<Job>({
    generationOf: specOf,
    also(next, old) {
      if (old === undefined) generateSelector(next);
      delete next.spec?.scheduling;
      dropDisabledTemplateFields(next.spec?.template);
    },
  }),
  validate(next, old, { subresource }) {
    const out: Out = [];
    if (subresource === "status" && old) checkJobStatus(out, next, old);
    else {
      if (old === undefined) checkGeneratedSelector(out, next);
      checkJobSpec(out, "spec", next.spec);
      if (old) checkJobUpdate(out, next, old);
      checkHostnames(out, next);
    }
    return out;
  },
  warnings(next, old) {
    const names = old === undefined ? nameWarnings(next.metadata) : [];
    if (next.metadata.generation === old?.metadata.generation) return names;
    return [...names, ...jobWarnings("spec", next.spec)];
  },
  columns: [
    { name: "Status", cell: statusText },
    { name: "Completions", cell: completions },
    { name: "Duration", cell: duration },
    age,
    ...containerColumns<Job>(({ spec }) => spec?.template?.spec?.containers),
    { name: "Selector", priority: 1, cell: ({ spec }) => selectorOrNone(spec?.selector) },
  ],
  fieldSelectors: { "status.successful": ({ status }) => `${status?.succeeded ?? 0}` },
  defaultPropagation: "orphan",
  onStored: inheritLabels,
  unknownField: (field) => `field label ${JSON.stringify(field)} not supported for Job`,
  warningsOnDelete: [
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  ],
});

/** The pods of an indexed job have their index behind the name of the job. */
function checkHostnames(out: Out, { metadata, spec }: Job): void {
  const { name = "" } = metadata;
  if (spec.completionMode !== "Indexed" || (spec.completions ?? 0) <= 0) return;
  const longest = `${name}-${spec.completions! - 1}`;
  if (checkDnsLabel(longest).length === 0) return;
  const detail = `will not able to create pod with invalid DNS label: ${longest}`;
  invalid(out, "metadata.name", name, detail);
}

function statusText({ metadata, status }: Job): string {
  const is = (wanted: string) =>
    status?.conditions?.find(({ type }) => type === wanted)?.status === "True";
  if (is("Complete")) return "Complete";
  if (is("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  if (is("Suspended")) return "Suspended";
  if (is("FailureTarget")) return "FailureTarget";
  return is("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completions({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${done}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function duration({ status }: Job, now: number): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? msOf(status.completionTime) : now;
  return humanDuration(end - msOf(status.startTime));
}
