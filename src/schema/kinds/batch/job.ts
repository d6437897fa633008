// Job: pods that run to their end.
import { jobs } from "../../resources.ts";
import type { Job } from "../../types/batch-v1.ts";
import { age, containerColumns, humanDuration, msOf, selectorOrNone } from "../cells.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { defaultJob } from "./job-defaults.ts";
import { generateSelector } from "./job-selector.ts";

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
});

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
