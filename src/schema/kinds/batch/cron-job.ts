// CronJob: jobs on a schedule.
import { cronJobs } from "../../resources.ts";
import type { CronJob } from "../../types/batch-v1.ts";
import { nameWarnings } from "../apps/pods-warnings.ts";
import { age, containerColumns, selectorOrNone, since } from "../cells.ts";
import { dropDisabledTemplateFields } from "../core/pod/disabled.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf } from "../strategy.ts";
import { validateCronJob } from "./cron-job-rules.ts";
import { defaultJobPods } from "./job-defaults.ts";
import { jobWarnings } from "./job-warnings.ts";

/** The field's name is upstream's. */
const zoneWarning =
  "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";

export const cronJob = defineKind(cronJobs, {
  shortNames: ["cj"],
  categories: ["all"],
  subresources: [statusSubresource],
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    spec.concurrencyPolicy ||= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec) defaultJobPods(spec.jobTemplate.spec);
  },
  prepare: specAndStatus<CronJob>({
    generationOf: specOf,
    also({ spec }) {
      delete spec?.jobTemplate?.spec?.scheduling;
      dropDisabledTemplateFields(spec?.jobTemplate?.spec?.template);
    },
  }),
  validate: validateCronJob,
  warnings(next, old) {
    const names = old === undefined ? nameWarnings(next.metadata) : [];
    const isSame = next.metadata.generation === old?.metadata.generation;
    const pods = isSame ? [] : jobWarnings("spec.jobTemplate.spec", next.spec.jobTemplate.spec);
    const zoned = old !== undefined && next.spec.schedule.includes("TZ");
    return [...names, ...pods, ...(zoned ? [zoneWarning] : [])];
  },
  columns: [
    { name: "Schedule", cell: ({ spec }) => spec?.schedule ?? "" },
    { name: "Timezone", cell: ({ spec }) => spec?.timeZone ?? "<none>" },
    { name: "Suspend", type: "boolean", cell: suspend },
    { name: "Active", type: "integer", cell: ({ status }) => (status?.active ?? []).length },
    {
      name: "Last Schedule",
      cell: ({ status }, now) =>
        status?.lastScheduleTime ? since(status.lastScheduleTime, now) : "<none>",
    },
    age,
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.template?.spec?.containers),
    {
      name: "Selector",
      priority: 1,
      cell: ({ spec }) => selectorOrNone(spec?.jobTemplate?.spec?.selector),
    },
  ],
});

function suspend({ spec }: CronJob): string {
  if (spec?.suspend === undefined) return "<unset>";
  return spec.suspend ? "True" : "False";
}
